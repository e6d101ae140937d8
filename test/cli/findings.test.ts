/** Every class of finding, from damage that was really done: what audit says, how grave, and what is to be done. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { useFilesystem, withFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { damageAttribute, dropDmAttribute } from './attribute-damage.js';
import { CliWorld } from './cli-world.js';
import type { NdjsonRecord } from './ndjson-contract.js';
import { editCatalog, stateOf } from './world-state.js';

const BLOCK = 4096;
const run = (program: string, ...args: readonly string[]): void => {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
};
const inoOf = (file: string): bigint => fs.lstatSync(file, { bigint: true }).ino;

/** Class, severity and action, in a line. */
const brief = (finding: NdjsonRecord): string =>
  [finding['class'], finding['severity'], finding['action']].map(String).join(' ');

interface Case {
  /** Before the damage. */
  readonly state: 'dual' | 'offline' | 'resident';
  readonly damage: (file: string, world: CliWorld) => void | Promise<void>;
  /** Everything that audit says of the file; those of the archive are told by the copy's inode. */
  readonly found: readonly string[];
}

/** The store's file of the copy that a managed file names. */
function copyOf(world: CliWorld, file: string): string {
  const object = objectOf.get(file) ?? '';
  const found = world.copies().find((name) => name.endsWith(object));
  if (found === undefined || object === '') throw new Error(`no copy of ${file}`);
  return found;
}
const objectOf = new Map<string, string>();

const flipByte = (file: string): void => {
  const { mtime, atime } = fs.statSync(file);
  const fd = fs.openSync(file, 'r+');
  const byte = Buffer.alloc(1);
  fs.readSync(fd, byte, 0, 1, 100);
  fs.writeSync(fd, Buffer.of((byte[0] ?? 0) ^ 1), 0, 1, 100);
  fs.closeSync(fd);
  fs.utimesSync(file, atime, mtime);
};

/** Takes data away as a defect would: no time but ctime moves. */
const punchHole = (file: string): void => {
  const { mtimeNs } = fs.lstatSync(file, { bigint: true });
  run('xfs_io', '-c', `fpunch ${BLOCK} ${BLOCK}`, file);
  const seconds = `${mtimeNs / 1_000_000_000n}.${String(mtimeNs % 1_000_000_000n).padStart(9, '0')}`;
  run('touch', '--no-create', '--time=mtime', `--date=@${seconds}`, file);
};

const sql = (statement: string) => (file: string, world: CliWorld) => {
  expect(editCatalog(world.catalogPath, statement, inoOf(file))).toBe(1);
};

const kill = (command: string, step: string) => async (file: string, world: CliWorld) => {
  expect((await world.text([command, file], { fault: `${step}=kill` })).shellStatus).toBe(137);
};

