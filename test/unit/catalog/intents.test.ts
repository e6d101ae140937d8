import { describe, expect, it } from 'vitest';
import { newObjectId, toFsId, toOp } from '../../../src/dm/identity.js';
import { toGen, toIno } from '../../../src/native/inode-id.js';
import { fileRow, FS, intentRow, newCatalog, open, OWNER } from './sample-catalog.js';

const invariant = expect.objectContaining({ code: 'EINVARIANT' }) as unknown;

describe('intents', () => {
  it('come back exactly and are struck out', () => {
    const catalog = newCatalog();
    const intent = intentRow({
      op: toOp((1n << 53n) + 1n),
      previousObjectId: newObjectId(),
      pathHint: Buffer.from('x'),
    });
    expect(catalog.intents.open(intent)).toEqual({ kind: 'opened' });
    expect(catalog.intents.find(intent.op)).toEqual(intent);
    expect(catalog.intents.findByInode(FS, intent)).toEqual(intent);
    expect(catalog.intents.close(intent.op)).toBe(true);
    expect(catalog.intents.close(intent.op)).toBe(false);
    expect(catalog.intents.findByInode(FS, intent)).toBeUndefined();
  });

  it('clash on one inode, as an answer, without undoing the transaction around them', () => {
    const catalog = newCatalog();
    const first = intentRow({ op: toOp(1n) });
    catalog.transaction(() => {
      catalog.intents.open(first);
      expect(catalog.intents.open(intentRow({ op: toOp(2n), kind: 'release' }))).toEqual({
        kind: 'clash',
        existing: first,
      });
      expect(catalog.intents.open(intentRow({ op: toOp(1n), ino: toIno(9n) })).kind).toBe('clash');
      expect(catalog.intents.open(intentRow({ op: toOp(3n), gen: toGen(8) })).kind).toBe('opened');
    });
    expect(catalog.intents.page(FS, { limit: 9 }).map((intent) => intent.op)).toEqual([1n, 3n]);
  });

  it('clash across processes', () => {
    const one = newCatalog();
    const two = open(one.path, 'write');
    expect(one.intents.open(intentRow({ op: toOp(1n) })).kind).toBe('opened');
    expect(two.intents.open(intentRow({ op: toOp(2n) })).kind).toBe('clash');
  });

  it('are paged and counted by filesystem', () => {
    const catalog = newCatalog();
    for (const op of [5n, 3n, 4n]) catalog.intents.open(intentRow({ op: toOp(op), ino: toIno(op) }));
    expect(catalog.intents.page(FS, { after: toOp(3n), limit: 1 }).map((intent) => intent.op)).toEqual([4n]);
    expect([catalog.intents.count(), catalog.intents.count(FS), catalog.intents.count(toFsId(1))]).toEqual([3, 3, 0]);
  });

  it('keep their owner known', () => {
    const catalog = newCatalog();
    expect(catalog.owners.listWithIntents()).toEqual([]);
    catalog.intents.open(intentRow());
    expect(catalog.owners.listWithIntents()).toEqual([OWNER]);
    expect(catalog.owners.removeIfIdle(OWNER.ownerId)).toBe(false);
    catalog.intents.close(toOp(1n));
    expect(catalog.owners.removeIfIdle(OWNER.ownerId)).toBe(true);
    expect(() => catalog.intents.open(intentRow())).toThrow(invariant);
  });
});

describe('transactions', () => {
  it('are undone whole, and savepoints within them alone', () => {
    const catalog = newCatalog();
    const boom = (): never => {
      throw new Error('boom');
    };
    expect(() => catalog.transaction(() => (catalog.files.put(fileRow()), boom()))).toThrow('boom');
    expect(catalog.files.countByState(FS).dual).toBe(0);
    catalog.transaction(() => {
      catalog.files.put(fileRow());
      const inner = (): void => catalog.transaction(() => (catalog.files.delete(FS, fileRow()), boom()));
      expect(inner).toThrow('boom');
    });
    expect(catalog.files.countByState(FS).dual).toBe(1);
  });
});

describe('operation numbers', () => {
  it('start at 1 and need a limit first', () => {
    const catalog = newCatalog();
    const { epoch, ...rest } = catalog.ops.state();
    expect(rest).toEqual({ nextOp: 1n, opLimit: 1n, announcedLimit: 1n });
    expect(epoch > 0n && epoch < 1n << 63n).toBe(true);
    expect(() => catalog.ops.take(1)).toThrow(invariant);
  });

  it('are taken in blocks up to the limit and not past it', () => {
    const catalog = newCatalog();
    catalog.ops.startRun(toOp(101n));
    expect(catalog.ops.take(1)).toBe(1n);
    expect(catalog.ops.take(98)).toBe(2n);
    expect(() => catalog.ops.take(2)).toThrow(invariant);
    expect(catalog.ops.take(1)).toBe(100n);
    expect(() => catalog.ops.take(1)).toThrow(invariant);
    catalog.ops.raiseLimit(toOp(201n));
    expect(catalog.ops.take(100)).toBe(101n);
    for (const count of [0, -1, 0.5]) expect(() => catalog.ops.take(count)).toThrow(invariant);
  });

  it('jump to the old limit with every run, so that the run shows', () => {
    const catalog = newCatalog();
    catalog.ops.startRun(toOp(1001n));
    catalog.ops.take(1);
    catalog.ops.startRun(toOp(2001n));
    expect(catalog.ops.state()).toMatchObject({ nextOp: 1001n, opLimit: 2001n });
    expect(catalog.ops.take(1)).toBe(1001n);
  });

  it('never fall', () => {
    const catalog = newCatalog();
    catalog.ops.startRun(toOp(100n));
    for (const limit of [100n, 99n]) {
      expect(() => catalog.ops.raiseLimit(toOp(limit))).toThrow(invariant);
      expect(() => catalog.ops.startRun(toOp(limit))).toThrow(invariant);
    }
    expect(catalog.ops.state()).toMatchObject({ nextOp: 1n, opLimit: 100n });
  });

  it('are announced before they are raised, and the announced limit never falls', () => {
    const catalog = newCatalog();
    catalog.ops.announce(toOp(50n));
    expect(catalog.ops.state()).toMatchObject({ nextOp: 1n, opLimit: 1n, announcedLimit: 50n });
    expect(() => catalog.ops.take(1)).toThrow(invariant);
    catalog.ops.announce(toOp(40n));
    catalog.ops.startRun(toOp(40n));
    expect(catalog.ops.state()).toMatchObject({ opLimit: 40n, announcedLimit: 50n });
    catalog.ops.raiseLimit(toOp(60n));
    expect(catalog.ops.state()).toMatchObject({ opLimit: 60n, announcedLimit: 60n });
  });

  it('are exact beyond 2^53, and another epoch can be adopted', () => {
    const catalog = newCatalog();
    const limit = toOp((1n << 60n) + 1n);
    catalog.ops.adopt({ epoch: (1n << 62n) + 3n, opLimit: limit });
    expect(catalog.ops.state()).toEqual({
      epoch: (1n << 62n) + 3n,
      nextOp: limit,
      opLimit: limit,
      announcedLimit: limit,
    });
    catalog.ops.raiseLimit(toOp(limit + 10n));
    expect(catalog.ops.take(10)).toBe(limit);
  });
});
