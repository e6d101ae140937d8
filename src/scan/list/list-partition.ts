import type { WorkerContext } from '../pool/partition-worker.js';
import { compileWhere, type Predicate } from '../where-expression.js';
import { scanPartition } from '../scan-partition.js';
import { formatNdjson, formatText, type InodeFormatter } from './format-inode.js';
import { LineBuffer } from './line-buffer.js';
import { noStates, type ScanMode, type ScanTask, type ScanTaskResult } from './scan-task.js';

const FORMATTERS: Readonly<Record<ScanMode, InodeFormatter | undefined>> = {
  count: undefined,
  ndjson: formatNdjson,
  text: formatText,
};

const everything: Predicate = () => true;

/** Scans one partition, counts the inodes that match and posts their lines as bytes. */
export async function listPartition(task: ScanTask, context: WorkerContext<Uint8Array>): Promise<ScanTaskResult> {
  const matches = task.where === undefined ? everything : compileWhere(task.where, task.nowNs);
  const format = FORMATTERS[task.mode];
  const lines = new LineBuffer((piece) => context.post(piece, [piece.buffer]));
  const matchedByState = noStates();
  let matched = 0;
  const { mount, agno, device, span, attributeName, attributes } = task;
  const { counters, cancelled } = context;
  // Counting all inodes by state reads no other columns; an expression or a line may read any.
  const columns = task.where === undefined && format === undefined ? 'identity' : 'all';
  const options = { mount, agno, device, span, attributeName, attributes, columns, counters, cancelled } as const;
  const partition = await scanPartition(options, (batch) => {
    for (let index = 0; index < batch.count; index++) {
      if (!matches(batch, index)) continue;
      matched += 1;
      const state = batch.state[index] ?? 0;
      matchedByState[state] = (matchedByState[state] ?? 0) + 1;
      if (format) lines.add(format(batch, index));
    }
  });
  lines.flush();
  return { partition, matched, matchedByState };
}
