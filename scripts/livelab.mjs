// The laboratory of live systems in full: every user at every step, then load and crashes for as long as is wanted.
//   npm run livelab -- [--minutes N] [--seed S] [--load-only]
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    'load-only': { type: 'boolean', default: false },
  },
});
for (const name of ['minutes', 'seed']) {
  if (!/^\d+$/.test(values[name])) throw new Error(`--${name} wants a whole number, not "${values[name]}"`);
}
process.stdout.write(`livelab: ${values.minutes} minutes of load with seed ${values.seed}\n`);
const env = {
  ...process.env,
  HSMCK_LIVE: 'full',
  HSMCK_LIVE_MINUTES: values.minutes,
  HSMCK_LIVE_SEED: values.seed,
};
const tests = values['load-only'] ? 'test/live/load.test.ts' : 'test/live';
const { status } = spawnSync('npx', ['vitest', 'run', tests], { env, stdio: 'inherit' });
process.exit(status ?? 1);
