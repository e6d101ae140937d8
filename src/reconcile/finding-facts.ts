import type { FindingFacts } from '../catalog/finding-facts.js';
import type { Look } from './look.js';

function inodeFacts({ presence }: Look): FindingFacts {
  if (presence.kind !== 'present') return { inode: presence.kind };
  const { sizeBytes, mtimeNs, ctimeNs, blocks512, nlink } = presence.stat;
  return { inode: 'present', size: sizeBytes, mtime_ns: mtimeNs, ctime_ns: ctimeNs, blocks: blocks512, nlink };
}

function attributeFacts({ attribute }: Look): FindingFacts {
  if (!('attribute' in attribute)) return { attribute: attribute.kind };
  const { state, op, objectId, sizeBytes, mtimeNs } = attribute.attribute;
  return {
    attribute: attribute.kind,
    attribute_state: state,
    attribute_op: op,
    attribute_object: objectId,
    attribute_size: sizeBytes,
    attribute_mtime_ns: mtimeNs,
  };
}

function recordFacts({ row, intent, owner, object }: Look): FindingFacts {
  return {
    ...(row && {
      row_state: row.state,
      row_op: row.op,
      row_object: row.objectId,
      row_size: row.sizeBytes,
      row_mtime_ns: row.mtimeNs,
      row_ctime_ns: row.ctimeNs,
    }),
    ...(intent && { intent: intent.kind, intent_op: intent.op, intent_object: intent.objectId }),
    ...(owner && { owner_pid: owner.pid, owner_host: owner.host, owner_alive: owner.alive }),
    ...(object && { object_status: object.status }),
  };
}

/** The facts that a finding rests on, in the names that NDJSON and the catalog use. */
export function factsOf(look: Look): FindingFacts {
  return {
    ...inodeFacts(look),
    ...attributeFacts(look),
    ...recordFacts(look),
    ...(look.layout !== 'unknown' && { layout: look.layout }),
    ...(look.boundElsewhere && { bound_ino: look.boundElsewhere.ino, bound_gen: look.boundElsewhere.gen }),
  };
}
