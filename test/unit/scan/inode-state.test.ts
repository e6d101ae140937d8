/** The quick look at plain attributes and the close one must be of one mind, whatever the bytes. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { attributeCrcAt } from '../../../src/dm/attribute-crc.js';
import { attributeKindAt } from '../../../src/dm/attribute-view.js';
import { decodeDmAttribute, encodeDmAttribute } from '../../../src/dm/dm-attribute.js';
import { S_IFREG } from '../../../src/native/constants.js';
import { ATTRIBUTE_STATUS, InodeBatch } from '../../../src/scan/inode-batch.js';
import { fillStates, SCAN_STATES, type ScanState } from '../../../src/scan/inode-state.js';
import { anyAttribute } from '../dm/sample-attribute.js';

function stateIn(bytes: Buffer, ino: bigint, gen: number): ScanState | undefined {
  const batch = new InodeBatch(3);
  batch.count = 2;
  batch.mode.fill(S_IFREG);
  batch.attributeStatus.fill(ATTRIBUTE_STATUS.present);
  batch.inoLow[1] = Number(ino & 0xffff_ffffn);
  batch.inoHigh[1] = Number(ino >> 32n);
  batch.gen[1] = gen;
  batch.attributes.set(bytes, 64);
  fillStates(batch);
  expect(batch.attributes.subarray(64, 128)).toEqual(new Uint8Array(bytes));
  return SCAN_STATES[batch.state[1] ?? -1];
}

function expected(bytes: Buffer, ino: bigint, gen: number): ScanState {
  const kind = attributeKindAt(bytes, 0);
  if (kind === 'corrupt' || kind === 'newer') return kind;
  const decoded = decodeDmAttribute(bytes);
  // A root mark on a file was carried there.
  if (kind === 'root' || decoded.kind !== 'valid') return 'copied';
  const { attribute } = decoded;
  return attribute.ino === ino && attribute.gen === gen ? attribute.state : 'copied';
}

it('shows the state that the decoder tells, of whole attributes and of damaged ones with wrong and right checksums', () => {
  const change = fc.record({ bit: fc.nat(511), isSealed: fc.boolean() });
  fc.assert(
    fc.property(anyAttribute, fc.option(change), fc.boolean(), (attribute, damage, isOther) => {
      const bytes = encodeDmAttribute(attribute);
      if (damage !== null) {
        bytes[damage.bit >> 3] = (bytes[damage.bit >> 3] ?? 0) ^ (1 << (damage.bit & 7));
        if (damage.isSealed) bytes.writeUInt32LE(attributeCrcAt(bytes, 0), 4);
      }
      const gen = isOther ? (attribute.gen ^ 1) >>> 0 : attribute.gen;
      expect(stateIn(bytes, attribute.ino, gen)).toBe(expected(bytes, attribute.ino, gen));
    }),
    { numRuns: 2000 },
  );
});
