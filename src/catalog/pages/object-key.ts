import { ID_BYTES } from '../../dm/identity.js';

const TOP_BIT = 0x8000_0000 | 0;

/**
 * An object's id as four words, most significant first. Their top bits are turned over, so that they compare as signed
 * numbers the way the ids do, and stay in registers. Written over and over by a walk.
 */
export class ObjectKey {
  w0 = 0;
  w1 = 0;
  w2 = 0;
  w3 = 0;

  /** Takes 16 bytes from byte `at` on. */
  read(view: DataView, at: number): void {
    this.w0 = view.getInt32(at) ^ TOP_BIT;
    this.w1 = view.getInt32(at + 4) ^ TOP_BIT;
    this.w2 = view.getInt32(at + 8) ^ TOP_BIT;
    this.w3 = view.getInt32(at + 12) ^ TOP_BIT;
  }

  copy(from: ObjectKey): void {
    this.w0 = from.w0;
    this.w1 = from.w1;
    this.w2 = from.w2;
    this.w3 = from.w3;
  }

  /** Below zero if it comes before the other one; 0 if they are the same. */
  compare(other: ObjectKey): number {
    if (this.w0 !== other.w0) return this.w0 < other.w0 ? -1 : 1;
    if (this.w1 !== other.w1) return this.w1 < other.w1 ? -1 : 1;
    if (this.w2 !== other.w2) return this.w2 < other.w2 ? -1 : 1;
    if (this.w3 !== other.w3) return this.w3 < other.w3 ? -1 : 1;
    return 0;
  }

  toBytes(): Uint8Array {
    const bytes = Buffer.alloc(ID_BYTES);
    [this.w0, this.w1, this.w2, this.w3].forEach((word, index) => bytes.writeInt32BE(word ^ TOP_BIT, index * 4));
    return bytes;
  }

  static of(bytes: Uint8Array): ObjectKey {
    const key = new ObjectKey();
    key.read(new DataView(bytes.buffer, bytes.byteOffset, ID_BYTES), 0);
    return key;
  }
}
