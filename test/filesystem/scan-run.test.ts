import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { beforeAll, expect, it } from 'vitest';
import type { runScan as RunScan, ScanOptions, ScanSummary } from '../../src/scan/run-scan.js';
import { useFilesystem, withFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { builtFile, runChild } from '../support/run-node.js';
import { manage, setRawAttribute, walkAll } from './scan-fixture.js';

let runScan: typeof RunScan;
beforeAll(async () => {
  // Workers are files of the built program.
  ({ runScan } = (await import(builtFile('scan/run-scan.js'))) as { runScan: typeof RunScan });
});

type Line = Record<string, string | number>;

async function list(
  mountPoint: string,
  options: Partial<ScanOptions> = {},
): Promise<{ text: string; lines: Line[]; summary: ScanSummary }> {
  const output = new PassThrough();
  const chunks: Buffer[] = [];
  output.on('data', (chunk: Buffer) => chunks.push(chunk));
  const defaults = { mountPath: Buffer.from(mountPoint), threads: 2, mode: 'ndjson', output } as const;
  const summary = await runScan({ ...defaults, ...options });
  const text = Buffer.concat(chunks).toString();
  const lines = text.split('\n').filter((line) => line.startsWith('{'));
  return { text, lines: lines.map((line) => JSON.parse(line) as Line), summary };
}

describeAsRoot('runScan', () => {
  const scratch = useFilesystem({ mkfsOptions: ['-d', 'agcount=5'] });
  const objects = new Map<string, string>();
  const file = (name: string): string => path.join(scratch().mountPoint, name);

  beforeAll(() => {
    for (let folder = 0; folder < 6; folder++) {
      fs.mkdirSync(file(`d${folder}`));
      for (let index = 0; index < 1500; index++) fs.writeFileSync(file(`d${folder}/f${index}`), '');
    }
    objects.set('d1/f1', manage(file('d1/f1'), 'dual'));
    objects.set('d2/f1', manage(file('d2/f1'), 'offline'));
    objects.set('d3/f1', manage(file('d3/f1'), 'offline', 99n));
    setRawAttribute(file('d4/f1'), Buffer.alloc(64, 1));
    setRawAttribute(file('d4/f2'), Buffer.alloc(7));
    setRawAttribute(file('d4/f3'), Buffer.alloc(1000));
    setRawAttribute(file('d4/f4'), Buffer.alloc(0));
  });

  it.each([1, 2, 3, 4])('lists every inode once with %i threads', async (threads) => {
    const { lines, summary } = await list(scratch().mountPoint, { threads });
    const walked = walkAll(scratch().mountPoint);
    expect(lines.map((line) => BigInt(line['ino'] ?? 0)).sort((a, b) => (a < b ? -1 : 1))).toEqual(
      walked.map((inode) => inode.ino),
    );
    expect(summary).toMatchObject({ source: 'xfs-bulkstat', inodes: walked.length, matched: walked.length });
    expect(summary).toMatchObject({ managed: 7, complete: true, cancelled: false, unreadable: 0, internal: 2 });
    expect(summary.byState).toEqual({ resident: walked.length - 7, dual: 1, offline: 1, copied: 1, corrupt: 4 });
  });

  it('writes the fields that scripts rely on', async () => {
    const stat = fs.statSync(file('d1/f1'), { bigint: true });
    const { lines } = await list(scratch().mountPoint, { where: `ino = ${stat.ino}` });
    expect(lines).toEqual([
      {
        type: 'inode',
        ino: String(stat.ino),
        gen: expect.any(Number) as number,
        mode: Number(stat.mode),
        nlink: 1,
        uid: 0,
        gid: 0,
        projid: 0,
        size: '0',
        blocks: '0',
        mtime_ns: String(stat.mtimeNs),
        ctime_ns: String(stat.ctimeNs),
        state: 'dual',
        object: objects.get('d1/f1'),
      },
    ]);
  });

  it('finds by state and by attribute', async () => {
    const offline = await list(scratch().mountPoint, { where: 'state = offline' });
    expect(offline.lines.map((line) => line['object'])).toEqual([objects.get('d2/f1')]);
    expect((await list(scratch().mountPoint, { where: 'managed' })).lines).toHaveLength(7);
    expect((await list(scratch().mountPoint, { where: 'state = corrupt', mode: 'count' })).summary.matched).toBe(4);
  });

  it('writes columns', async () => {
    const { text } = await list(scratch().mountPoint, { mode: 'text', where: 'state = dual' });
    expect(text).toMatch(/^\d+ \d+ 100644 1 0 0 0 0 0 \d+\.\d{9} \d+\.\d{9} dual [0-9a-f-]{36}\n$/);
  });

  it('reads no attributes when told so', async () => {
    const { summary } = await list(scratch().mountPoint, { attributes: 'skip', mode: 'count', where: 'type = file' });
    expect(summary).toMatchObject({ managed: 0, byState: { unknown: 9000 } });
  });

  it('waits for a slow reader', async () => {
    let open = 0;
    let most = 0;
    const slow = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => {
        most = Math.max(most, ++open);
        setTimeout(() => {
          open -= 1;
          done();
        }, 30);
      },
    });
    const { summary } = await list(scratch().mountPoint, { output: slow, threads: 4 });
    expect(summary.complete).toBe(true);
    expect(most).toBe(1);
    expect(slow.writableLength).toBe(0);
  });

  it('ends with the error of its output', async () => {
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error('pipe closed')) });
    await expect(list(scratch().mountPoint, { output: broken })).rejects.toThrow('pipe closed');
  });

  it('is cancelled before it starts, and while a reader blocks it', async () => {
    const before = await list(scratch().mountPoint, { signal: AbortSignal.abort() });
    expect(before.summary).toMatchObject({ cancelled: true, complete: false, inodes: 0 });
    const abort = new AbortController();
    const output = new PassThrough({ highWaterMark: 1 });
    output.once('readable', () => {
      abort.abort();
      setTimeout(() => output.resume(), 100);
    });
    const { summary } = await list(scratch().mountPoint, { output, signal: abort.signal, threads: 1 });
    expect(summary.cancelled).toBe(true);
  });

  it('reports progress', async () => {
    const seen: number[] = [];
    await list(scratch().mountPoint, { mode: 'count', onProgress: (progress) => seen.push(progress.inodes) });
    expect(seen.at(-1)).toBe(walkAll(scratch().mountPoint).length);
  });

  it('refuses a bad expression, a folder, another filesystem and a missing path', async () => {
    await expect(list(scratch().mountPoint, { where: 'size >' })).rejects.toMatchObject({ code: 'EUSAGE' });
    await expect(list(file('d1'))).rejects.toMatchObject({ code: 'ENOTMOUNT' });
    await expect(list(file('none'))).rejects.toMatchObject({ code: 'ENOENT' });
    await withFilesystem({ type: 'ext4', sizeBytes: 64 * 1024 * 1024 }, async ({ mountPoint }) => {
      await expect(list(mountPoint)).rejects.toMatchObject({ code: 'ENOTXFS' });
    });
  });

  it('names the capability that is missing', async () => {
    const script = `const { openMount } = await import(${JSON.stringify(builtFile('scan/open-mount.js'))});
      try { openMount(Buffer.from(${JSON.stringify(scratch().mountPoint)})); } catch (error) { console.log(error.code, error.message); }`;
    const node = [process.execPath, '--input-type=module', '-e', script];
    const args = ['--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin', ...node];
    const { stdout, stderr } = await runChild('setpriv', args);
    expect(stdout + stderr).toMatch(/^ECAPABILITY .*CAP_SYS_ADMIN/);
  });

  it('leaves no descriptor behind, so that the filesystem can be unmounted', async () => {
    await list(scratch().mountPoint, { mode: 'count', threads: 4 });
    expect(() => scratch().remount()).not.toThrow();
  });

  it('tells every stable file once while another process makes and removes files', async () => {
    const stable = new Set(walkAll(scratch().mountPoint).map((inode) => String(inode.ino)));
    const script = `import fs from 'node:fs'; for (let i = 0; ; i++) { const f = process.argv[1] + '/d' + i % 6 + '/c' + i;
      fs.writeFileSync(f, ''); if (i > 500) fs.rmSync(process.argv[1] + '/d' + (i - 500) % 6 + '/c' + (i - 500)); }`;
    const churn = spawn(process.execPath, ['--input-type=module', '-e', script, scratch().mountPoint]);
    try {
      for (let run = 0; run < 3; run++) {
        const { lines, summary } = await list(scratch().mountPoint, { threads: 4 });
        const numbers = lines.map((line) => String(line['ino'])).filter((ino) => stable.has(ino));
        expect(new Set(numbers).size).toBe(numbers.length);
        expect(numbers).toHaveLength(stable.size);
        expect(summary).toMatchObject({ complete: true, unreadable: 0, attributesUnreadable: 0 });
      }
    } finally {
      churn.kill('SIGKILL');
      await new Promise((resolve) => churn.on('close', resolve));
    }
  });
});