const CASES: Readonly<Record<string, Case>> = {
  'killed while releasing': {
    state: 'dual',
    damage: kill('release', 'release:after-punch'),
    found: ['interrupted error settle'],
  },
  'killed while archiving': {
    state: 'resident',
    damage: kill('archive', 'archive:after-put'),
    found: ['interrupted error settle'],
  },
  'killed before the first mark': {
    state: 'resident',
    damage: kill('archive', 'archive:after-intent'),
    found: ['open-intent error settle'],
  },
  'row deleted': {
    state: 'dual',
    damage: sql('DELETE FROM file WHERE ino = ?'),
    found: ['attribute-without-row error repair', 'archive-orphan warning forget'],
  },
  'attribute taken away': {
    state: 'dual',
    damage: (file) => dropDmAttribute(file),
    found: ['state-mismatch error repair'],
  },
  'attribute taken away while offline': {
    state: 'offline',
    damage: (file) => dropDmAttribute(file),
    found: ['resident-with-hole critical repair'],
  },
  'row of another state': {
    state: 'dual',
    damage: sql("UPDATE file SET state = 'offline' WHERE ino = ?"),
    found: ['state-mismatch error repair'],
  },
  'row deleted while offline': {
    state: 'offline',
    damage: sql('DELETE FROM file WHERE ino = ?'),
    found: ['attribute-without-row error repair', 'archive-orphan warning forget'],
  },
  emptied: {
    state: 'dual',
    damage: (file) => fs.truncateSync(file),
    found: ['stale-copy warning report'],
  },
  'written anew, with a hole': {
    state: 'dual',
    damage: (file) => {
      fs.truncateSync(file);
      fs.truncateSync(file, 3 * BLOCK);
    },
    found: ['stale-copy warning report'],
  },
  'written anew, and shorter': {
    state: 'dual',
    damage: (file) => fs.writeFileSync(file, 'short'),
    found: ['stale-copy warning report'],
  },
  'written to': {
    state: 'dual',
    damage: (file) => fs.appendFileSync(file, 'more'),
    found: ['stale-copy warning report'],
  },
  'mode changed': {
    state: 'dual',
    damage: (file) => fs.chmodSync(file, 0o600),
    found: ['metadata-changed info rebaseline'],
  },
  'owner changed while offline': {
    state: 'offline',
    damage: (file) => fs.chownSync(file, 7, 7),
    found: ['metadata-changed info rebaseline'],
  },
  'written to while offline': {
    state: 'offline',
    damage: (file) => run('dd', 'if=/dev/urandom', `of=${file}`, 'bs=4096', 'count=1', 'conv=notrunc'),
    found: ['offline-with-data error report'],
  },
  'truncated while offline': {
    state: 'offline',
    damage: (file) => fs.truncateSync(file, 10),
    found: ['conflict error report'],
  },
  'touched while offline': {
    state: 'offline',
    damage: (file) => fs.utimesSync(file, 1000, 1000),
    found: ['conflict warning report'],
  },
  'data punched out': {
    state: 'dual',
    damage: punchHole,
    found: ['resident-with-hole critical repair'],
  },
  'attribute torn': {
    state: 'dual',
    damage: (file) => damageAttribute(file, (bytes) => bytes.fill(0xff, 20, 30), 'wrong'),
    found: ['attribute-corrupt error repair'],
  },
  'attribute of a newer version': {
    state: 'dual',
    damage: (file) => damageAttribute(file, (bytes) => void bytes.writeUInt8(2, 0), 'right'),
    found: ['attribute-newer error report'],
  },
  'attribute of another filesystem': {
    state: 'dual',
    damage: (file) => damageAttribute(file, (bytes) => void bytes.writeUInt32LE(12345, 44), 'right'),
    found: ['attribute-foreign warning repair'],
  },
  'copied with its attribute': {
    state: 'dual',
    damage: (file) => run('cp', '-a', '--preserve=xattr,timestamps', file, `${file} (copy)`),
    found: ['attribute-copied warning repair'],
  },
  'copy deleted': {
    state: 'offline',
    damage: (file, world) => fs.rmSync(copyOf(world, file)),
    found: ['archive-missing critical repair'],
  },
  'copy too long': {
    state: 'offline',
    damage: (file, world) => fs.appendFileSync(copyOf(world, file), 'x'),
    found: ['archive-size-mismatch critical repair'],
  },
  'a bit of the copy flipped': {
    state: 'offline',
    damage: (file, world) => flipByte(copyOf(world, file)),
    found: ['archive-digest-mismatch critical repair'],
  },
  'a bit of the file flipped': {
    state: 'dual',
    damage: (file, world) => {
      flipByte(file);
      const { ctimeNs } = fs.lstatSync(file, { bigint: true });
      editCatalog(
        world.catalogPath,
        'UPDATE file SET ctime_ns = ?, mtime_ns = ? WHERE ino = ?',
        ctimeNs,
        fs.lstatSync(file, { bigint: true }).mtimeNs,
        inoOf(file),
      );
    },
    found: ['stale-copy error report'],
  },
  deleted: { state: 'dual', damage: (file) => fs.rmSync(file), found: ['row-without-inode warning forget'] },
  'nothing wrong': { state: 'dual', damage: () => undefined, found: [] },
  'nothing wrong, offline': { state: 'offline', damage: () => undefined, found: [] },
};

