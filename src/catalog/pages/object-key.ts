import { ID_BYTES } from '../../dm/identity.js';

/** An object's id as four words, most significant first: ids compare as these do. Written over and over by a walk. */
export class ObjectKey {
  w0 = 0;
  w1 = 0;
  w2 = 0;
  w3 = 0;

  /** Takes 16 bytes from byte `at` on. */
  read(view: DataView, at: number): void {
    this.w0 = view.getUint32(at);
    this.w1 = view.getUint32(at + 4);
    this.w2 = view.getUint32(at + 8);
    this.w3 = view.getUint32(at + 12);
  }

  copy(from: ObjectKey): void {
    this.w0 = from.w0;
    this.w1 = from.w1;
    this.w2 = from.w2;
    this.w3 = from.w3;
  }

  /** Below zero if it comes before the other one; 0 if they are the same. */
  compare(other: ObjectKey): number {
    return this.w0 - other.w0 || this.w1 - other.w1 || this.w2 - other.w2 || this.w3 - other.w3;
  }

  toBytes(): Uint8Array {
    const bytes = Buffer.alloc(ID_BYTES);
    [this.w0, this.w1, this.w2, this.w3].forEach((word, index) => bytes.writeUInt32BE(word, index * 4));
    return bytes;
  }

  static of(bytes: Uint8Array): ObjectKey {
    const key = new ObjectKey();
    key.read(new DataView(bytes.buffer, bytes.byteOffset, ID_BYTES), 0);
    return key;
  }
}
