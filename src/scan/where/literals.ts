/** Values as they are written in --where. Each returns undefined for what it does not understand. */

const BINARY_EXPONENTS: Readonly<Record<string, bigint>> = { '': 0n, k: 10n, m: 20n, g: 30n, t: 40n, p: 50n, e: 60n };
const NS_PER_SECOND = 1_000_000_000n;
const UNIT_SECONDS: Readonly<Record<string, bigint>> = {
  s: 1n,
  m: 60n,
  h: 3600n,
  d: 86_400n,
  w: 604_800n,
  y: 31_557_600n,
};

/** `4096`, `-1`, `0x1f`, `0o644`. */
export function parseInteger(text: string): bigint | undefined {
  return /^(-?\d+|0x[0-9a-f]+|0o[0-7]+)$/i.test(text) ? BigInt(text) : undefined;
}

/** `0644` as in chmod(1), or any integer. */
export function parseMode(text: string): bigint | undefined {
  return /^0[0-7]+$/.test(text) ? BigInt(`0o${text}`) : parseInteger(text);
}

/** Bytes: `4096`, `10K`, `1.5G`, `2TiB`; all units are binary. A fraction must come out whole. */
export function parseSize(text: string): bigint | undefined {
  const match = /^(\d+)(?:\.(\d{1,18}))?(?:([kmgtpe])(?:ib)?|b)?$/i.exec(text);
  if (!match) return parseInteger(text);
  const [, whole = '', fraction = '', unit = ''] = match;
  const scaled = BigInt(whole + fraction) << (BINARY_EXPONENTS[unit.toLowerCase()] ?? 0n);
  const divisor = 10n ** BigInt(fraction.length);
  return scaled % divisor === 0n ? scaled / divisor : undefined;
}

const DATE = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?$/i;

/** ISO 8601 to the nanosecond; without a zone it is UTC. */
function parseDate(text: string): bigint | undefined {
  const match = DATE.exec(text);
  if (!match) return undefined;
  const [, date = '', time = '00:00', seconds = '00', fraction = '', zone = 'Z'] = match;
  // Date.parse lets 30 February be 1 March.
  const midnight = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || midnight.toISOString().slice(0, 10) !== date) return undefined;
  const milliseconds = Date.parse(`${date}T${time}:${seconds}${zone.toUpperCase()}`);
  if (Number.isNaN(milliseconds)) return undefined;
  return BigInt(milliseconds) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/**
 * A moment in nanoseconds since 1970: ISO 8601 (`2024-05-31`, `2024-05-31T12:00:00.5Z`), `@` and nanoseconds, or an age
 * (`30d` is 30 days before `nowNs`; units s, m, h, d, w, y).
 */
export function parseTime(text: string, nowNs: bigint): bigint | undefined {
  if (/^@-?\d+$/.test(text)) return BigInt(text.slice(1));
  const age = /^(\d+)([smhdwy])$/.exec(text);
  if (age) return nowNs - BigInt(age[1] ?? '0') * (UNIT_SECONDS[age[2] ?? ''] ?? 0n) * NS_PER_SECOND;
  return parseDate(text);
}