describeAsRoot('audit --deep after damage to files', () => {
  const scratch = useFilesystem();
  let world: CliWorld;
  const files = new Map<string, { readonly file: string; readonly ino: string }>();
  let findings: readonly NdjsonRecord[];
  let summary: NdjsonRecord;
  let status: number | null;

  beforeAll(async () => {
    world = new CliWorld(scratch());
    for (const name of Object.keys(CASES)) {
      const file = world.write(`d/${name}`, Buffer.alloc(3 * BLOCK, name));
      files.set(name, { file, ino: inoOf(file).toString() });
    }
    await world.init('--unguarded');
    const of = (...states: readonly string[]): string[] =>
      Object.entries(CASES).flatMap(([name, { state }]) => (states.includes(state) ? [world.at(`d/${name}`)] : []));
    await world.ok('archive', ...of('dual', 'offline'));
    await world.ok('release', ...of('offline'));
    const { of: records } = await world.ok('scan', world.mountPoint);
    const objects = new Map(records('inode').map((inode) => [inode['ino'], String(inode['object'])]));
    for (const { file, ino } of files.values()) objectOf.set(file, objects.get(ino) ?? '');
    for (const [name, { damage }] of Object.entries(CASES)) await damage(files.get(name)?.file ?? '', world);
    const audit = await world.ndjson(['audit', '--deep', world.mountPoint]);
    findings = audit.of('finding');
    ({ summary, status } = audit);
  }, 120_000);

  test.each(Object.entries(CASES))('%s', (name, { found }) => {
    const { file = '', ino } = files.get(name) ?? {};
    const copy = fs.existsSync(`${file} (copy)`) ? inoOf(`${file} (copy)`).toString() : '';
    const about = findings.filter((finding) => finding['ino'] === ino || finding['ino'] === copy);
    expect(about.map(brief).sort()).toEqual([...found].sort());
    for (const finding of about) {
      expect(finding['why']).toMatch(/^[^\n]{10,200}$/);
      expect(Object.keys(finding['facts'] as object).length).toBeGreaterThan(0);
    }
  });

  test('the summary counts them, and the status says that something is wrong', () => {
    const counts: Record<string, number> = {};
    for (const finding of findings) counts[String(finding['class'])] = (counts[String(finding['class'])] ?? 0) + 1;
    expect(summary).toMatchObject({ findings: counts, interrupted: 3, complete: true });
    expect(status).toBe(4);
    const expected = Object.values(CASES).flatMap(({ found }) => found);
    expect(findings).toHaveLength(expected.length);
  });

  test('status shows them as unsettled, until a complete audit finds less', async () => {
    const { summary: seen } = await world.ok('status', world.mountPoint);
    expect(seen).toMatchObject({ filesystems: [{ unsettled: summary['findings'] }] });
  });

  test('a dry run of recover proposes an action for each, and touches nothing', async () => {
    const before = stateOf(world);
    const plan = await world.ndjson(['recover', world.mountPoint]);
    // Those that only --deep sees are missing.
    expect(plan.of('action').length).toBeGreaterThanOrEqual(findings.length - 4);
    expect(plan.status).toBe(4);
    expect(stateOf(world)).toEqual(before);
  });

  test('recover --apply loses nothing, and a second one changes nothing', async () => {
    const copies = world.copies().length;
    const first = await world.ndjson(['recover', '--apply', world.mountPoint]);
    expect(world.copies().length, 'what an attribute names stays').toBeGreaterThanOrEqual(copies - 4);
    expect(objectOf.get(world.at('d/row deleted while offline'))).toMatch(/./);
    expect(() => copyOf(world, world.at('d/row deleted while offline'))).not.toThrow();
    expect(first.status).toBe(1 | 4);
    expect(fs.readFileSync(world.at('d/data punched out')).equals(Buffer.alloc(3 * BLOCK, 'data punched out'))).toBe(
      true,
    );
    const before = stateOf(world);
    const second = await world.ndjson(['recover', '--apply', world.mountPoint]);
    expect(second.status).toBe(4);
    expect(second.summary).toMatchObject({ completed: 0, reverted: 0, repaired: 0 });
    expect(stateOf(world)).toEqual(before);
  });

  test('what is interrupted is told once, by its own finding', () => {
    const { ino } = files.get('killed while releasing') ?? {};
    expect(findings.filter((finding) => finding['ino'] === ino).map((finding) => finding['class'])).toEqual([
      'interrupted',
    ]);
  });

  test('text: one line for each, gravest word first', async () => {
    const { stdout, stderr } = await world.text(['audit', world.mountPoint]);
    expect(stderr).toBe('');
    const lines = stdout.trimEnd().split('\n');
    for (const line of lines.slice(0, -2)) expect(line).toMatch(/^(info|warning|error|critical) +[a-z-]+.*: .+$/);
    expect(lines.at(-1)).toMatch(/inodes, .* managed, scanned in .* in all$/);
  });
});

