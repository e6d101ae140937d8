import type { DemoOptions } from './demo-options.js';
import type { Manifest } from './manifest.js';
import { runHsmck, type HsmckRun } from './run-hsmck.js';
import type { ScratchFilesystem } from './scratch-filesystem.js';
import type { Teller } from './teller.js';

/** What the demo has found out so far; all of it measured or said by the commands. */
export interface DemoFigures {
  inodes: number;
  inodesPerSecond: number;
  scanSeconds: number;
  files: number;
  kills: number;
  interrupted: number;
  completed: number;
  reverted: number;
  differences: number;
  lost: number;
  /** The story was told to its end. */
  complete: boolean;
}

/** What the chapters share. */
export interface DemoWorld {
  readonly options: DemoOptions;
  readonly teller: Teller;
  readonly scratch: ScratchFilesystem;
  readonly archiveFolder: string;
  readonly figures: DemoFigures;
  /** What the files must be like at the end. */
  manifest: Manifest;
  /** Runs the real command as a child. @throws CancelledError */
  readonly hsmck: (args: readonly string[], fault?: string) => Promise<HsmckRun>;
}

/** A part of the story. */
export interface Chapter {
  readonly name: string;
  readonly title: string;
  /** Does what it tells; the fields go into the chapter's NDJSON record. @throws HsmckError */
  readonly run: (world: DemoWorld) => Promise<Readonly<Record<string, string | number>>>;
}

export const newFigures = (): DemoFigures => ({
  inodes: 0,
  inodesPerSecond: 0,
  scanSeconds: 0,
  files: 0,
  kills: 0,
  interrupted: 0,
  completed: 0,
  reverted: 0,
  differences: 0,
  lost: 0,
  complete: false,
});

/** The world around a scratch filesystem: archive and catalog lie beside its image, not on it. */
export function createWorld(
  options: DemoOptions,
  teller: Teller,
  scratch: ScratchFilesystem,
  figures: DemoFigures,
): DemoWorld {
  const { threads, signal } = options;
  const catalogPath = `${scratch.folder}/catalog/catalog.db`;
  return {
    options,
    teller,
    scratch,
    archiveFolder: `${scratch.folder}/archive`,
    figures,
    manifest: new Map(),
    hsmck: (args, fault) => runHsmck({ args, catalogPath, threads, signal, ...(fault && { fault }) }),
  };
}
