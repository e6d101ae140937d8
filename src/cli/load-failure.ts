import { oneLine } from '../report/one-line.js';

/** What people are told when a part of the program could not be loaded. */
export function cannotLoad(error: unknown): string {
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return (
    `a module cannot be loaded (${oneLine(first)}): run "npm ci" in the folder of hsmck, with the Node.js that runs it ` +
    `(this is ${process.version})`
  );
}

/** Whether an error says that a native module (better-sqlite3 loads its own only when it is used) is missing or unfit. */
export function isLoadFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const isUnfit = 'code' in error && error.code === 'ERR_DLOPEN_FAILED';
  return isUnfit || error.message.startsWith('Could not locate the bindings file');
}
