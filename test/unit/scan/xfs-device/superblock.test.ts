import { describe, expect, it } from 'vitest';
import { DeviceError, parseSuperblock } from '../../../../src/scan/xfs-device/superblock.js';

/** As `mkfs.xfs -d size=512m` writes it, as far as it is read. */
function sample(): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.write('XFSB');
  bytes.writeUInt32BE(4096, 4);
  bytes.writeBigUInt64BE(131_072n, 8);
  bytes.fill(0xab, 32, 48);
  bytes.writeBigUInt64BE(65_542n, 48);
  for (const [at, ino] of [
    [56, 128n],
    [64, 129n],
    [72, 130n],
    [160, 131n],
    [168, 0xffff_ffff_ffff_ffffn],
  ] as const)
    bytes.writeBigUInt64BE(ino, at);
  bytes.writeUInt32BE(32_768, 84);
  bytes.writeUInt32BE(4, 88);
  bytes.writeUInt32BE(16_384, 96);
  bytes.writeUInt16BE(0xb4a5, 100);
  bytes.writeUInt16BE(512, 102);
  bytes.writeUInt16BE(512, 104);
  bytes.set([12, 9, 9, 3, 15], 120);
  bytes.writeUInt32BE(0x2b, 216);
  return bytes;
}

const changed = (change: (bytes: Buffer) => void): Buffer => {
  const bytes = sample();
  change(bytes);
  return bytes;
};

describe('parseSuperblock', () => {
  it('takes one apart', () => {
    const parsed = parseSuperblock(sample());
    expect(parsed).toMatchObject({ blockSizeBytes: 4096, agBlocks: 32_768, agCount: 4, inodeSizeBytes: 512 });
    expect(parsed).toMatchObject({
      agInoBits: 18,
      rootIno: 128n,
      internalInos: [129n, 130n, 131n],
      dataBlocks: 131_072n,
    });
    expect(parsed.metaUuid).toEqual(Buffer.alloc(16, 0xab));
  });

  it('knows that metadata may carry another UUID than the name shows', () => {
    const bytes = changed((b) => {
      b.writeUInt32BE(0x2b | 4, 216);
      b.fill(0xcd, 248, 264);
    });
    expect(parseSuperblock(bytes).metaUuid).toEqual(Buffer.alloc(16, 0xcd));
  });

  it.each<[string, string, (bytes: Buffer) => void]>([
    ['another magic number', 'ENOTXFS', (b) => b.write('XFSC')],
    ['version 4', 'EUNSUPPORTED', (b) => b.writeUInt16BE(0xb4a4, 100)],
    ['a real-time section', 'EREALTIME', (b) => b.writeBigUInt64BE(5n, 16)],
    ['a need for repair', 'EUNSUPPORTED', (b) => b.writeUInt32BE(0x2b | 0x10, 216)],
    ['an unknown feature', 'EUNSUPPORTED', (b) => b.writeUInt32BE(0x2b | 0x100, 216)],
    ['an unfinished mkfs', 'EUNSUPPORTED', (b) => b.writeUInt8(1, 126)],
    ['inodes of 256 bytes', 'EUNSUPPORTED', (b) => b.writeUInt16BE(256, 104)],
    ['an inode size that its logarithm contradicts', 'EUNSUPPORTED', (b) => b.writeUInt16BE(1024, 104)],
    ['blocks of 3,000 bytes', 'EUNSUPPORTED', (b) => b.writeUInt32BE(3000, 4)],
    ['groups that the blocks do not fill', 'EUNSUPPORTED', (b) => b.writeUInt32BE(5, 88)],
    ['no groups', 'EUNSUPPORTED', (b) => b.writeUInt32BE(0, 88)],
    ['more blocks than groups', 'EUNSUPPORTED', (b) => b.writeBigUInt64BE(131_073n, 8)],
    ['inode numbers of more than 32 bits in a group', 'EUNSUPPORTED', (b) => b.writeUInt8(40, 124)],
  ])('refuses %s', (_, code, change) => {
    expect(() => parseSuperblock(changed(change))).toThrow(DeviceError);
    expect(() => parseSuperblock(changed(change))).toThrow(expect.objectContaining({ code }) as Error);
  });

  it('refuses a piece of one', () => {
    expect(() => parseSuperblock(sample().subarray(0, 200))).toThrow(
      expect.objectContaining({ code: 'ENOTXFS' }) as Error,
    );
  });
});
