/**
 * Not every combination fits into a run of CI: it takes one in so many, others every day, and `npm run livelab` takes all.
 */
const MS_A_DAY = 24 * 60 * 60 * 1000;

/** Set by `npm run livelab`. */
export const isFull = process.env['HSMCK_LIVE'] === 'full';

/** HSMCK_LIVE_DAY repeats the choice of an earlier day. */
const day = Number(process.env['HSMCK_LIVE_DAY'] ?? Math.floor(Date.now() / MS_A_DAY));

/** One case in `every`, spread evenly; all of them in the full form. */
export function rotated<T>(cases: readonly T[], every: number): T[] {
  return isFull ? [...cases] : cases.filter((_, index) => (index + day) % every === 0);
}

/** For the title of a suite, so that a run can be repeated. */
export const CHOICE = isFull ? 'every combination' : `HSMCK_LIVE_DAY=${day}`;
