import { OperationalError } from '../../../errors.js';
import { formatCount } from '../../../report/format-amount.js';
import type { JsonFields } from '../../../report/json-line.js';
import { quotePath } from '../../../report/quote-path.js';
import { EXIT } from '../../exit-codes.js';
import type { Chapter } from '../demo-world.js';
import { countBy, numberIn, recordsOf, summaryOf, textIn } from '../output-records.js';
import { unexpectedEnd, type OutputRecord } from '../run-hsmck.js';
import type { Teller } from '../teller.js';

const LEFT_MAX = 20;
const COUNT_WIDTH = 7;
const WAY_WIDTH = 41;

function moveOf(action: OutputRecord): string {
  const [from, to] = [textIn(action, 'from') || 'unmarked', textIn(action, 'to')];
  return `${textIn(action, 'kind')}\t${from === to ? from : `${from} -> ${to}`}\t${textIn(action, 'why')}`;
}

/** What recovery left to a person: in the demo there must be none, so each is told in full. */
function tellLeft(teller: Teller, actions: readonly OutputRecord[]): void {
  for (const action of actions) {
    const path = quotePath(Buffer.from(textIn(action, 'path')));
    teller.row(textIn(action, 'result'), `${path}: ${textIn(action, 'why')}`, { label: teller.style.bad });
    teller.record('action', action as JsonFields);
  }
}

/** `hsmck recover --apply` completes or reverts each of them. */
export const recover: Chapter = {
  name: 'recover',
  title: 'hsmck recover --apply: completed or reverted, by comparing bytes',
  run: async ({ teller, scratch, hsmck, figures }) => {
    teller.status('hsmck recover --apply');
    const run = await hsmck(['recover', scratch.mountPoint, '--apply']);
    const summary = summaryOf(run);
    const actions = recordsOf(run, 'action');
    const done = actions.filter((action) => action['result'] === 'done');
    tellLeft(teller, actions.filter((action) => !done.includes(action)).slice(0, LEFT_MAX));
    if (run.status !== EXIT.CORRECTED) throw unexpectedEnd(run, `status ${EXIT.CORRECTED}`);
    for (const [move, count] of countBy(done, moveOf)) {
      const [kind = '', way = '', why = ''] = move.split('\t');
      teller.row(`${formatCount(count).padStart(5)}  ${kind.padEnd(9)} ${way}`, why, {
        width: WAY_WIDTH,
        label: teller.style.accent,
      });
    }
    figures.completed = numberIn(summary, 'completed');
    figures.reverted = numberIn(summary, 'reverted');
    const repaired = numberIn(summary, 'repaired');
    const lost = numberIn(summary, 'lost');
    const total = figures.completed + figures.reverted + repaired;
    const text =
      `settled: ${formatCount(figures.completed)} completed, ${formatCount(figures.reverted)} reverted, ` +
      `${formatCount(repaired)} repaired; lost: ${formatCount(lost)}`;
    teller.timed(formatCount(total).padStart(5), text, run.seconds, COUNT_WIDTH);
    if (lost > 0) throw new OperationalError('EDEMO', `"hsmck recover" says that ${formatCount(lost)} files lost data`);
    return { completed: figures.completed, reverted: figures.reverted, repaired, lost };
  },
};
