import type { ActionRecord } from '../recover/action-record.js';
import type { Finding } from '../reconcile/finding.js';
import type { JsonFields } from './json-line.js';
import { oneLine } from './one-line.js';
import { pathFields, quotePath } from './quote-path.js';

/** The NDJSON fields of a finding. */
export function findingFields(finding: Finding): JsonFields {
  const { class: findingClass, severity, ino, gen, path, state, why, facts, action } = finding;
  return { class: findingClass, severity, ino, gen, ...pathFields(path), state, why, facts, action };
}

function where({ ino, path }: { readonly ino?: bigint | undefined; readonly path?: Buffer | undefined }): string {
  if (ino === undefined) return '';
  return path === undefined ? ` inode ${ino}` : ` inode ${ino} ${quotePath(path)}`;
}

/** Who has to bring a copy back, or to look at it, needs its name. */
function copyName({ class: findingClass, facts }: Finding): string {
  if (!/^(archive-|data-lost$|conflict$)/.test(findingClass)) return '';
  const name = facts['object'] ?? facts['attribute_object'] ?? facts['row_object'];
  return typeof name === 'string' ? ` (copy ${name})` : '';
}

/** A finding for people: one line. */
export function findingText(finding: Finding): string {
  const state = finding.class === 'interrupted' && finding.state ? ` ${finding.state}` : '';
  return `${finding.severity.padEnd(8)} ${finding.class}${state}${where(finding)}: ${oneLine(finding.why)}${copyName(finding)}\n`;
}

/** The NDJSON fields of what recovery did or would do. */
export function actionFields(record: ActionRecord): JsonFields {
  const { id, path, class: findingClass, severity, kind, action, from, to, result, why, code, object, facts } = record;
  return {
    ino: id?.ino,
    gen: id?.gen,
    ...pathFields(path),
    class: findingClass,
    severity,
    kind,
    action,
    from,
    to,
    result,
    why,
    code,
    object,
    facts: facts && { ...facts },
  };
}

/** The same for people: one line. */
export function actionText(record: ActionRecord): string {
  const move = record.to ? ` ${record.from ?? 'no attribute'} -> ${record.to}` : '';
  const what = record.action === 'none' ? record.class : `${record.kind}${move}`;
  const copy = record.object === undefined || record.result === 'done' ? '' : ` (copy ${record.object})`;
  return `${record.result.padEnd(8)} ${what}${where({ ino: record.id?.ino, path: record.path })}: ${oneLine(record.why)}${copy}\n`;
}
