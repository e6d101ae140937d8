/** A world that serves many cycles, and is made anew when one of them has left it in ruins. */
import { Hsm } from '../support/hsm.js';
import { CrashCycle } from './crash-cycle.js';
import { ImageWorld, type PowerCut } from './image-world.js';

export interface Laboratory {
  readonly world: ImageWorld;
  readonly hsm: Hsm;
  /** With the default files. */
  readonly cycle: CrashCycle;
  /** Right after the registration. */
  readonly pristine: PowerCut;
}

export async function openLaboratory(parentFolder: string | undefined): Promise<Laboratory> {
  const world = new ImageWorld(parentFolder);
  try {
    const hsm = await Hsm.create(world);
    world.sync();
    const pristine = world.cutPower();
    return { world, hsm, pristine, cycle: new CrashCycle(hsm) };
  } catch (error) {
    world.destroy();
    throw error;
  }
}
