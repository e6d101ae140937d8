/** What became of one case, in the form that its expect.json keeps. */
import { ActionTally } from '../../src/cli/commands/action-tally.js';
import { FindingTally } from '../../src/cli/commands/finding-tally.js';
import type { ActionRecord } from '../../src/recover/action-record.js';
import { findRule } from '../../src/recover/decide.js';
import type { DecisionFacts } from '../../src/recover/decision-facts.js';
import type { Finding } from '../../src/reconcile/finding.js';
import { EXIT } from '../../src/cli/exit-codes.js';
import type { NdjsonResult } from '../cli/cli-world.js';
import type { NdjsonRecord } from '../cli/ndjson-contract.js';

export interface Line {
  readonly record: NdjsonRecord;
  readonly label: string;
}

export interface Told {
  /** The exit status that the case alone would have. */
  readonly exit: number;
  readonly lines: readonly string[];
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '-');

function findingLine({ record, label }: Line): string {
  const { class: name, severity, state, action } = record;
  return [
    label,
    text(severity),
    text(name),
    ...(state === undefined ? [] : [`(${text(state)})`]),
    '->',
    text(action),
  ].join(' ');
}

/** The rule of the decision table that decided, if the table was asked. */
export function ruleOf(record: NdjsonRecord): string | undefined {
  const facts = record['facts'] as DecisionFacts | undefined;
  return facts?.attribute === undefined || facts.bytes === undefined ? undefined : findRule(facts).name;
}

function actionLine({ record, label }: Line): string {
  const { class: name, kind, action, from, to, result } = record;
  const move = to === undefined ? '' : ` ${from === undefined ? 'unmarked' : text(from)} -> ${text(to)}`;
  const rule = ruleOf(record);
  const what = action === 'none' ? text(kind) : `${text(kind)} ${text(action)}${move}`;
  return `${label} ${text(name)}: ${text(result)}, ${what}${rule === undefined ? '' : ` [${rule}]`}`;
}

/** What the whole command says of itself, and not of a file: not complete, wrong usage, cancelled. */
function commandBits({ status, summary }: NdjsonResult): number {
  const bits = (status ?? EXIT.ERROR) & (EXIT.USAGE | EXIT.CANCELLED);
  return summary['complete'] === true ? bits : bits | ((status ?? EXIT.ERROR) & EXIT.ERROR);
}

export function toldFindings(lines: readonly Line[], result: NdjsonResult): Told {
  const tally = new FindingTally();
  for (const { record } of lines) tally.add(record as unknown as Finding);
  return { exit: tally.exitCode | commandBits(result), lines: lines.map(findingLine).sort() };
}

export function toldActions(lines: readonly Line[], result: NdjsonResult): Told {
  const tally = new ActionTally(false);
  for (const { record } of lines) tally.add(record as unknown as ActionRecord);
  return { exit: tally.exitCode | commandBits(result), lines: lines.map(actionLine).sort() };
}

export interface FileEnd {
  /** What its attribute says. */
  readonly attribute: string;
  /** What the catalog says. */
  readonly row: string;
  /** Which version it holds, after a recall of what is away. */
  readonly holds: string;
}

export interface Outcome {
  readonly check: Told;
  readonly audit: Told;
  readonly plan: Told;
  readonly recover: Told;
  readonly again: Told;
  /** The last, deep audit. */
  readonly left: Told;
  readonly files: Readonly<Record<string, FileEnd>>;
  /** Version -> where it is, before recovery and after. */
  readonly versions: Readonly<Record<string, readonly string[]>>;
}

export interface WholeOutcome extends Outcome {
  /** Versions that were somewhere before recovery and are nowhere after. */
  readonly lost: readonly string[];
}

function toldText(name: string, { exit, lines }: Told): string {
  const shown = lines.map((line) => `\n      ${JSON.stringify(line)}`).join(',');
  return `  ${JSON.stringify(name)}: {\n    "exit": ${exit},\n    "lines": [${shown}${shown === '' ? '' : '\n    '}]\n  }`;
}

function recordText(name: string, record: object): string {
  const spaced = (value: unknown): string => JSON.stringify(value, undefined, 1).replace(/\s*\n\s*/g, ' ');
  const shown = Object.entries(record).map(([key, value]) => `\n    ${JSON.stringify(key)}: ${spaced(value)}`);
  return `  ${JSON.stringify(name)}: {${shown.join(',')}\n  }`;
}

/** The text of expect.json: a line for each thing that is told. */
export function outcomeText(outcome: Outcome): string {
  const { check, audit, plan, recover, again, left, files, versions } = outcome;
  const told = Object.entries({ check, audit, plan, recover, again, left }).map(([name, one]) => toldText(name, one));
  return `{\n${[...told, recordText('files', files), recordText('versions', versions)].join(',\n')}\n}\n`;
}
