/**
 * Disks that are full for real: the archive's, the catalog's, and the filesystem that is migrated. With a little room
 * left, and a little more, so that it runs out at one moment and another.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeAsRoot } from '../support/require-root.js';
import { brokenAfter, hasFailed } from './fault-cycle.js';
import { FaultWorld } from './fault-world.js';
import { SCENARIOS, type Scenario } from './scenarios.js';

const KIB = 1024;
const PLACES = ['the archive', 'the catalog', 'the filesystem'] as const;
type Place = (typeof PLACES)[number];

const ROOM_KIB = [0, 8, 24, 48, 96, 160] as const;
const CHUNK = Buffer.alloc(4 * KIB, 1);
const SETUP_MS = 120_000;

const FILLER = 'filler';

function mountTmpfs(folder: string, sizeBytes: number): void {
  fs.mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'hsmck-test', folder]);
}

/** Writes until there is no room for a block, then gives some back. */
function fill(folder: string, roomBytes: number): void {
  const file = path.join(folder, FILLER);
  const fd = fs.openSync(file, 'w');
  let sizeBytes = 0;
  try {
    const { bavail, bsize } = fs.statfsSync(folder);
    // fallocate(1) stops at the first block that is not there; what is left is written.
    execFileSync('fallocate', ['-l', String(Math.max(1, Math.floor(bavail * bsize * 0.9))), file]);
    sizeBytes = fs.fstatSync(fd).size;
    for (;;) sizeBytes += fs.writeSync(fd, CHUNK, 0, CHUNK.length, sizeBytes);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    fs.ftruncateSync(fd, Math.max(0, sizeBytes - roomBytes));
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

describeAsRoot('a full disk', () => {
  let world: FaultWorld;
  const folderOf = (place: Place): string =>
    place === 'the filesystem'
      ? world.mountPath
      : place === 'the archive'
        ? world.archiveDir
        : path.dirname(world.catalogPath);

  beforeAll(async () => {
    world = await FaultWorld.create(({ archiveDir, catalogPath }) => {
      mountTmpfs(archiveDir, 8 * KIB * KIB);
      mountTmpfs(path.dirname(catalogPath), 4 * KIB * KIB);
    });
  }, SETUP_MS);
  afterAll(async () => {
    await world.driver.stop();
    for (const place of ['the archive', 'the catalog'] as const) execFileSync('umount', [folderOf(place)]);
    await world.destroy();
  }, SETUP_MS);

  const scenarios = SCENARIOS.filter(({ kind, name }) => kind === 'changes' && /folder|changed/.test(name));

  describe.each(PLACES)('%s', (place) => {
    test.each(scenarios)('$name', async (scenario: Scenario) => {
      let failed = 0;
      for (const roomKib of ROOM_KIB) {
        await scenario.prepare(world);
        const folder = folderOf(place);
        fill(folder, roomKib * KIB);
        const outcome = await world.driver.run(scenario.command(world));
        const recovery = await world.driver.run(world.recovery());
        fs.rmSync(path.join(folder, FILLER));
        execFileSync('sync', ['-f', folder]);
        const about = { place, roomKib, status: outcome.exitCode };
        expect({ ...about, said: outcome.stdout + outcome.stderr }).toMatchObject({
          said: expect.not.stringContaining('internal error'),
        });
        expect({ ...about, recovery: recovery.stderr }).toMatchObject({
          recovery: expect.not.stringContaining('internal error'),
        });
        expect({ ...about, broken: await brokenAfter(world, scenario, outcome) }).toEqual({
          ...about,
          broken: [],
        });
        if (hasFailed(outcome)) {
          failed += 1;
          expect(outcome.stdout + outcome.stderr).toMatch(/ENOSPC|SQLITE_FULL|SQLITE_IOERR/);
        }
      }
      if (MUST_FAIL.has(`${place}, ${scenario.name}`)) expect(failed).toBeGreaterThan(0);
    });
  });
});

/** Where there is no way to succeed without room. */
const MUST_FAIL = new Set([
  'the archive, archive a folder',
  'the catalog, archive a folder',
  'the catalog, release a folder',
  'the filesystem, recall a folder',
]);
