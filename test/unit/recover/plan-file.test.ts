/** The plan file: what is written is read back, and whatever was done to it since is seen. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { newObjectId } from '../../../src/dm/identity.js';
import { toGen, toIno } from '../../../src/native/inode-id.js';
import type { PlannedAction } from '../../../src/recover/plan-action.js';
import { PlanError } from '../../../src/recover/plan-error.js';
import { PLAN_VERSION, type PlanHeader } from '../../../src/recover/plan-header.js';
import { PlanSeal } from '../../../src/recover/plan-lines.js';
import { Plan, type PlanEntry } from '../../../src/recover/plan-reader.js';
import { PlanWriter } from '../../../src/recover/plan-writer.js';

const FOLDER = fs.mkdtempSync(path.join(os.tmpdir(), 'hsmck-plan-'));
afterAll(() => fs.rmSync(FOLDER, { recursive: true }));

const HEADER: PlanHeader = {
  created: '2026-07-01T10:00:00.000Z',
  mount: '/data',
  filesystem: newObjectId(),
  catalog: newObjectId(),
  epoch: (1n << 63n) - 1n,
  prefer: 'revert',
  acceptsEpoch: false,
};

const settlement: PlannedAction = {
  class: 'interrupted',
  severity: 'error',
  kind: 'complete',
  action: 'punch',
  id: { ino: toIno((1n << 63n) - 1n), gen: toGen(0xffff_ffff) },
  path: Buffer.from([0x2f, 0xff, 0x0a, 0x22]),
  from: 'releasing',
  to: 'offline',
  why: 'a "reason"\nin two lines',
  evidence: { object: 'good', bytes: 'equal' },
  seen: { size: '9223372036854775807', nlink: 1, alive: false },
};
const forgetting: PlannedAction = {
  class: 'row-without-inode',
  severity: 'warning',
  kind: 'repair',
  action: 'forget',
  id: { ino: toIno(7n), gen: toGen(8) },
  path: Buffer.from('/data/ü 😀'),
  objectId: newObjectId(),
  dropsRow: true,
  why: 'gone',
  seen: { inode: 'gone' },
};
const { id: _id, path: _path, ...nameless } = { ...forgetting, class: 'archive-orphan', dropsRow: false } as const;
const ACTIONS: readonly PlannedAction[] = [settlement, forgetting, nameless];

let file: string;
let count = 0;
beforeEach(() => {
  file = path.join(FOLDER, `plan-${(count += 1)}.ndjson`);
});

function write(actions: readonly PlannedAction[] = ACTIONS, place = file): void {
  const writer = new PlanWriter({ path: Buffer.from(place), mountDevice: '0:0' }, HEADER);
  for (const action of actions) writer.add(action);
  writer.finish();
}

function read(place = file): { readonly header: PlanHeader; readonly count: number; readonly entries: PlanEntry[] } {
  const plan = Plan.open(Buffer.from(place));
  try {
    return { header: plan.header, count: plan.actionCount, entries: [...plan.actions()] };
  } finally {
    plan.close();
  }
}

const text = (): string => fs.readFileSync(file, 'utf8');
const change = (edit: (text: string) => string): void => fs.writeFileSync(file, edit(text()));

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof PlanError) return error.code;
    throw error;
  }
  return 'none';
}

/** A plan whose seal fits, whatever its lines say. */
function writeSealed(header: object, ...lines: readonly object[]): void {
  const seal = new PlanSeal();
  const texts = [header, ...lines].map((line) => JSON.stringify(line));
  texts.forEach((line, index) => (index === 0 ? seal.addHeader(Buffer.from(line)) : seal.addAction(Buffer.from(line))));
  fs.writeFileSync(file, [...texts, seal.encodeEnd(), ''].join('\n'));
}
const plainHeader = { type: 'plan', version: PLAN_VERSION, ...HEADER, epoch: HEADER.epoch.toString() };

