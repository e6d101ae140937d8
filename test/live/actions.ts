/** What actor.c does to a file, and what has to be in the file afterwards. */
import type { FindingClass } from '../../src/reconcile/finding.js';

const BLOCK = 4096;
const FILL = 0xa5;
const DOWN_BYTES = 6000;
const UP_BYTES = 50_000;
const REWRITTEN_BYTES = 9000;
const APPENDED_BYTES = 1000;

export interface Action {
  /** The file's content afterwards; undefined: it is gone. */
  readonly apply: (content: Buffer) => Buffer | undefined;
  /** Where the file is afterwards; its old name if not given. */
  readonly nameOf?: (name: string) => string;
  /** What an audit may say of the inode for this reason alone. */
  readonly explains: readonly FindingClass[];
  /**
   * It makes a hole. In a file whose data is away that leaves nothing but a moved mtime, as a touch does: an audit reports
   * it, and whoever asks for a recall all the same gets the archived bytes.
   */
  readonly makesHole?: true;
}

const same = (content: Buffer): Buffer => content;
const filled = (bytes: number): Buffer => Buffer.alloc(bytes, FILL);

function withBlock(byte: number): Action['apply'] {
  return (content) =>
    Buffer.concat([content.subarray(0, BLOCK), Buffer.alloc(BLOCK, byte), content.subarray(2 * BLOCK)]);
}

/** The bytes are others than the archived ones: a stale copy while they are on disk, a conflict while they are not. */
const CHANGED: Action['explains'] = ['stale-copy', 'conflict', 'offline-with-data', 'interrupted', 'open-intent'];
const DELETED: Action['explains'] = ['row-without-inode', 'inode-reused', 'archive-orphan'];

const touch: Action = { apply: same, explains: [] };
const overwrite: Action = { apply: withBlock(FILL), explains: CHANGED };
const clear: Action = { apply: withBlock(0), explains: CHANGED, makesHole: true };
const resize = (apply: Action['apply']): Action => ({ apply, explains: CHANGED });

/** Named as in actor.c. */
export const ACTIONS = {
  open: touch,
  'open-impatient': touch,
  read: touch,
  write: overwrite,
  direct: overwrite,
  aio: overwrite,
  mmap: overwrite,
  'truncate-down': resize((content) => content.subarray(0, DOWN_BYTES)),
  'truncate-up': resize((content) => Buffer.concat([content, Buffer.alloc(UP_BYTES - content.length)])),
  rewrite: resize(() => filled(REWRITTEN_BYTES)),
  append: resize((content) => Buffer.concat([content, filled(APPENDED_BYTES)])),
  rename: { apply: same, nameOf: (name) => `${name}.renamed`, explains: [] },
  link: touch,
  unlink: { apply: () => undefined, explains: DELETED },
  replace: { apply: () => filled(BLOCK), explains: DELETED },
  chmod: touch,
  chown: touch,
  setxattr: touch,
  // While the data is away, a touch looks like a file that was emptied and got its length back: for a person.
  utimens: { apply: same, explains: CHANGED },
  'write-utimens': overwrite,
  punch: clear,
  zero: clear,
  clone: overwrite,
} as const satisfies Record<string, Action>;

export type ActionName = keyof typeof ACTIONS;

export const ACTION_NAMES = Object.keys(ACTIONS) as ActionName[];

export const actionOf = (name: ActionName): Action => ACTIONS[name];
