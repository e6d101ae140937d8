/** What a run of tests, or of the model, says about a mutant. */
import fs from 'node:fs';

export type Fate = 'killed' | 'survived' | 'broken';

export interface Judgement {
  readonly fate: Fate;
  readonly by: string;
}

interface AssertionResult {
  readonly status: string;
  readonly fullName: string;
  readonly failureMessages?: readonly string[];
}

interface Report {
  readonly testResults: readonly { readonly message: string; readonly assertionResults: readonly AssertionResult[] }[];
}

/** A program that does not hold together, or a slow machine, is no rule that somebody saw broken. */
const NO_KILL =
  /\b(ReferenceError|SyntaxError|TypeError)\b|is not a function|does not provide an export|did not fire|the last line is ended|timed out in \d+ms|no end after \d+ ms/;

const lastLines = (text: string): string => text.trim().split('\n').slice(-3).join(' | ');
const firstLine = (text: string): string => (text.split('\n')[0] ?? '').slice(0, 300);

/** Of vitest's report in JSON; `output` is what it printed beside. */
export function judgeTests(reportFile: string, output: string): Judgement {
  if (!fs.existsSync(reportFile)) return { fate: 'broken', by: lastLines(output) };
  const { testResults } = JSON.parse(fs.readFileSync(reportFile, 'utf8')) as Report;
  const tests = testResults.flatMap((file) => file.assertionResults);
  const failed = tests.find(({ status }) => status === 'failed');
  if (failed) {
    const why = (failed.failureMessages ?? []).join('\n');
    return { fate: NO_KILL.test(why) ? 'broken' : 'killed', by: `${failed.fullName}: ${firstLine(why)}` };
  }
  const passed = tests.filter(({ status }) => status === 'passed').length;
  if (passed === 0 || testResults.some(({ message }) => message !== '')) {
    return { fate: 'broken', by: testResults.map(({ message }) => message).join(' ') || 'no test ran' };
  }
  return { fate: 'survived', by: `${passed} tests passed` };
}

interface Outcome {
  readonly seeds: number;
  readonly failures: readonly { readonly seed: number; readonly why: string }[];
  readonly ended: boolean;
}

/** Of what the model prints with --json. */
export function judgeModel(stdout: string, stderr: string): Judgement {
  if (stdout === '') return { fate: 'broken', by: lastLines(stderr) };
  const { seeds, failures, ended } = JSON.parse(stdout) as Outcome;
  const [first] = failures;
  if (first) return { fate: NO_KILL.test(first.why) ? 'broken' : 'killed', by: `seed ${first.seed}: ${first.why}` };
  return ended ? { fate: 'survived', by: `${seeds} seeds passed` } : { fate: 'broken', by: lastLines(stderr) };
}