describeAsRoot('audit of one thing at a time', () => {
  /** A registered filesystem with one dual file, made anew for each. */
  async function withWorld(use: (world: CliWorld, file: string) => Promise<void>): Promise<void> {
    await withFilesystem({}, async (scratch) => {
      const world = new CliWorld(scratch);
      const file = world.write('file', Buffer.alloc(3 * BLOCK, 'x'));
      await world.init('--unguarded');
      await world.ok('archive', file);
      await use(world, file);
    });
  }

  async function expectAudit(world: CliWorld, found: readonly string[], exit: number): Promise<void> {
    const { of, status } = await world.ndjson(['audit', world.mountPoint]);
    expect(of('finding').map(brief).sort()).toEqual([...found].sort());
    expect(status).toBe(exit);
  }

  test('what is only information leaves the status 0', async () => {
    await withWorld(async (world, file) => {
      fs.chmodSync(file, 0o640);
      await expectAudit(world, ['metadata-changed info rebaseline'], 0);
      const recovered = await world.ndjson(['recover', '--apply', world.mountPoint]);
      expect([0, 1]).toContain(recovered.status);
      await expectAudit(world, [], 0);
    });
  });

  test('busy, while another process is at work', async () => {
    await withWorld(async (world, file) => {
      const running = world.ndjson(['release', file], { fault: 'release:before-punch=pause' });
      await world.whilePaused(async () => {
        await expectAudit(world, ['busy info wait'], 0);
        const check = await world.ndjson(['check', world.mountPoint]);
        expect(check.of('finding').map(brief)).toEqual(['busy info wait']);
        expect(check.status).toBe(0);
        const second = await world.ndjson(['release', file]);
        expect(second.of('file')).toMatchObject([{ result: 'busy' }]);
        expect(second.status).toBe(4);
        const recovered = await world.ndjson(['recover', '--apply', world.mountPoint]);
        expect(recovered.summary).toMatchObject({ completed: 0, reverted: 0 });
      });
      expect((await running).status).toBe(0);
      await expectAudit(world, [], 0);
    });
  });

  test('inode-reused', async () => {
    await withWorld(async (world, file) => {
      const ino = inoOf(file);
      fs.rmSync(file);
      // The kernel frees inodes in the background.
      let reused = false;
      for (let index = 0; index < 200 && !reused; index++) {
        reused = inoOf(world.write(`new-${index}`)) === ino;
        if (!reused) await new Promise((resolve) => setTimeout(resolve, 10));
      }
      expect(reused).toBe(true);
      await expectAudit(world, ['inode-reused warning forget'], 4);
    });
  });

  test('inode-unreadable, and the scan goes on behind it', async () => {
    await withWorld(async (world, file) => {
      // In a chunk of its own: mkfs's own inodes share a disk block with the first ones, and a mount reads those.
      const files = Array.from({ length: 200 }, (_, index) => world.write(`d/${index}`));
      const ino = inoOf(files[150] ?? '');
      const behind = inoOf(files.at(-1) ?? '').toString();
      await world.ok('archive', files[150] ?? '');
      void file;
      const { scratch } = world;
      scratch.unmount();
      run('xfs_db', '-x', '-c', `inode ${ino}`, '-c', 'write -d core.magic 0', scratch.device);
      scratch.mount();
      const { of, status } = await world.ndjson(['audit', world.mountPoint]);
      const about = of('finding').filter((finding) => finding['ino'] === ino.toString());
      expect(about.map(brief)).toEqual(['inode-unreadable error report']);
      expect((status ?? 0) & 4).toBe(4);
      const scan = await world.ndjson(['scan', world.mountPoint]);
      expect(scan.of('inode').some((inode) => inode['ino'] === behind)).toBe(true);
      expect((scan.status ?? 0) & 4).toBe(4);
      expect(scan.stderr).toMatch(new RegExp(`inode ${ino} cannot be read: E`));
    });
  });

  test('duplicate-binding', async () => {
    await withWorld(async (world, file) => {
      const second = world.write('second');
      await world.ok('archive', second);
      const statement = 'UPDATE file SET object_id = (SELECT object_id FROM file WHERE ino = ?) WHERE ino = ?';
      expect(editCatalog(world.catalogPath, statement, inoOf(file), inoOf(second))).toBe(1);
      const { of, status } = await world.ndjson(['audit', world.mountPoint]);
      const classes = of('finding').map((finding) => finding['class']);
      expect(classes.filter((name) => name === 'duplicate-binding').length).toBeGreaterThanOrEqual(2);
      expect(status).toBe(4);
    });
  });

  test('archive-other-owner and archive-orphan', async () => {
    await withWorld(async (world, file) => {
      fs.writeFileSync(path.join(world.archiveDir, 'objects', 'notes.txt'), 'x');
      await expectAudit(world, ['archive-other-owner info report'], 0);
      const [copy = ''] = world.copies();
      fs.rmSync(`${copy}.json`);
      const audit = await world.ndjson(['audit', world.mountPoint]);
      expect(audit.of('finding').map(brief).sort()).toEqual([
        'archive-orphan warning report',
        'archive-other-owner info report',
      ]);
      expect(audit.status).toBe(4);
      void file;
    });
  });

  test('archive-orphan: a copy that the catalog does not know', async () => {
    await withWorld(async (world, file) => {
      editCatalog(world.catalogPath, 'DELETE FROM file WHERE ino = ?', inoOf(file));
      editCatalog(world.catalogPath, 'DELETE FROM object WHERE ino = ?', inoOf(file));
      dropDmAttribute(file);
      await expectAudit(world, ['archive-orphan warning report'], 4);
    });
  });

  test('catalog-behind: an older catalog was put back', async () => {
    await withWorld(async (world) => {
      const older = fs.readFileSync(world.catalogPath);
      await world.ok('archive', world.write('newer'));
      fs.writeFileSync(world.catalogPath, older);
      const { of, status } = await world.ndjson(['audit', world.mountPoint]);
      expect(of('finding').map((finding) => finding['class'])).toContain('catalog-behind');
      // The store is further than the catalog too, so that its objects were not looked at.
      expect(status).toBe(4 | 8);
      const before = stateOf(world);
      const archived = await world.text(['archive', world.mountPoint]);
      expect(archived.status).toBe(8);
      expect(archived.stderr).toMatch(/an older catalog was put back.*--accept-epoch/s);
      expect(stateOf(world)).toEqual(before);
    });
  });

  test('filesystem-behind: an older filesystem was put back', async () => {
    await withWorld(async (world, file) => {
      const { scratch } = world;
      scratch.unmount();
      const older = path.join(scratch.folder, 'older');
      run('cp', '--sparse=always', scratch.image, older);
      scratch.mount();
      await world.ok('release', file);
      scratch.unmount();
      run('dd', `if=${older}`, `of=${scratch.device}`, 'bs=1M', 'conv=notrunc');
      scratch.mount();
      const { of, status } = await world.ndjson(['audit', world.mountPoint]);
      const classes = of('finding').map((finding) => finding['class']);
      expect(classes).toContain('filesystem-behind');
      expect(status).toBe(4);
      const recovered = await world.text(['recover', '--apply', world.mountPoint]);
      expect(recovered.status).toBe(4);
      expect(recovered.stdout).toMatch(/waits for --accept-epoch: the filesystem is behind the catalog/);
      const released = await world.text(['release', file]);
      expect(released.status).toBe(8);
      expect(released.stderr).toMatch(/behind the catalog: an older filesystem was put back/);
    });
  });

  test('filesystem-renamed is known by its mark', async () => {
    await withWorld(async (world, file) => {
      const { scratch } = world;
      scratch.unmount();
      run('xfs_admin', '-U', 'generate', scratch.device);
      scratch.mount();
      await expectAudit(world, ['filesystem-renamed info none'], 0);
      await world.ok('release', file);
    });
  });

  test('data-lost, told by recover, which touches nothing', async () => {
    await withWorld(async (world, file) => {
      punchHole(file);
      for (const copy of world.copies()) flipByte(copy);
      const before = stateOf(world).files;
      const { of, status, summary } = await world.ndjson(['recover', '--apply', world.mountPoint]);
      expect(of('action').map((action) => action['class'])).toContain('data-lost');
      expect(summary).toMatchObject({ lost: 1 });
      expect((status ?? 0) & 4).toBe(4);
      expect(stateOf(world).files).toEqual(before);
    });
  });
});
