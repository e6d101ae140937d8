const WIDTH_MAX = 96;

/** Breaks a text between words into lines of at most `width` characters; a longer word gets a line of its own. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length > width && line !== '') {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/**
 * A label and a text beside it; the text's further lines hang below its first.
 * @param labelWidth where the text starts, in characters
 */
export function hangText(label: string, text: string, labelWidth: number): string[] {
  const [first = '', ...rest] = wrapText(text, WIDTH_MAX - labelWidth);
  return [`${label.padEnd(labelWidth)}${first}`, ...rest.map((line) => ' '.repeat(labelWidth) + line)];
}
