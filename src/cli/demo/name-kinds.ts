/** File names that shells, terminals, JSON and careless programs trip over. */
const NAME_BYTES_MAX = 255;

type NameKind = (number: string) => Buffer;

const text =
  (make: (number: string) => string): NameKind =>
  (number) =>
    Buffer.from(make(number));

const NAME_KINDS: readonly NameKind[] = [
  text((number) => `${number}-report.dat`),
  text((number) => `${number} notes of  a meeting .txt`),
  text((number) => `${number}-two\nlines`),
  text((number) => `${number}-"it's" \`quoted\` $HOME \\ %s`),
  (number) => Buffer.concat([Buffer.from(`${number}-caf`), Buffer.of(0xe9, 0x2d, 0xff, 0xfe)]),
  text((number) => `${number}-写真-Müller-🗄`),
  text((number) => `${number}-`.padEnd(NAME_BYTES_MAX, 'long')),
  text((number) => `-rf ${number}`),
  text((number) => `${number}-*?[a-z]{1,2}&;#~`),
  text((number) => `${number}-\u001b[31mred\u001b[0m\t`),
  text((number) => `.${number}`),
];

/** The name of a folder's n-th file: no two of a folder are equal. */
export function fileName(index: number): Buffer {
  const kind = NAME_KINDS[index % NAME_KINDS.length] ?? text(String);
  return kind(String(index).padStart(4, '0'));
}
