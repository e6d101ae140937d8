import { format } from 'oxfmt';

/** Lays out generated Markdown as `npm run format` would. Throws what the formatter found wrong with it. */
export async function formatMarkdown(fileName: string, text: string): Promise<string> {
  const { code, errors } = await format(fileName, text, { printWidth: 120, singleQuote: true });
  if (errors.length > 0) throw new Error(`${fileName}: ${errors.map(({ message }) => message).join('; ')}`);
  return code;
}
