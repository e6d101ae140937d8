import { describe, expect, it, test, vi } from 'vitest';
import { UsageError } from '../../../src/errors.js';
import { createSteps } from '../../../src/migrate/faults.js';
import { isStepName, STEPS, type StepName } from '../../../src/migrate/step-names.js';

const codeOf = (work: () => void): unknown => {
  try {
    work();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return undefined;
};

describe('HSMCK_FAULT', () => {
  it.each([
    'nonsense',
    '=kill',
    'archive:before-put',
    'archive:before-put=',
    'archive:before-put=explode',
    'archive:before-put=toString',
    'archive:no-such-step=kill',
    'archive:before-put#0=kill',
    'archive:before-put#-1=kill',
    'archive:before-put#1.5=kill',
    'archive:before-put#=kill',
    'archive:before-put#99999999999=kill',
    'archive:before-put=kill ',
    'archive:before-put=kill,release:after-punch=kill',
    'constructor:x=kill',
  ])('refuses %j as a mistake of usage', (text) => {
    expect(() => createSteps(text)).toThrow(UsageError);
  });

  it.each([undefined, ''])('does nothing when it is %j', (text) => {
    const passStep = createSteps(text);
    for (const step of Object.keys(STEPS) as StepName[]) passStep(step, () => expect.unreachable());
  });

  it('fails the step that it names, the first time, and only then', () => {
    const passStep = createSteps('release:after-punch=eio');
    passStep('release:before-punch');
    expect(codeOf(() => passStep('release:after-punch'))).toBe('EIO');
    passStep('release:after-punch');
  });

  it('counts passes', () => {
    const passStep = createSteps('archive:before-put#3=enospc');
    passStep('archive:before-put');
    passStep('archive:before-put');
    expect(codeOf(() => passStep('archive:before-put'))).toBe('ENOSPC');
  });

  it.each([
    ['kill', 'SIGKILL', 0],
    ['tear', 'SIGKILL', 1],
    ['pause', 'SIGSTOP', 0],
  ] as const)('%s sends %s to its own process', (action, signal, tears) => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    const tear = vi.fn();
    try {
      const passStep = createSteps(`archive:before-mark=${action}`);
      if (action === 'pause') passStep('archive:before-mark', tear);
      else expect(() => passStep('archive:before-mark', tear)).toThrow();
      expect(kill).toHaveBeenCalledExactlyOnceWith(process.pid, signal);
      expect(tear).toHaveBeenCalledTimes(tears);
    } finally {
      kill.mockRestore();
    }
  });

  test('the steps that scripts rely on exist', () => {
    for (const name of ['archive:before-put', 'release:after-punch', 'recover:after-attribute']) {
      expect(isStepName(name)).toBe(true);
    }
    expect(isStepName('toString')).toBe(false);
  });

  test('every step is named after its operation and its moment, and says what it is', () => {
    for (const [name, does] of Object.entries(STEPS)) {
      expect(name).toMatch(/^(archive|release|recall|remove|recover|rebuild):(before|after)-[a-z-]+$/);
      expect(does).toMatch(/^[a-z].{15,}[^.]$/);
    }
  });
});
