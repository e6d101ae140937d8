/** The documentation against the code: what it names exists, and its tables are the code's. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { EXIT_MEANINGS } from '../../src/cli/exit-codes.js';
import { createProgram } from '../../src/cli/program.js';
import { isStepName, STEPS } from '../../src/migrate/step-names.js';
import { SETTLEMENTS } from '../../src/migrate/settlements.js';
import { decideClass, type Settler } from '../../src/recover/decide-class.js';
import { FINDING_CLASSES } from '../../src/reconcile/finding.js';
import { DECISION_TABLE } from '../../src/recover/decide.js';
import type { Rule, Verdict } from '../../src/recover/rule.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const DECISIONS = 'docs/reliability.md';

interface Page {
  /** Relative to the project's folder. */
  readonly name: string;
  readonly text: string;
}

const read = (name: string): Page => ({ name, text: fs.readFileSync(path.join(ROOT, name), 'utf8') });

const docs = fs.readdirSync(path.join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
const PAGES = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', ...docs.map((name) => `docs/${name}`)].map(read);
const page = (name: string): Page => PAGES.find((one) => one.name === name) ?? read(name);

const withoutFences = (text: string): string => text.replace(/^```[^]*?^```/gm, '');

/** The code of a page: fenced blocks and spans. */
function codeOf(text: string): string[] {
  const fences = [...text.matchAll(/^```\w*\n([^]*?)^```/gm)].map(([, body = '']) => body);
  const spans = [...withoutFences(text).matchAll(/`([^`\n]+)`/g)].map(([, body = '']) => body);
  return [...fences, ...spans];
}

/** GitHub's anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

function anchorsOf(text: string): string[] {
  return [...withoutFences(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
}

function brokenLinks({ name, text }: Page): string[] {
  const links = [...withoutFences(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? path.join(ROOT, name) : path.resolve(ROOT, path.dirname(name), file);
    if (!fs.existsSync(target)) return true;
    return anchor !== undefined && !anchorsOf(fs.readFileSync(target, 'utf8')).includes(anchor);
  });
}

const COMMANDS = [...createProgram(() => Promise.resolve()).commands.map((command) => command.name()), 'help'];
const OPTION_WITH_VALUE = '(?:--(?:catalog|format|threads|progress) \\S+ )*';

function unknownCommands({ text }: Page): string[] {
  const pattern = new RegExp(`(?:^|[\\s"(|;])hsmck ${OPTION_WITH_VALUE}([a-z]+)\\b`, 'gm');
  return codeOf(text)
    .flatMap((code) => [...code.matchAll(pattern)].flatMap(([, command = '']) => command))
    .filter((command) => !COMMANDS.includes(command));
}

function unknownSteps({ text }: Page): string[] {
  const named = [...text.matchAll(/\b(?:archive|release|recall|remove|recover|rebuild):(?:before|after)-[a-z-]+/g)];
  return named.map(([step]) => step).filter((step) => !isStepName(step));
}

/** Spelt in parts, so that this file does not contain them. */
const FORBIDDEN = [
  ['ses', 'sion'],
  ['/wo', 'rk/'],
  ['/tmp', '/hs(?!mck)'],
].map(([start = '', end = '']) => new RegExp(start + end, 'i'));

const forbiddenWords = ({ text }: Page): string[] => FORBIDDEN.flatMap((pattern) => pattern.exec(text)?.[0] ?? []);

const CHECKS: readonly {
  readonly name: string;
  readonly check: (page: Page) => string[];
  /** A page on which the check must find something. */
  readonly offender: string;
}[] = [
  { name: 'every relative link leads somewhere', check: brokenLinks, offender: '[x](docs/no-such-page.md)' },
  { name: 'every anchor is a heading', check: brokenLinks, offender: '[x](#nowhere)' },
  { name: 'every command exists', check: unknownCommands, offender: 'run `hsmck --threads 2 frobnicate /data`' },
  { name: 'every step exists', check: unknownSteps, offender: 'HSMCK_FAULT=release:after-lunch=kill' },
  { name: 'no forbidden word', check: forbiddenWords, offender: `a ${'ses'}${'sion'}` },
];

describe.each(CHECKS)('$name', ({ check, offender }) => {
  test('the check sees an offender', () => {
    expect(check({ name: 'README.md', text: offender })).not.toEqual([]);
  });
  test.each(PAGES)('$name', (one) => {
    expect(check(one)).toEqual([]);
  });
});

/** Rows of the first table behind a piece of text, as cells. */
function tableBehind(text: string, start: RegExp): string[][] {
  const from = text.search(start);
  expect(from, `${start} is there`).toBeGreaterThanOrEqual(0);
  const [table = ''] = /(?:^\|.*\|$\n?)+/m.exec(text.slice(from)) ?? [];
  const rows = table.trim().split('\n').slice(2);
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

test.each(['README.md', 'docs/operations.md'])('exit statuses in %s', (name) => {
  const rows = tableBehind(page(name).text, /^\| status +\| meaning/m);
  expect(rows).toEqual(EXIT_MEANINGS.map(([bit, meaning]) => [String(bit), meaning]));
});

test('the table of findings has every class, in order', () => {
  const rows = tableBehind(page('docs/operations.md').text, /^## Findings/m);
  expect(rows.map(([name = '']) => name.replaceAll('`', ''))).toEqual(FINDING_CLASSES);
});

/** How the third column begins, by who brings a finding to its end. What the table decides may have any other word. */
const SAYS: Readonly<Partial<Record<Settler, RegExp>>> = {
  forget: /^(forgets|the same)/,
  wait: /^waits/,
  person: /^(reports|refuses)/,
  nobody: /^nothing/,
};

test('the table of findings says of each class who settles it', () => {
  const rows = tableBehind(page('docs/operations.md').text, /^## Findings/m);
  const wrong = FINDING_CLASSES.filter((name, index) => {
    const { settler } = decideClass(name);
    const [, , recover = ''] = rows[index] ?? [];
    const says = SAYS[settler];
    return says === undefined ? /^(forgets|waits|refuses|nothing)/.test(recover) : !says.test(recover);
  });
  expect(wrong).toEqual([]);
});

test('the protocol names every step and every settlement', () => {
  const { text } = page('docs/protocol.md');
  const names = [...Object.keys(STEPS), ...Object.keys(SETTLEMENTS)];
  expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
});

const cell = (text: string): string => text.replaceAll('|', '\\|');

function verdictCell({ kind, settlement, to, reportClass }: Verdict): string {
  const what = settlement === 'none' ? '' : ` \`${settlement}\``;
  return `${kind}${what}${to ? `, ${to}` : ''}${reportClass ? ` \`${reportClass}\`` : ''}`;
}

function ruleRow({ name, when, verdict, preferComplete, preferRevert }: Rule): string {
  const facts = Object.entries(when).map(([fact, values]) => `${fact}: ${values.join(', ')}`);
  const preferences = Object.entries({ complete: preferComplete, revert: preferRevert });
  const instead = preferences.map(([word, other]) => other && `with \`--prefer ${word}\`: ${verdictCell(other)}`);
  const cells = [
    `\`${name}\``,
    facts.join('; ') || 'anything',
    verdictCell(verdict),
    instead.filter(Boolean).join('; '),
    verdict.reason,
  ];
  return `| ${cells.map(cell).join(' | ')} |`;
}

const RULES_BEGIN = '<!-- prettier-ignore-start -->';
const RULES_END = '<!-- prettier-ignore-end -->';

/** The page with the table in it, not padded: the cells are long. */
function pageWithRules({ text }: Page): string {
  const [before = '', rest = ''] = text.split(RULES_BEGIN);
  const [, after = ''] = rest.split(RULES_END);
  const head = ['| rule | when | verdict | instead | why |', '| --- | --- | --- | --- | --- |'];
  return `${[`${before}${RULES_BEGIN}`, ...head, ...DECISION_TABLE.map(ruleRow), RULES_END].join('\n')}${after}`;
}

test('the decision table in docs/ is the one in the code', async () => {
  await expect(pageWithRules(page(DECISIONS))).toMatchFileSnapshot(path.join(ROOT, DECISIONS));
});
