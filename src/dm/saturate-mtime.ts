const MIN_NS = -(1n << 63n);
const MAX_NS = (1n << 63n) - 1n;

/** A time as a signed 64-bit count of nanoseconds since 1970, and whether it had to be cut to fit. */
export interface SaturatedTime {
  readonly mtimeNs: bigint;
  readonly saturated: boolean;
}

/**
 * Fits a time into signed 64-bit nanoseconds (the years 1677 to 2262). Filesystems hold times beyond that (XFS until
 * 2486), so compare a file's time with a recorded one only after putting it through here.
 */
export function saturateMtime(ns: bigint): SaturatedTime {
  if (ns < MIN_NS) return { mtimeNs: MIN_NS, saturated: true };
  if (ns > MAX_NS) return { mtimeNs: MAX_NS, saturated: true };
  return { mtimeNs: ns, saturated: false };
}
