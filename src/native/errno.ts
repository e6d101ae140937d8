import { constants } from 'node:os';

const NAMES = new Map<number, string>(Object.entries(constants.errno).map(([name, number]) => [number, name]));
// Names that Node's table lacks, from include/uapi/asm-generic/errno.h.
const EXTRA: Readonly<Record<string, number>> = { EUCLEAN: 117, ESHUTDOWN: 108, ENOTBLK: 15, EREMOTEIO: 121 };
for (const [name, number] of Object.entries(EXTRA)) NAMES.set(number, name);
// EAGAIN and EWOULDBLOCK, ENOTSUP and EOPNOTSUPP share numbers: keep the names that man pages use.
NAMES.set(constants.errno.EAGAIN, 'EAGAIN');
NAMES.set(constants.errno.EOPNOTSUPP, 'EOPNOTSUPP');

/** The symbolic name of a Linux error number, `E<number>` where there is none (errno(3)). */
export function errnoName(errno: number): string {
  return NAMES.get(errno) ?? `E${errno}`;
}

/** The number for a symbolic name, or undefined for a name that Linux does not have. */
export function errnoNumber(name: string): number | undefined {
  for (const [number, known] of NAMES) if (known === name) return number;
  return undefined;
}