describe('a plan', () => {
  test('is read back as it was written', () => {
    write();
    const entries = ACTIONS.map((action) => ({ action, leftOut: false }));
    expect(read()).toEqual({ header: HEADER, count: ACTIONS.length, entries });
  });

  test('may have no action, or more than fit into one piece of the file', () => {
    write([]);
    expect(read()).toMatchObject({ count: 0, entries: [] });
    const many = path.join(FOLDER, 'many');
    write(
      Array.from({ length: 2000 }, () => settlement),
      many,
    );
    expect(fs.statSync(many).size).toBeGreaterThan(3 * 64 * 1024);
    expect(read(many).entries).toHaveLength(2000);
  });

  test('is one line an action, header first, end last', () => {
    write();
    const types = text()
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types).toEqual(['plan', 'action', 'action', 'action', 'end']);
  });

  test('leaves out what is marked so by hand', () => {
    write();
    change((plan) => plan.replace('"skip":false', '"skip":true'));
    expect(read().entries.map(({ leftOut }) => leftOut)).toEqual([true, false, false]);
    change((plan) => plan.replaceAll('"skip":false', '"skip":true'));
    expect(read().entries.map(({ leftOut }) => leftOut)).toEqual([true, true, true]);
    change((plan) => plan.replace('"skip":true', '"skip":false'));
    expect(read().entries.map(({ leftOut }) => leftOut)).toEqual([false, true, true]);
  });
});

describe('a plan that is not as it was written', () => {
  test('cut at any byte', () => {
    write([forgetting]);
    const whole = fs.readFileSync(file);
    for (let length = 0; length < whole.length; length++) {
      fs.writeFileSync(file, whole.subarray(0, length));
      expect(
        codeOf(() => read()),
        `${length} bytes`,
      ).toBe('EPLAN');
    }
  });

  test('with any byte changed', () => {
    write([forgetting]);
    const whole = fs.readFileSync(file);
    for (let at = 0; at < whole.length; at++) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      fs.writeFileSync(file, bytes);
      expect(
        codeOf(() => read()),
        `byte ${at}`,
      ).toMatch(/^EPLAN(NEWER)?$/);
    }
  });

  test.each<[string, (lines: string[]) => string[]]>([
    ['an action removed', (lines) => lines.toSpliced(2, 1)],
    ['an action twice', (lines) => lines.toSpliced(2, 0, lines[2] ?? '')],
    ['actions in another order', ([header, a, b, ...rest]) => [header ?? '', b ?? '', a ?? '', ...rest]],
    ['an empty line', (lines) => lines.toSpliced(1, 0, '')],
    ['something behind the end', (lines) => [...lines, '{"type":"action","skip":false}']],
    ['two ends', (lines) => [...lines, lines.at(-1) ?? '']],
    ['no header', (lines) => lines.slice(1)],
    ['line ends of another system', (lines) => lines.map((line) => `${line}\r`)],
  ])('%s', (_, edit) => {
    write();
    change((plan) => `${edit(plan.trimEnd().split('\n')).join('\n')}\n`);
    expect(codeOf(() => read())).toBe('EPLAN');
  });

  test('says how to leave an action out', () => {
    write();
    change((plan) => plan.split('\n').toSpliced(1, 1).join('\n'));
    expect(() => read()).toThrow(/made with 3 actions and has 2.*"skip":false to "skip":true/);
  });
});

