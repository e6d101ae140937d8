/** README.md of this folder: `npx vitest run test/mutants -u` writes it anew. */
import path from 'node:path';
import { formatMarkdown } from '../style/format-markdown.js';
import { MUTANTS } from './all-mutants.js';
import { describeKiller, type Mutant } from './mutant.js';
import { ROOT } from './mutated-module.js';

export const README = path.join(ROOT, 'test/mutants/README.md');

const HEAD = `# Mutants

Each rule of docs/protocol.md that a line of the program keeps is switched off in a copy of the source, and the tests that
know of the rule are run on the copy. A mutant is killed if a test sees wrong bytes, a wrong state or a promise broken.
Neither a program that does not load nor a time-out kills one.

\`\`\`
npm run mutants                               all of them; before them their killers on the program as it is
npm run mutants -- --only settle,punch        those with one of these texts in their names
npm run mutants -- --only NAME --by FILE      another test, or seeds:N, or sweep:NAME of the model
npm run mutants -- --no-controls --report F   without the killers alone; a line of JSON for each in F
\`\`\`

\`npm test\` holds that each mutant still fits the source. One that does not has to follow the code: its rule moved. A new rule
gets its mutant, and the test that kills it, in one of the lists of this folder.

`;

const cell = (text: string): string => text.replaceAll('|', '\\|');

function row({ name, rule, killers, equivalent }: Mutant): string {
  const by = equivalent === undefined ? killers.map(describeKiller).join('; ') : 'nothing';
  return `| ${name} | ${cell(rule)} | ${cell(by.replaceAll('test/', ''))} |`;
}

/** The whole page. */
export async function readme(): Promise<string> {
  const killed = MUTANTS.filter(({ equivalent }) => equivalent === undefined);
  const equivalents = MUTANTS.filter(({ equivalent }) => equivalent !== undefined);
  const text = [
    `${HEAD}## The ${MUTANTS.length} mutants`,
    '| mutant | rule that it breaks | killed by (below test/) |',
    '| --- | --- | --- |',
    ...MUTANTS.map(row),
    '',
    `## Nothing tells these ${equivalents.length} from the program`,
    `${killed.length} are to be killed. The other rules are a second line of defence:`,
    '',
    ...equivalents.map(({ name, rule, equivalent }) => `- **${name}** (${rule.replace(/\.$/, '')}). ${equivalent}`),
    '',
  ].join('\n');
  return formatMarkdown(README, text);
}
