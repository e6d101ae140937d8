import { STEPS } from '../../../migrate/step-names.js';
import { quotePath } from '../../../report/quote-path.js';
import { CRASH_PLAN, faultText, roundFolder, type CrashRound, type CrashSeries } from '../crash-plan.js';
import type { Chapter, DemoWorld } from '../demo-world.js';
import { REWRITTEN_NAME } from '../make-files.js';
import { manifestKey } from '../manifest.js';
import { cutPower } from '../power-cut.js';
import { rewriteFile } from '../rewrite-file.js';
import { unexpectedEnd } from '../run-hsmck.js';
import { recordFile } from '../take-manifest.js';

const WIDTH = 36;

/** A user changes a file whose archiving has just died; from now on the new bytes are the right ones. */
function letUserWrite(world: DemoWorld, folder: string): void {
  const { scratch, manifest, teller } = world;
  const path = Buffer.from(`${folder}/${REWRITTEN_NAME}`);
  const record = rewriteFile(Buffer.from(scratch.mountPoint), path);
  manifest.set(manifestKey(path), record);
  const text = `a user overwrites ${quotePath(path)} in place: the copy in the archive is now the older one`;
  teller.row('write', text, { width: WIDTH, label: teller.style.accent });
  teller.record('fault', { operation: 'archive', fault: 'user-write', path: path.toString() });
}

/** What a tool that goes by times would see of the user's work now. */
function lookAtRewritten(world: DemoWorld, folder: string): void {
  const { scratch, manifest, teller } = world;
  const path = Buffer.from(`${folder}/${REWRITTEN_NAME}`);
  const wanted = manifest.get(manifestKey(path));
  const found = recordFile(Buffer.from(scratch.mountPoint), path);
  const newBytes = found.sha256 === wanted?.sha256;
  const oldTime = found.mtimeNs === wanted?.otherMtimeNs;
  const bytes = newBytes ? 'that file has its new bytes' : 'that file has lost its new bytes';
  const time = oldTime ? 'its old size and mtime: only the bytes tell' : 'its new mtime';
  teller.row('', `${bytes} and ${time}`, { width: WIDTH });
  teller.record('fault', { operation: 'archive', fault: 'user-write-found', new_bytes: newBytes, old_mtime: oldTime });
}

function tellPowerCut(world: DemoWorld, { operation, rounds }: CrashSeries): void {
  const { teller, scratch } = world;
  const seconds = cutPower(scratch);
  teller.row('power cut', 'what was not flushed is lost; mounted again', { width: WIDTH, label: teller.style.bold });
  teller.record('fault', { operation, fault: 'power-cut', seconds });
  const written = rounds.findIndex(({ userWrites }) => userWrites);
  if (written >= 0) lookAtRewritten(world, roundFolder(operation, written));
}

async function crash(world: DemoWorld, operation: CrashSeries['operation'], index: number, round: CrashRound) {
  const { scratch, hsmck, teller, figures } = world;
  const folder = roundFolder(operation, index);
  const fault = faultText(round);
  teller.status(`HSMCK_FAULT=${fault}`);
  const run = await hsmck([operation, '-r', `${scratch.mountPoint}/${folder}`], fault);
  if (run.signal !== 'SIGKILL') throw unexpectedEnd(run, `SIGKILL at ${fault}`);
  figures.kills += 1;
  const does = STEPS[round.step];
  teller.row(`${round.action}  ${round.step}#${round.pass}`, does, { width: WIDTH, label: teller.style.bad });
  teller.record('fault', {
    operation,
    fault,
    step: round.step,
    pass: round.pass,
    action: round.action,
    does,
    status: 137,
  });
  if (round.userWrites) letUserWrite(world, folder);
}

/** Kills the real commands at their named steps, and cuts the power after each operation's last. */
export const crashes: Chapter = {
  name: 'crashes',
  title: 'Crashes: the commands are killed at named steps, and the power is cut',
  run: async (world) => {
    for (const series of CRASH_PLAN) {
      for (const [index, round] of series.rounds.entries()) await crash(world, series.operation, index, round);
      tellPowerCut(world, series);
    }
    return { kills: world.figures.kills, power_cuts: CRASH_PLAN.length };
  },
};
