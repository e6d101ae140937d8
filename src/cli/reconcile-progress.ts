import type { ReconcileOptions } from '../reconcile/run-reconcile.js';
import type { Terminal } from './terminal.js';

/** Shows how far a comparison has come: its scan first, then what it reads. Call `terminal.stopProgress` at its end. */
export function showReconcile(terminal: Terminal): Pick<ReconcileOptions, 'onProgress' | 'onReading'> {
  if (!terminal.showsProgress) return {};
  terminal.startProgress('inodes');
  return {
    onProgress: ({ inodes, expectedInodes }) => terminal.showProgress('inodes', inodes, expectedInodes),
    onReading: (what, done, expected) => terminal.showProgress(what, done, expected),
  };
}
