/** Leases and locks, held here and contested by another process, because that is who contests them in the field. */
import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  dropLease,
  leaseBreakTimeSeconds,
  leaseIsWhole,
  takeLease,
  tryLockExclusive,
  type LeaseKind,
} from '../../src/native/lock.js';
import { openByXfsHandle } from '../../src/native/xfs-handle.js';
import { useFilesystem } from '../support/filesystem.js';
import { builtFile, runChild } from '../support/run-node.js';
import { describeAsRoot } from '../support/require-root.js';
import { at, identityOf, keep, makeFile, open, openRoot } from './files.js';
import { closeFd, openPath, type Fd } from '../../src/native/io.js';

const { O_RDONLY, O_RDWR } = fs.constants;

/** Polls until the condition holds; false after five seconds. */
async function eventually(condition: () => boolean): Promise<boolean> {
  for (let attempt = 0; attempt < 500; attempt++) {
    if (condition()) return true;
    await sleep(10);
  }
  return false;
}

const ended = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.once('close', resolve));

describeAsRoot('leases', () => {
  const scratch = useFilesystem();

  /** A file that nobody has open: the descriptor it was written through is closed. */
  function quietFile(name: string, content = 'content'): void {
    fs.writeFileSync(at(scratch(), name), content);
  }
  const shell = (script: string): ChildProcess =>
    spawn('sh', ['-c', script], { cwd: scratch().mountPoint, stdio: 'ignore' });

  test('are refused while the file is open elsewhere in a way that conflicts', () => {
    quietFile('open');
    const reader = open(scratch(), 'open', O_RDONLY);
    expect(takeLease(reader, 'write', 'open')).toBe(true);
    dropLease(reader, 'open');
    const second = open(scratch(), 'open', O_RDONLY);
    expect(takeLease(reader, 'write', 'open')).toBe(false);
    expect(takeLease(reader, 'read', 'open')).toBe(true);
    dropLease(reader, 'open');
    const writer = open(scratch(), 'open', O_RDWR);
    expect(takeLease(second, 'read', 'open')).toBe(false);
    expect(writer).toBeGreaterThan(0);
  });

  test('are had on a handle descriptor too', () => {
    quietFile('by handle');
    const id = identityOf(open(scratch(), 'by handle', O_RDONLY));
    const root = openRoot(scratch());
    // The look at the identity above has to be closed first: it is an open like any other.
    const fd = keep(openByXfsHandle(root.fd, root.fsid, id, O_RDWR));
    expect(takeLease(fd, 'write', 'by handle')).toBe(false);
  });

  // perl calls truncate(2) by path; truncate(1) opens with O_NONBLOCK.
  const BREAKERS: readonly (readonly [what: string, kind: LeaseKind, script: (name: string) => string])[] = [
    ['a reader', 'write', (name) => `cat '${name}'`],
    ['a writer', 'write', (name) => `echo x >>'${name}'`],
    ['a truncate', 'write', (name) => `perl -e 'truncate(shift, 1) or die' '${name}'`],
    ['a writer', 'read', (name) => `echo x >>'${name}'`],
    ['a truncate', 'read', (name) => `perl -e 'truncate(shift, 1) or die' '${name}'`],
  ];
  test.each(BREAKERS)('%s in another process breaks a %s lease and waits for it', async (what, kind, script) => {
    const name = `${what} ${kind}`;
    quietFile(name);
    const fd = open(scratch(), name, O_RDONLY);
    expect(takeLease(fd, kind, name)).toBe(true);
    expect(leaseIsWhole(fd, kind, name)).toBe(true);
    const child = shell(script(name));
    const status = ended(child);
    expect(await eventually(() => !leaseIsWhole(fd, kind, name))).toBe(true);
    expect(child.exitCode).toBeNull();
    expect(fs.readFileSync(fd, 'utf8')).toBe('content');
    dropLease(fd, name);
    expect(await status).toBe(0);
  });

  test('an opener that will not wait is turned away, and still breaks the lease', async () => {
    quietFile('impatient');
    const fd = open(scratch(), 'impatient', O_RDONLY);
    expect(takeLease(fd, 'write', 'impatient')).toBe(true);
    expect(await ended(shell('truncate --size 1 impatient'))).toBe(1);
    expect(leaseIsWhole(fd, 'write', 'impatient')).toBe(false);
    dropLease(fd, 'impatient');
    expect(fs.readFileSync(fd, 'utf8')).toBe('content');
  });

  const HARMLESS = ['stat', 'getfattr --dump', 'chmod 600', 'touch --no-create --date=yesterday'];
  test.each(HARMLESS)('%s does not break a write lease', async (command) => {
    quietFile('looked at');
    const fd = open(scratch(), 'looked at', O_RDONLY);
    expect(takeLease(fd, 'write', 'looked at')).toBe(true);
    expect(await ended(shell(`${command} 'looked at'`))).toBe(0);
    expect(leaseIsWhole(fd, 'write', 'looked at')).toBe(true);
    dropLease(fd, 'looked at');
  });

  test('a reader leaves a read lease whole', async () => {
    quietFile('shared');
    const fd = open(scratch(), 'shared', O_RDONLY);
    expect(takeLease(fd, 'read', 'shared')).toBe(true);
    expect(await ended(shell("cat 'shared'"))).toBe(0);
    expect(leaseIsWhole(fd, 'read', 'shared')).toBe(true);
    dropLease(fd, 'shared');
  });

  test('giving up a lease that is gone is fine', () => {
    quietFile('gone');
    const fd = open(scratch(), 'gone', O_RDONLY);
    dropLease(fd, 'gone');
    expect(takeLease(fd, 'read', 'gone')).toBe(true);
    dropLease(fd, 'gone');
    dropLease(fd, 'gone');
  });

  test('however many are taken, SIGIO is caught once', () => {
    const before = process.listenerCount('SIGIO');
    for (const name of ['one', 'two', 'three']) {
      quietFile(name);
      const fd = open(scratch(), name, O_RDONLY);
      expect(takeLease(fd, 'read', name)).toBe(true);
    }
    expect(process.listenerCount('SIGIO')).toBe(Math.max(before, 1));
  });

  // SIGIO's default action would end the holder with status 157 (128 + 29).
  test('a process whose lease is broken lives on', async () => {
    quietFile('survivor');
    const program = `
      const { takeLease, leaseIsWhole } = await import(${JSON.stringify(builtFile('native/lock.js'))});
      const fs = await import('node:fs');
      const { spawn } = await import('node:child_process');
      const fd = fs.openSync('survivor', 'r');
      if (!takeLease(fd, 'write', 'survivor')) process.exit(3);
      const child = spawn('cat', ['survivor'], { stdio: 'ignore' });
      const timer = setInterval(() => {
        if (leaseIsWhole(fd, 'write', 'survivor')) return;
        clearInterval(timer);
        fs.closeSync(fd);
      }, 10);
      child.on('close', (status) => console.log('reader ended with', status));`;
    const args = ['--input-type=module', '--eval', program];
    const { shellStatus, stdout, stderr } = await runChild(process.execPath, args, { cwd: scratch().mountPoint });
    expect({ shellStatus, stdout, stderr }).toEqual({ shellStatus: 0, stdout: 'reader ended with 0\n', stderr: '' });
  });

  test('a lease goes with the descriptor, and a child of ours does not keep it', async () => {
    quietFile('closed');
    const fd = open(scratch(), 'closed', O_RDONLY);
    expect(takeLease(fd, 'write', 'closed')).toBe(true);
    const bystander = spawn('sleep', ['30'], { stdio: 'ignore' });
    closeFd(fd);
    try {
      expect(await ended(shell('timeout 5 cat closed'))).toBe(0);
    } finally {
      bystander.kill('SIGKILL');
    }
  });

  // The kernel takes no O_CLOEXEC for these descriptors.
  test('nor one of a descriptor that was opened by handle', async () => {
    quietFile('leased by handle');
    const looked = openPath(at(scratch(), 'leased by handle'), O_RDONLY);
    const id = identityOf(looked);
    closeFd(looked);
    const root = openRoot(scratch());
    const fd = openByXfsHandle(root.fd, root.fsid, id, O_RDWR);
    expect(takeLease(fd, 'write', 'leased by handle')).toBe(true);
    const bystander = spawn('sleep', ['30'], { stdio: 'ignore' });
    closeFd(fd);
    try {
      expect(await ended(shell("dd if='leased by handle' iflag=nonblock"))).toBe(0);
    } finally {
      bystander.kill('SIGKILL');
    }
  });

  test('the break time is a positive number of seconds', () => {
    expect(leaseBreakTimeSeconds()).toBeGreaterThan(0);
  });
});

