import { describe, expect, it } from 'vitest';
import { isInFlight, stateCode, stateOfCode, STATES, type FileState } from '../../../src/dm/states.js';
import { assertTransition, TRANSITIONS, transitionsBetween, type Direction } from '../../../src/dm/transitions.js';

const ALL: readonly FileState[] = ['resident', ...STATES.map((row) => row.name)];

/** Written out once more, by hand: the table must not grow a transition that nobody thought about. */
const LEGAL: Readonly<Record<FileState, readonly FileState[]>> = {
  resident: ['archiving', 'dual', 'offline'],
  archiving: ['dual', 'resident'],
  dual: ['archiving', 'dual', 'releasing', 'removing', 'resident'],
  releasing: ['dual', 'offline', 'resident'],
  offline: ['dual', 'offline', 'recalling', 'removing', 'resident'],
  recalling: ['dual', 'offline', 'resident'],
  partial: [],
  removing: ['dual', 'offline', 'resident'],
};

const FORWARD = [
  'resident>archiving',
  'dual>archiving',
  'archiving>dual',
  'dual>releasing',
  'releasing>offline',
  'offline>recalling',
  'recalling>dual',
  'dual>removing',
  'offline>removing',
  'removing>resident',
];

describe('every pair of states', () => {
  for (const from of ALL) {
    for (const to of ALL) {
      const isLegal = LEGAL[from].includes(to);
      it(`${from} -> ${to} is ${isLegal ? 'legal' : 'refused'}`, () => {
        expect(transitionsBetween(from, to).length > 0).toBe(isLegal);
        if (isLegal) assertTransition(from, to);
        else expect(() => assertTransition(from, to)).toThrow(expect.objectContaining({ code: 'EINVARIANT' }));
      });
    }
  }
});

describe('every row', () => {
  it.each(TRANSITIONS)('$from -> $to ($direction)', (row) => {
    expect(row.when).not.toBe('');
    expect(() => assertTransition(row.from, row.to, row.direction)).not.toThrow();
    const others: Direction[] = ['forward', 'complete', 'revert', 'repair'];
    for (const direction of others) {
      const known = TRANSITIONS.some((t) => t.from === row.from && t.to === row.to && t.direction === direction);
      if (!known) expect(() => assertTransition(row.from, row.to, direction)).toThrow(/no .* transition leads from/);
    }
  });

  it('is there once', () => {
    const keys = TRANSITIONS.map((t) => [t.from, t.to, t.operation, t.direction].join());
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('has the forward steps of the four operations, and no others', () => {
    const forward = TRANSITIONS.filter((t) => t.direction === 'forward').map((t) => `${t.from}>${t.to}`);
    expect(forward.sort()).toEqual([...FORWARD].sort());
  });

  it('leads out of every state in flight both ways', () => {
    for (const { name, inFlight } of STATES.filter((row) => row.inFlight)) {
      const directions = TRANSITIONS.filter((t) => t.from === name).map((t) => t.direction);
      expect(inFlight && directions.includes('complete') && directions.includes('revert'), name).toBe(true);
    }
  });
});

describe('states', () => {
  it('have the codes of docs/format.md', () => {
    expect(STATES.map((row) => [row.code, row.name])).toEqual([
      [1, 'archiving'],
      [2, 'dual'],
      [3, 'releasing'],
      [4, 'offline'],
      [5, 'recalling'],
      [6, 'partial'],
      [7, 'removing'],
    ]);
  });

  it('go to codes and back; no other code is a state', () => {
    for (let code = 0; code < 256; code++) {
      const state = stateOfCode(code);
      if (state === undefined) expect(code === 0 || code > 7).toBe(true);
      else expect(stateCode(state)).toBe(code);
    }
  });

  it('know what is in flight', () => {
    expect(ALL.filter(isInFlight)).toEqual(['archiving', 'releasing', 'recalling', 'removing']);
  });
});
