/** What a case of the gallery says. */
import type { ScratchOptions } from '../../src/cli/demo/scratch-filesystem.js';
import type { Scene } from './scene.js';

export type InitialState = 'resident' | 'dual' | 'offline';

export interface FileSpec {
  readonly state: InitialState;
  /** Bytes that are no other file's, unless given. */
  readonly content?: Buffer;
}

export interface DamageCase {
  readonly title: string;
  /** What happened, in life. */
  readonly life: string;
  /**
   * Cases that name the same world share a filesystem; each has a folder of its own there. `alone`: a filesystem for
   * this case, and whatever is found there is its own.
   */
  readonly world: 'common' | 'deleted' | 'deep' | 'user' | 'alone';
  /** The files, and what they were before the damage. */
  readonly files: Readonly<Record<string, InitialState | FileSpec>>;
  /** Files that plain content does not make, before anything is archived. */
  readonly arrange?: (scene: Scene) => void;
  readonly damage: (scene: Scene) => void | Promise<void>;
  /** Audit is repeated until this was found: for what is a race by its nature. */
  readonly until?: string;
  /** Options of recover. */
  readonly options?: readonly string[];
  readonly filesystem?: Partial<ScratchOptions>;
  /** What is told depends on the device being read. */
  readonly byDevice?: true;
}

/** A case under its folder's name. */
export interface NamedCase extends DamageCase {
  readonly name: string;
}

export const damageCase = (described: DamageCase): DamageCase => described;