describe('what is no plan', () => {
  test.each([
    ['/dev/null', /no regular file/],
    [FOLDER, /no regular file/],
    ['/etc/os-release', /is no plan of hsmck/],
  ])('%s', (place, message) => {
    expect(() => read(place)).toThrow(message);
  });

  test('a pipe that nobody writes to', () => {
    execFileSync('mkfifo', [file]);
    expect(() => read()).toThrow(/no regular file/);
  });

  test('an endless line', () => {
    fs.writeFileSync(file, Buffer.alloc(1024 * 1024, '['));
    expect(() => read()).toThrow(/a line is too long/);
  });

  test('a file that is not there', () => {
    expect(() => read()).toThrow(/no such file/);
  });

  test('one of a newer version, whatever follows', () => {
    fs.writeFileSync(file, `${JSON.stringify({ type: 'plan', version: PLAN_VERSION + 1 })}\nanything`);
    expect(codeOf(() => read())).toBe('EPLANNEWER');
  });

  test.each<[string, object]>([
    ['an unknown action', { action: 'destroy' }],
    ['an unknown class', { class: 'nonsense' }],
    ['a report', { kind: 'report' }],
    ['an inode number as a number', { ino: 5 }],
    ['a negative inode number', { ino: '-5' }],
    ['an inode number of 64 bits', { ino: '9223372036854775808' }],
    ['no facts', { seen: undefined }],
    ['nested facts', { seen: { a: {} } }],
    ['no generation', { gen: undefined }],
  ])('%s, though its seal fits', (_, wrong) => {
    const line = {
      type: 'action',
      skip: false,
      ino: '5',
      gen: 6,
      class: 'interrupted',
      severity: 'error',
      kind: 'complete',
    };
    const rest = { action: 'punch', from: 'releasing', to: 'offline', facts: {}, why: 'x', seen: {} };
    writeSealed(plainHeader, { ...line, ...rest });
    expect(codeOf(() => read())).toBe('none');
    writeSealed(plainHeader, { ...line, ...rest, ...wrong });
    expect(codeOf(() => read())).toBe('EPLAN');
  });
});

describe('writing', () => {
  const leftovers = (): string[] => fs.readdirSync(FOLDER).filter((name) => name.includes('.tmp'));

  test('never overwrites', () => {
    fs.writeFileSync(file, 'precious');
    expect(codeOf(() => write())).toBe('EPLANPLACE');
    expect(text()).toBe('precious');
    expect(leftovers()).toEqual([]);
  });

  test('never follows a link that somebody put there', () => {
    const target = `${file}.target`;
    fs.symlinkSync(target, file);
    expect(codeOf(() => write())).toBe('EPLANPLACE');
    expect(fs.existsSync(target)).toBe(false);
  });

  test('gives way to a file that came meanwhile', () => {
    const writer = new PlanWriter({ path: Buffer.from(file), mountDevice: '0:0' }, HEADER);
    fs.writeFileSync(file, 'precious');
    expect(codeOf(() => writer.finish())).toBe('EPLANPLACE');
    expect(text()).toBe('precious');
    expect(leftovers()).toEqual([]);
  });

  test('a plan that is not finished is no file', () => {
    const writer = new PlanWriter({ path: Buffer.from(file), mountDevice: '0:0' }, HEADER);
    writer.add(settlement);
    writer.discard();
    expect(fs.existsSync(file)).toBe(false);
    expect(leftovers()).toEqual([]);
  });

  test('not on the filesystem that it is about, through a link neither', () => {
    const { dev } = fs.statSync(FOLDER);
    const mountDevice = `${((dev >> 8) & 0xfff).toString()}:${((dev & 0xff) | ((dev >> 12) & 0xfff00)).toString()}`;
    const link = `${file}.link`;
    fs.symlinkSync(FOLDER, link);
    for (const place of [file, path.join(link, 'plan')]) {
      expect(codeOf(() => new PlanWriter({ path: Buffer.from(place), mountDevice }, HEADER))).toBe('EPLANPLACE');
    }
  });

  test('a folder that is not there', () => {
    expect(() => write(ACTIONS, path.join(FOLDER, 'none', 'plan'))).toThrow(/no such file/);
  });

  test('a name that is not UTF-8', () => {
    const place = Buffer.concat([Buffer.from(`${FOLDER}/`), Buffer.of(0xff, 0x41)]);
    new PlanWriter({ path: place, mountDevice: '0:0' }, HEADER).finish();
    const plan = Plan.open(place);
    expect(plan.header).toEqual(HEADER);
    plan.close();
  });
});
