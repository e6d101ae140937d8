/**
 * A path for people: as it is if every character is plain, else in the shell's $'...' form, from which it can be pasted
 * back. A newline or an escape sequence in a file name must not reach the terminal.
 */
export function quotePath(path: Buffer): string {
  const text = path.toString('utf8');
  const isUtf8 = Buffer.from(text, 'utf8').equals(path);
  if (isUtf8 && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s'"\\$`!*?[\]{}()<>|&;#~]/u.test(text) && text !== '') return text;
  if (isUtf8 && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}']/u.test(text)) return `'${text}'`;
  let quoted = '';
  for (const byte of path) {
    if (byte === 0x27 || byte === 0x5c) quoted += `\\${String.fromCharCode(byte)}`;
    else if (byte === 0x0a) quoted += '\\n';
    else if (byte === 0x09) quoted += '\\t';
    else if (byte < 0x20 || byte > 0x7e) quoted += `\\x${byte.toString(16).padStart(2, '0')}`;
    else quoted += String.fromCharCode(byte);
  }
  return `$'${quoted}'`;
}

/** The NDJSON fields of a path: `path`, and `path_base64` where the bytes are not UTF-8 and `path` is only similar. */
export function pathFields(path: Buffer | undefined): { path?: string; path_base64?: string } {
  if (path === undefined) return {};
  const text = path.toString('utf8');
  if (Buffer.from(text, 'utf8').equals(path)) return { path: text };
  return { path: text, path_base64: path.toString('base64') };
}
