/**
 * The nth-fault sweep: call after call that the product makes into the kernel and into SQLite fails, and each time the
 * exit status has to tell, the message to name it, every byte to be there, the next run to converge. HSMCK_FAULTSWEEP:
 * `full` lets every call fail (`npm run faultsweep`, hours); HSMCK_FAULTSWEEP_ONLY picks commands by a pattern for
 * their names, HSMCK_FAULTSWEEP_REPORT names a file for what was found. Otherwise it is a sample that takes a minute.
 */
import fs from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { describeAsRoot } from '../support/require-root.js';
import { SCENARIOS } from './scenarios.js';
import { Sweep, type Breach } from './sweep.js';

const isFull = process.env['HSMCK_FAULTSWEEP'] === 'full';
const only = new RegExp(process.env['HSMCK_FAULTSWEEP_ONLY'] ?? '');
const report = process.env['HSMCK_FAULTSWEEP_REPORT'];
const HOUR_MS = 3_600_000;
/** Faults for each command in a sample. */
const SAMPLE = 6;

const inShort = ({ scenario, plan, exitCode, broken }: Breach): string =>
  `${scenario}, call ${plan.n} (${plan.symbol} ${plan.fault.mode} ${plan.fault.code}${plan.fault.sticky ? ' for ever' : ''}), ` +
  `exit ${exitCode}, at ${plan.site}\n    ${broken.join('\n    ')}`;

function tell(line: string): void {
  if (report !== undefined) fs.appendFileSync(report, `${line}\n`);
}

describeAsRoot('nth-fault sweep', () => {
  const sweep = new Sweep((breach) => tell(inShort(breach)));
  afterAll(async () => {
    await sweep.close();
    const { calls, injected, notReached, sites, statuses, leftOpen, breaches } = sweep.totals;
    const figures = { calls, injected, notReached, sites: sites.size, breaches: breaches.length };
    tell(
      JSON.stringify({ ...figures, statuses: Object.fromEntries(statuses), leftOpen: Object.fromEntries(leftOpen) }),
    );
  });

  test.each(SCENARIOS.filter(({ name }) => only.test(name)))(
    '$name',
    async (scenario) => {
      const before = sweep.totals.breaches.length;
      const injectedBefore = sweep.totals.injected;
      const started = performance.now();
      await sweep.run(scenario, isFull ? undefined : SAMPLE);
      const injected = sweep.totals.injected - injectedBefore;
      tell(`# ${scenario.name}: ${injected} faults in ${((performance.now() - started) / 1000).toFixed(1)} s`);
      expect(sweep.totals.breaches.slice(before).map(inShort)).toEqual([]);
      expect(injected).toBeGreaterThan(0);
    },
    isFull ? 12 * HOUR_MS : HOUR_MS / 6,
  );
});
