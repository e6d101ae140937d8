/** Lines are handed on in pieces of about this size: few messages, and flat memory. */
const PIECE_CHARACTERS = 256 * 1024;

/** Collects ASCII lines and hands them on as bytes, each piece in an ArrayBuffer of its own, so that it can be moved. */
export class LineBuffer {
  #text = '';
  readonly #onPiece: (piece: Uint8Array<ArrayBuffer>) => void;

  constructor(onPiece: (piece: Uint8Array<ArrayBuffer>) => void) {
    this.#onPiece = onPiece;
  }

  add(line: string): void {
    this.#text += line;
    if (this.#text.length >= PIECE_CHARACTERS) this.flush();
  }

  /** Hands on what has come together. */
  flush(): void {
    if (this.#text === '') return;
    const piece = new Uint8Array(new ArrayBuffer(this.#text.length));
    Buffer.from(piece.buffer).write(this.#text, 'latin1');
    this.#text = '';
    this.#onPiece(piece);
  }
}
