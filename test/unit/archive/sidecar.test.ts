import { describe, expect, it } from 'vitest';
import { encodeSidecar, parseSidecar } from '../../../src/archive/sidecar.js';
import { encodeTrashRecord, parseTrashRecord } from '../../../src/archive/trash-record.js';
import { newObjectId, toOp } from '../../../src/dm/identity.js';
import { sampleSidecar } from '../../contract/sample-object.js';

const MAP = { grainBytes: 4096, ranges: [{ offset: 4096, length: 904 }], nonzeroBytes: 904, coarse: false };
const CONTENT = { sha256: Buffer.alloc(32, 5), sizeBytes: 5000, map: MAP };
const SIDECAR = sampleSidecar(newObjectId(), newObjectId(), CONTENT);
const TEXT = encodeSidecar(SIDECAR).toString();

function changed(field: string, value: unknown): string {
  return JSON.stringify({ ...(JSON.parse(TEXT) as object), [field]: value });
}

describe('the sidecar', () => {
  it('comes back equal, 64-bit quantities and bytes of the path exact', () => {
    expect(parseSidecar(TEXT, 'x.json')).toEqual(SIDECAR);
  });

  it('may have fields of a later time', () => {
    expect(parseSidecar(changed('colour', 'red'), 'x.json')).toEqual(SIDECAR);
  });

  it.each([
    ['format', 'tar'],
    ['version', 2],
    ['object_id', 'abc'],
    ['object_id', '0198C5F2-ABCD-7000-8000-000000000001'],
    ['store_id', 5],
    ['epoch', 5],
    ['epoch', '05'],
    ['epoch', '-1'],
    ['epoch', '18446744073709551616'],
    ['op', '9223372036854775808'],
    ['fs_id', 4294967296],
    ['fs_random_id', '00'],
    ['ino', '1e3'],
    ['gen', -1],
    ['size', '4999'],
    ['mtime_ns', '9223372036854775808'],
    ['uid', 1.5],
    ['mode', 65536],
    ['sha256', 'zz'.repeat(32)],
    ['grain_bytes', 512],
    ['nonzero_bytes', '905'],
    ['nonzero_map', 'AAAA'],
    ['path_base64', '!!'],
    ['archived_at', 'yesterday'],
  ])('is refused with the field %s as %s, by name', (field, value) => {
    const parse = () => parseSidecar(changed(field, value), 'x.json');
    expect(parse).toThrow(expect.objectContaining({ code: 'ESTORE_RECORD' }));
    expect(parse).toThrow('x.json');
  });

  it('is refused with any field missing, or cut at any place', () => {
    for (const field of Object.keys(JSON.parse(TEXT) as object)) {
      if (field === 'path') continue;
      expect(() => parseSidecar(changed(field, undefined), 'x.json')).toThrow(field);
    }
    for (let length = 0; length < TEXT.length - 2; length += 7) {
      expect(() => parseSidecar(TEXT.slice(0, length), 'x.json')).toThrow('x.json is not JSON');
    }
  });
});

describe('the trash record', () => {
  it('comes back equal', () => {
    const record = { objectId: newObjectId(), reason: 'remove', op: toOp(1n << 60n), atMs: 1_700_000_000_123 };
    expect(parseTrashRecord(encodeTrashRecord(record).toString(), 'x')).toEqual(record);
    expect(() => parseTrashRecord('{"format":"hsmck-trash","version":9}', 'x')).toThrow('not a trash record');
  });
});
