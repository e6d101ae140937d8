/**
 * `hsmck demo`: a story on a throw-away filesystem, told by running the real commands. Files, migrations, crashes at
 * named steps, a power cut after each operation; then check, recover and audit, and in the end every file is compared
 * with what it was.
 */
import { HsmckError, OperationalError } from '../../errors.js';
import { formatCount, formatSeconds } from '../../report/format-amount.js';
import { describeError, EXIT } from '../exit-codes.js';
import { audit } from './chapters/audit.js';
import { awkwardFiles } from './chapters/awkward-files.js';
import { aFilesystem } from './chapters/a-filesystem.js';
import { check } from './chapters/check.js';
import { comparison } from './chapters/comparison.js';
import { crashes } from './chapters/crashes.js';
import { ordinaryDay } from './chapters/ordinary-day.js';
import { recover } from './chapters/recover.js';
import { CRASH_PLAN } from './crash-plan.js';
import type { DemoOptions } from './demo-options.js';
import { createWorld, newFigures, type Chapter, type DemoFigures, type DemoWorld } from './demo-world.js';
import { createScratchFilesystem, type ScratchFilesystem } from './scratch-filesystem.js';
import { IMAGE_BYTES } from './scratch-size.js';
import { Teller } from './teller.js';

export type { DemoOptions } from './demo-options.js';

const CHAPTERS: readonly Chapter[] = [
  aFilesystem,
  awkwardFiles,
  ordinaryDay,
  crashes,
  check,
  recover,
  audit,
  comparison,
];

const secondsSince = (startedMs: number): number => (performance.now() - startedMs) / 1000;

async function tellChapters(world: DemoWorld): Promise<void> {
  for (const [index, { name, title, run }] of CHAPTERS.entries()) {
    const startedMs = performance.now();
    world.teller.title(index + 1, title);
    const fields = await run(world);
    world.teller.record('chapter', { chapter: index + 1, name, title, ...fields, seconds: secondsSince(startedMs) });
  }
}

/** The last words, once everything is cleaned up. */
function tellEnd(teller: Teller, figures: DemoFigures, exitCode: number, totalSeconds: number): void {
  teller.record('summary', {
    command: 'demo',
    inodes: figures.inodes,
    inodes_per_second: figures.inodesPerSecond,
    files: figures.files,
    kills: figures.kills,
    interrupted: figures.interrupted,
    completed: figures.completed,
    reverted: figures.reverted,
    differences: figures.differences,
    lost: figures.lost,
    complete: figures.complete,
    exit_code: exitCode,
    seconds: figures.scanSeconds,
    total_seconds: totalSeconds,
  });
  if (exitCode !== EXIT.CLEAN) return;
  teller.headline(
    `\n${formatCount(figures.kills)} kills, ${CRASH_PLAN.length} power cuts, ${formatCount(figures.interrupted)} interrupted migrations: ` +
      `${formatCount(figures.completed)} completed, ${formatCount(figures.reverted)} reverted, ` +
      `${formatCount(figures.lost)} lost.\n${formatSeconds(totalSeconds)} in all; everything is cleaned up.`,
  );
}

/** The exit status of a demo that an error ended. @throws whatever is no HsmckError */
function exitCodeAfter(error: unknown, teller: Teller, signal: AbortSignal): number {
  // A command in mid-flight or a mount may fail in its own way when the user wants to stop; that is no news.
  if (signal.aborted) {
    teller.complain('cancelled');
    return EXIT.CANCELLED;
  }
  if (!(error instanceof HsmckError)) throw error;
  teller.complain(describeError(error));
  return EXIT.ERROR;
}

async function tellStory(world: DemoWorld): Promise<number> {
  const { teller, figures, options } = world;
  try {
    teller.headline('hsmck demo: migrations die half-way, and no byte is lost');
    await tellChapters(world);
    figures.complete = true;
    return figures.differences === 0 ? EXIT.CLEAN : EXIT.ERROR;
  } catch (error) {
    return exitCodeAfter(error, teller, options.signal);
  } finally {
    teller.clearStatus();
  }
}

/** @throws OperationalError ESCRATCH, which says what is missing */
function makeFilesystem(): ScratchFilesystem {
  if (process.getuid?.() !== 0) {
    const needs = 'root, loop devices and mkfs.xfs, for a throw-away filesystem';
    throw new OperationalError('ESCRATCH', `the demo needs ${needs}: run it as root ("sudo hsmck demo")`);
  }
  return createScratchFilesystem({ type: 'xfs', sizeBytes: IMAGE_BYTES });
}

/** Status 8 if something could not be taken down; its message says what to do. */
function takeDown(scratch: ScratchFilesystem, teller: Teller): number {
  try {
    scratch.destroy();
    return EXIT.CLEAN;
  } catch (error) {
    return exitCodeAfter(error, teller, new AbortController().signal);
  }
}

/**
 * Runs the demo; needs root, loop devices and mkfs.xfs, and cleans up whatever happens.
 * @returns the exit status: 0 if every file came through, 8 if one did not or the demo cannot run, 32 if cancelled
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  const startedMs = performance.now();
  const teller = new Teller(options);
  const figures = newFigures();
  let scratch: ScratchFilesystem | undefined;
  let exitCode: number = EXIT.CLEAN;
  try {
    scratch = makeFilesystem();
    exitCode = await tellStory(createWorld(options, teller, scratch, figures));
  } catch (error) {
    exitCode = exitCodeAfter(error, teller, options.signal);
  } finally {
    if (scratch) exitCode |= takeDown(scratch, teller);
  }
  tellEnd(teller, figures, exitCode, secondsSince(startedMs));
  return exitCode;
}
