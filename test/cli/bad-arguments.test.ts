/** What is wrong with the command line alone: status 16, a sentence on stderr, nothing on stdout, nothing touched. */
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { createSteps } from '../../src/migrate/faults.js';
import { STEPS } from '../../src/migrate/step-names.js';
import { runCli } from '../support/run-node.js';

const CASES: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['an unknown command', ['scann', '/x'], /unknown command 'scann'[^]*Did you mean scan/],
  ['an unknown option', ['archive', '--bogus', '/x'], /unknown option '--bogus'/],
  ['a missing argument', ['scan'], /missing required argument 'mount-or-device'/],
  ['an argument too many', ['scan', '/x', '/y'], /too many arguments/],
  ['init without an archive', ['init', '/x'], /--archive/],
  [
    'an unknown namespace',
    ['init', '/x', '--archive', '/y', '--namespace', 'system'],
    /Allowed choices are trusted, user/,
  ],
  ['an unknown format', ['--format', 'xml', 'status'], /Allowed choices are text, ndjson/],
  ['an unknown progress', ['--progress', 'often', 'status'], /Allowed choices are auto, always, never/],
  ['no threads', ['--threads', '0', 'scan', '/'], /--threads takes a whole number from 1 to 256/],
  ['too many threads', ['--threads', '257', 'scan', '/'], /--threads takes a whole number/],
  ['no path', ['archive'], /name at least one path/],
  ['an unknown preference', ['recover', '/x', '--prefer', 'luck'], /Allowed choices are auto, complete, revert/],
  ['dry run and apply', ['recover', '/x', '--dry-run', '--apply'], /cannot be used with option/],
  ['an age without a unit', ['purge', '--older-than', '5'], /"5" is no age/],
  ['an unknown source', ['scan', '/', '--source', 'zfs'], /Allowed choices are auto, xfs-device, xfs-bulkstat/],
  ['an unknown way of settling', ['check', '/', '--settle', 'wait'], /Allowed choices are freeze, sync, none/],
];

describe('wrong usage', () => {
  test.each(CASES)('%s', async (_, args, message) => {
    const { status, stdout, stderr } = await runCli(args);
    expect(stderr).toMatch(message);
    expect({ status, stdout }).toEqual({ status: 16, stdout: '' });
    expect(stderr).toMatch(/^hsmck: /);
    expect(stderr.split('\n').length).toBeLessThanOrEqual(5);
  });
});

const FAULTS: readonly (readonly [string, RegExp])[] = [
  ['nope:after-punch=kill', /step "nope:after-punch", which does not exist; "hsmck faults" lists/],
  ['release:after-lunch=kill', /step "release:after-lunch", which does not exist/],
  ['release:after-punch=explode', /asks for "explode"; possible are kill, tear, eio, enospc, pause/],
  ['release:after-punch', /is not of the form/],
  ['release:after-punch#0=kill', /is not of the form/],
  ['release:after-punch#x=kill', /is not of the form/],
  ['=', /is not of the form/],
];

describe('HSMCK_FAULT', () => {
  test.each(FAULTS)('%s is wrong usage', (fault, message) => {
    expect(() => createSteps(fault)).toThrow(UsageError);
    expect(() => createSteps(fault)).toThrow(message);
  });

  test.each(FAULTS.slice(1, 4))('%s is said in a sentence', async (fault, message) => {
    const { status, stderr, stdout } = await runCli(['release', '/'], { env: { HSMCK_FAULT: fault } });
    expect(stderr).toMatch(message);
    expect({ status, stdout }).toEqual({ status: 16, stdout: '' });
  });

  test.each(['status', 'faults', 'check /', 'scan /', 'recover /no/such/mount', 'recover --apply /no/such/mount'])(
    'is judged before anything is opened, by "%s" too',
    async (command) => {
      const env = { HSMCK_FAULT: 'recover:over-lunch=kill' };
      const { status, stderr } = await runCli(command.split(' '), { env });
      expect(stderr).toMatch(/names the step "recover:over-lunch", which does not exist/);
      expect(status).toBe(16);
    },
  );

  test('that is empty is none', async () => {
    expect((await runCli(['faults'], { env: { HSMCK_FAULT: '' } })).status).toBe(0);
  });
});

test('faults lists every step and every action', async () => {
  const listing = await runCli(['--format', 'ndjson', 'faults']);
  expect(listing.status).toBe(0);
  const listed = listing.records().slice(0, -1);
  expect(listed).toEqual(Object.entries(STEPS).map(([step, does]) => ({ type: 'fault', step, does })));
  const steps = listed.map(({ step }) => step);
  expect(steps).toEqual(
    expect.arrayContaining(['archive:before-put', 'release:after-punch', 'recover:after-attribute']),
  );
  const { stdout } = await runCli(['faults']);
  for (const step of Object.keys(STEPS)) expect(stdout).toMatch(new RegExp(`^${step} +\\S`, 'm'));
  for (const action of ['kill', 'tear', 'eio', 'enospc', 'pause'])
    expect(stdout).toMatch(new RegExp(`^ +${action} `, 'm'));
});
