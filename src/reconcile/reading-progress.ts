/** What is read behind the scan. */
export type Reading = 'copies' | 'objects in the store' | 'files';

/** Hears how far the reading has come; `expected` is what `done` will be, about. */
export type OnReading = (what: Reading, done: number, expected: number) => void;

/** One more was read. */
export type Count = () => void;

/** @param expect asked only where somebody listens, for it may cost a look at all rows */
export function counter(onReading: OnReading | undefined, what: Reading, expect: () => number): Count {
  if (onReading === undefined) return () => undefined;
  const expected = expect();
  let done = 0;
  return () => {
    done += 1;
    onReading(what, done, expected);
  };
}