describeAsRoot('whole-file locks', () => {
  const scratch = useFilesystem();

  function lockHeldByAnother(name: string): Promise<ChildProcess> {
    const script = `exec 9<'${name}'; flock --exclusive 9; echo locked; exec sleep 30`;
    const child = spawn('sh', ['-c', script], { cwd: scratch().mountPoint, stdio: ['ignore', 'pipe', 'ignore'] });
    return new Promise((resolve) => child.stdout.once('data', () => resolve(child)));
  }

  test('exclude another process, and end when it is killed', async () => {
    const fd = makeFile(scratch(), 'owner', '');
    const holder = await lockHeldByAnother('owner');
    expect(tryLockExclusive(fd, 'owner')).toBe(false);
    const end = ended(holder);
    holder.kill('SIGKILL');
    await end;
    expect(tryLockExclusive(fd, 'owner')).toBe(true);
  });

  test('exclude another descriptor of this process', () => {
    const fd = makeFile(scratch(), 'twice', '');
    expect(tryLockExclusive(fd, 'twice')).toBe(true);
    expect(tryLockExclusive(fd, 'twice')).toBe(true);
    expect(tryLockExclusive(open(scratch(), 'twice'), 'twice')).toBe(false);
  });

  test('other errors are not "held by another"', () => {
    expect(() => tryLockExclusive(-1 as Fd, 'nothing')).toThrow('EBADF');
  });
});
