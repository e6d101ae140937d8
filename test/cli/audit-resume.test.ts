/** An audit that was cut short goes on where it was, and says what an audit in one go would have said. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { programFile } from '../support/run-node.js';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { CliWorld } from './cli-world.js';
import { editCatalog } from './world-state.js';

describeAsRoot('audit --resume', () => {
  const scratch = useFilesystem();
  const FOLDERS = 16;
  const FILES_EACH = 60;
  let world: CliWorld;

  beforeAll(async () => {
    world = new CliWorld(scratch());
    // A new folder goes to another allocation group than the one before.
    for (let folder = 0; folder < FOLDERS; folder++)
      for (let file = 0; file < FILES_EACH; file++) world.write(`${folder}/${file}`, 'x');
    await world.init('--unguarded');
    await world.ok('archive', '-r', world.mountPoint);
    for (let folder = 0; folder < FOLDERS; folder++) fs.appendFileSync(world.at(`${folder}/7`), 'more');
  }, 120_000);

  const unsettled = async (): Promise<unknown> => {
    const { summary } = await world.ok('status');
    const [filesystem] = summary['filesystems'] as { unsettled: unknown }[];
    return filesystem?.unsettled;
  };

  /** Interrupts an audit at its first finding. Returns its summary. */
  async function cutShort(): Promise<Record<string, unknown>> {
    const args = ['--catalog', world.catalogPath, '--threads', '1', '--format', 'ndjson', 'audit', world.mountPoint];
    const child = spawn(process.execPath, [programFile(), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      // Once: a second one would end it at once.
      if (output === '') child.kill('SIGINT');
      output += chunk.toString();
    });
    const status = await new Promise((resolve) => child.on('close', resolve));
    const summary = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
    expect(summary['exit_code']).toBe(status);
    return summary;
  }

  test('finishes what a cancelled audit began', async () => {
    const whole = await world.ndjson(['audit', world.mountPoint]);
    expect(whole.summary).toMatchObject({ findings: { 'stale-copy': FOLDERS }, complete: true });
    const cut = await cutShort();
    // On a fast machine it may have been through.
    if (cut['complete'] === false) expect(Number(cut['exit_code']) & 32).toBe(32);
    const resumed = await world.ndjson(['audit', '--resume', world.mountPoint]);
    expect(resumed.summary).toMatchObject({ complete: true });
    expect(await unsettled()).toEqual({ 'stale-copy': FOLDERS });
  });

  test('skips the groups that are done, and nothing else', async () => {
    // As a cancelled audit leaves it: half of the four groups are done.
    const begun = editCatalog(
      world.catalogPath,
      `INSERT INTO scan (fs, command, source, started_ms, complete, inodes, managed, findings)
      SELECT fs, 'audit', 'xfs-bulkstat', ?, 0, 0, 0, 0 FROM filesystem`,
      Date.now(),
    );
    expect(begun).toBe(1);
    for (let agno = 0; agno < 2; agno++)
      editCatalog(world.catalogPath, 'INSERT INTO scan_checkpoint SELECT max(scan_id), ?, 0, 1 FROM scan', agno);
    const { summary, of, status } = await world.ndjson(['audit', '--resume', world.mountPoint]);
    expect(summary).toMatchObject({ complete: true });
    expect(summary['inodes']).toBeLessThan(FOLDERS * (FILES_EACH + 1));
    expect(of('finding').length).toBeLessThan(FOLDERS);
    expect(of('finding').length).toBeGreaterThan(0);
    expect(status).toBe(4);
    const anew = await world.ndjson(['audit', '--resume', world.mountPoint]);
    expect(anew.of('finding')).toHaveLength(FOLDERS);
  });
});
