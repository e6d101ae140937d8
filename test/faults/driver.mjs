// Runs commands of the built program in this process, one after the other, each with a fault if one is asked for: some
// thirty times as many a minute as with a process for each. Started by driver.ts as `node --import inject.mjs driver.mjs
// DIST`; requests and replies are IPC messages. What a process's end would clean up (descriptors, leases, locks) is told
// in the reply, so that the parent can end this one.
import fs from 'node:fs';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { replacePool } from './inline-pool.mjs';

if (process.env.HSMCK_TEST_WORKERS === undefined) replacePool();
const [build] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(`${build}/${name}.js`).href);
const { runCommand } = await load('cli/run-command');
const { describeError, exitCodeOf } = await load('cli/exit-codes');
const { Terminal } = await load('cli/terminal');
const { openSession } = await load('migrate/open-session');
const { runOperation } = await load('migrate/run-operation');
const { walkFiles } = await load('migrate/walk-files');
const faults = globalThis[Symbol.for('hsmck.faults')];

class Sink extends Writable {
  text = '';
  _write(chunk, _encoding, done) {
    this.text += chunk.toString();
    done();
  }
}

/** A descriptor to look at the others by, where no more can be had. */
let reserve = fs.openSync('/dev/null');

/** Descriptors on files; pipes, sockets and the like belong to Node. */
function openFiles() {
  fs.closeSync(reserve);
  const fds = fs.readdirSync('/proc/self/fd');
  reserve = fs.openSync('/dev/null');
  const names = fds.map((fd) => {
    try {
      return `${fd} ${fs.readlinkSync(`/proc/self/fd/${fd}`)}`;
    } catch {
      return '';
    }
  });
  return names.filter((name) => / \/(?!dev\/null|proc\/)/.test(name));
}

/** As main.ts does it, with a plan in force meanwhile. */
async function command({ invocation, catalogPath, plan }) {
  const stdout = new Sink();
  const stderr = new Sink();
  const terminal = new Terminal({ format: 'ndjson', progress: 'never', stdout, stderr });
  const { signal } = new AbortController();
  const context = {
    catalogPath,
    threads: 1,
    terminal,
    signal,
    passStep: () => undefined,
    startedMs: performance.now(),
  };
  const before = openFiles();
  let exitCode;
  if (plan) faults.arm(plan);
  try {
    exitCode = await runCommand(context, invocation);
  } catch (error) {
    terminal.note(describeError(error));
    exitCode = exitCodeOf(error);
  } finally {
    faults.disarm();
  }
  const left = openFiles().filter((file) => !before.includes(file));
  return { exitCode, stdout: stdout.text, stderr: stderr.text, left };
}

class Died extends Error {}

/** An operation that ends at a step as if the process had died there: nothing that would undo it is run. */
async function interrupt({ operation, catalogPath, mountPath, paths, step, pass }) {
  let passes = 0;
  const passStep = (name) => {
    if (name !== step) return;
    passes += 1;
    if (passes >= pass) throw new Died(step);
  };
  const { signal } = new AbortController();
  const mount = Buffer.from(mountPath);
  const session = await openSession({ catalogPath, mountPath: mount, command: operation, passStep, signal });
  try {
    const { device } = session.subject.mount.mount;
    const files = walkFiles({
      paths: paths.map((path) => Buffer.from(path)),
      recursive: true,
      device,
      mountPoint: mount,
    });
    await runOperation({ session, operation, files, onResult: () => undefined });
  } catch (error) {
    if (error instanceof Died) return { died: true };
    throw error;
  } finally {
    session.close();
  }
  return { died: false };
}

process.on('message', (request) => {
  const work = request.kind === 'command' ? command(request) : interrupt(request);
  work.then(
    (reply) => process.send({ ...reply }),
    (error) => process.send({ broken: String(error?.stack ?? error) }),
  );
});
process.send({ ready: true });
