/** A state that an attribute on a file can hold. `resident` has none: no attribute says it. */
export type AttributeState = 'archiving' | 'dual' | 'releasing' | 'offline' | 'recalling' | 'partial' | 'removing';

/** A state of a file; `resident` is the absence of an attribute. */
export type FileState = 'resident' | AttributeState;

export interface StateRow {
  readonly name: AttributeState;
  /** Byte 1 of the attribute. Never given a new meaning. */
  readonly code: number;
  /** A migration is under way: found with no living owner, it was interrupted. */
  readonly inFlight: boolean;
}

export const STATES: readonly StateRow[] = [
  { name: 'archiving', code: 1, inFlight: true },
  { name: 'dual', code: 2, inFlight: false },
  { name: 'releasing', code: 3, inFlight: true },
  { name: 'offline', code: 4, inFlight: false },
  { name: 'recalling', code: 5, inFlight: true },
  { name: 'partial', code: 6, inFlight: false },
  { name: 'removing', code: 7, inFlight: true },
];

/** The state code of a root mark, which says what filesystem this is and nothing of any file. */
export const ROOT_STATE_CODE = 15;

const BY_CODE: ReadonlyMap<number, StateRow> = new Map(STATES.map((row) => [row.code, row]));

const CODES = Object.fromEntries(STATES.map((row) => [row.name, row.code])) as Readonly<Record<AttributeState, number>>;

/** The code that stands for a state in the attribute. */
export const stateCode = (state: AttributeState): number => CODES[state];

/** The state that a code stands for; undefined for a code that no file's attribute may hold. */
export const stateOfCode = (code: number): AttributeState | undefined => BY_CODE.get(code)?.name;

/** True while a migration is under way. A file without an attribute is in none. */
export function isInFlight(state: FileState): boolean {
  return state !== 'resident' && BY_CODE.get(CODES[state])?.inFlight === true;
}
