/** What all tests with users share: a filesystem, the users' program, and plays with names of their own. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { STEPS, type Operation, type StepName } from '../../src/migrate/step-names.js';
import { compileC, folderInMemory } from '../support/compile-c.js';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { Play, type Start } from './play.js';

export interface Stage {
  readonly hsm: Hsm;
  readonly newPlay: (start: Start) => Promise<Play>;
}

/** One stage for all tests of the enclosing `describe`. Call the result inside tests. */
export function useStage(): () => Stage {
  const scratch = useFilesystem();
  let stage: Stage | undefined;
  let folder: string | undefined;
  let plays = 0;
  beforeAll(async () => {
    const statusFolder = folderInMemory();
    folder = statusFolder;
    const program = compileC(path.join(import.meta.dirname, 'actor.c'), statusFolder);
    const hsm = await Hsm.create(scratch());
    const newPlay = async (start: Start): Promise<Play> => {
      const play = new Play(hsm, program, statusFolder, `play-${plays++}`);
      await play.prepare(start);
      return play;
    };
    stage = { hsm, newPlay };
  });
  afterAll(() => folder && fs.rmSync(folder, { recursive: true }));
  return () => {
    if (!stage) throw new Error('the stage exists only while tests run');
    return stage;
  };
}

export const stepsOf = (operation: Operation): StepName[] =>
  (Object.keys(STEPS) as StepName[]).filter((step) => step.startsWith(`${operation}:`));

export interface Moment {
  readonly step: StepName;
  readonly start: Start;
}

/** Every step of archive, release, recall and remove. Archiving a file anew has a few steps of its own. */
export const FORWARD_MOMENTS: readonly Moment[] = (['archive', 'release', 'recall', 'remove'] as const).flatMap(
  (operation) =>
    stepsOf(operation).map((step, index) => {
      const isAnew = operation === 'archive' && (index % 2 === 1 || step.endsWith('-trash'));
      return { step, start: isAnew ? 'archive anew' : operation };
    }),
);
