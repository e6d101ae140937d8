/**
 * A sentence as one line for people: what would start a new line or steer a terminal is shown by its number, for names
 * of files and messages of libraries find their way into sentences.
 */
export function oneLine(text: string): string {
  const spaced = text.trim().replace(/\s*[\n\r]+\s*/g, ' ');
  return spaced.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}
