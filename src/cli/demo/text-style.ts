/** Emphasis for a terminal: each function wraps a text in the codes that begin and end it, or leaves it as it is. */
export interface TextStyle {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly accent: (text: string) => string;
}

const RESET_INTENSITY = 22;
const RESET_COLOR = 39;

/** The style of a terminal that shows colours, or of one that does not. */
export function textStyle(color: boolean): TextStyle {
  const between =
    (begin: number, end: number) =>
    (text: string): string =>
      color ? `\u001b[${begin}m${text}\u001b[${end}m` : text;
  return {
    bold: between(1, RESET_INTENSITY),
    dim: between(2, RESET_INTENSITY),
    good: between(32, RESET_COLOR),
    bad: between(31, RESET_COLOR),
    accent: between(36, RESET_COLOR),
  };
}
