/** What a terminal shows after some output: enough of one for a progress bar. */
export function screenAfter(output: string): string[] {
  const lines = [''];
  let row = 0;
  let column = 0;
  for (const [token] of output.matchAll(/\u001b\[[?0-9;]*[A-Za-z]|\u001b.|[^]/gu)) {
    const line = lines[row] ?? '';
    const [, parameter = '', command] = /^\u001b\[([?0-9;]*)([A-Za-z])$/.exec(token) ?? [];
    if (token === '\n') row += 1;
    else if (token === '\r') column = 0;
    else if (command === 'G') column = Math.max(Number(parameter || '1') - 1, 0);
    else if (command === 'K')
      lines[row] =
        parameter === '2' ? '' : parameter === '1' ? ' '.repeat(column) + line.slice(column) : line.slice(0, column);
    else if (command === 'A') row = Math.max(row - Number(parameter || '1'), 0);
    else if (command === 'J') lines.length = row + 1;
    else if (!token.startsWith('\u001b')) {
      lines[row] = line.padEnd(column).slice(0, column) + token + line.slice(column + 1);
      column += 1;
    }
    while (lines.length <= row) lines.push('');
  }
  return lines.map((line) => line.trimEnd());
}
