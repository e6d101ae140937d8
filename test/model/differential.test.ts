/**
 * The simulated kernel against the real one: the same calls on both, and whatever a program can see has to be the same:
 * bytes, holes, sizes, attributes, errors, leases, and which calls move which times. What the model gets wrong here would let a
 * mistake of the product pass, or invent one.
 */
import { expect, test } from 'vitest';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { play, randomCall, seeAll, type Call, type Seen } from './kernel-calls.js';
import { RealSide, SimulatedSide, type Side } from './kernel-sides.js';
import { Random } from './kernel/random.js';

const SEQUENCES = 60;
const CALLS = 60;
const CRASHES = 25;
const CALLS_BEFORE_CRASH = 12;
/** Calls about content and attributes; which names survive is another question. */
const CONTENT: readonly Call['do'][] = ['write', 'truncate', 'punch', 'clone', 'clone-fresh', 'set', 'remove', 'fsync'];

interface Shown {
  readonly sizeBytes: number;
  readonly attributes: Seen['attributes'];
  readonly nlink: number;
  readonly content: string;
  readonly moved: 'new' | readonly boolean[];
}

/** Times are not the same on both sides, but they move together. */
function shown(
  before: Record<string, Seen | string>,
  after: Record<string, Seen | string>,
): Record<string, Shown | string> {
  return Object.fromEntries(
    Object.entries(after).map(([name, seen]): [string, Shown | string] => {
      if (typeof seen === 'string') return [name, seen];
      const { ino, mtimeNs, ctimeNs, content, sizeBytes, attributes, nlink } = seen;
      const old = before[name];
      const moved =
        old === undefined || typeof old === 'string' || old.ino !== ino
          ? 'new'
          : [old.mtimeNs !== mtimeNs, old.ctimeNs !== ctimeNs];
      return [name, { sizeBytes, attributes, nlink, content: content.toString('base64'), moved }];
    }),
  );
}

/** XFS may keep a page of zeros where the model has a hole (folios are larger than pages), and never the other way round. */
function holesThatAreData(real: Record<string, Seen | string>, simulated: Record<string, Seen | string>): string[] {
  return Object.entries(real).flatMap(([name, seen]) => {
    const model = simulated[name];
    if (typeof seen === 'string' || model === undefined || typeof model === 'string') return [];
    const wrong = model.dataPages.filter((page) => !seen.dataPages.includes(page));
    return wrong.map((page) => `${name}: page ${page}`);
  });
}

/** What each file was since it was synced last: a crash may leave any of it, page by page, and nothing else. */
class History {
  readonly #versions = new Map<string, Seen[]>();

  add(files: Record<string, Seen | string>, synced: readonly string[]): void {
    for (const [name, seen] of Object.entries(files)) {
      if (typeof seen === 'string') continue;
      const before = synced.includes(name) ? [] : (this.#versions.get(name) ?? []);
      this.#versions.set(name, [...before, seen]);
    }
  }

  /** What no version explains. */
  strange(files: Record<string, Seen | string>): string[] {
    return Object.entries(files).flatMap(([name, seen]) => {
      const versions = this.#versions.get(name) ?? [];
      if (typeof seen === 'string') return [`${name}: ${seen}`];
      const sizes = versions.map(({ sizeBytes }) => sizeBytes);
      const { sizeBytes, content, attributes } = seen;
      const wrong =
        sizeBytes < Math.min(...sizes) || sizeBytes > Math.max(...sizes) ? [`${name}: ${sizeBytes} bytes`] : [];
      for (let at = 0; at < sizeBytes; at += 4096) {
        const end = Math.min(at + 4096, sizeBytes);
        const page = content.subarray(at, end);
        if (!versions.some((version) => padded(version.content, at, end).equals(page)))
          wrong.push(`${name}: page at ${at}`);
      }
      const isKnown = versions.some((version) => version.attributes[0] === attributes[0]);
      return isKnown ? wrong : [...wrong, `${name}: attribute`];
    });
  }
}

function padded(content: Buffer, from: number, to: number): Buffer {
  return Buffer.concat([content.subarray(from, to)], to - from);
}

function clear(side: Side): void {
  for (const name of ['a', 'b', 'c']) play(side, { do: 'unlink', name });
}

describeAsRoot('the simulated kernel and XFS', () => {
  // Without preallocation behind the end, which is a guess of XFS and nothing that anybody relies on.
  const scratch = useFilesystem({ mountOptions: ['allocsize=4096'] });

  test.each(Array.from({ length: SEQUENCES }, (_, index) => index + 1))('show the same, sequence %i', (seed) => {
    const random = new Random(seed);
    const sides = [new RealSide(scratch()), new SimulatedSide(seed)] as const;
    for (const side of sides) clear(side);
    const calls: Call[] = [];
    let before = sides.map((side) => seeAll(side));
    for (let count = 0; count < CALLS; count++) {
      const call = randomCall(random);
      calls.push(call);
      const said = sides.map((side) => play(side, call));
      const after = sides.map((side) => seeAll(side));
      const [real, simulated] = sides.map((_, index) => ({
        said: said[index],
        files: shown(before[index] ?? {}, after[index] ?? {}),
      }));
      expect(simulated, JSON.stringify(calls.slice(-8), undefined, 1)).toEqual(real);
      const [realFiles = {}, simulatedFiles = {}] = after;
      expect(holesThatAreData(realFiles, simulatedFiles), JSON.stringify(calls.slice(-8), undefined, 1)).toEqual([]);
      before = after;
    }
  });

  test.each(Array.from({ length: CRASHES }, (_, index) => index + 1))('keep what was synced, crash %i', (seed) => {
    const random = new Random(seed + 1000);
    const calls: Call[] = [];
    while (calls.length < CALLS_BEFORE_CRASH) {
      const call = randomCall(random);
      if (CONTENT.includes(call.do)) calls.push(call);
    }
    for (const side of [new RealSide(scratch()), new SimulatedSide(seed)]) {
      clear(side);
      const history = new History();
      for (const name of ['a', 'b', 'c']) {
        play(side, { do: 'create', name });
        play(side, { do: 'write', name, offset: 0, length: 10_000, byte: 0xff, invisible: false });
        play(side, { do: 'fsync', name });
      }
      history.add(seeAll(side), ['a', 'b', 'c']);
      for (const call of calls) {
        play(side, call);
        history.add(seeAll(side), call.do === 'fsync' ? [call.name] : []);
      }
      side.powerCut();
      expect(history.strange(seeAll(side)), `${side.constructor.name} ${JSON.stringify(calls, undefined, 1)}`).toEqual(
        [],
      );
    }
  });
});
