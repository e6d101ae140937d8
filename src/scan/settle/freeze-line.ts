/** What the freezing process tells its parent, a line each; `failed` is followed by a code. */
export const FREEZE_LINE = {
  /** From here on the filesystem may be frozen. */
  freezing: 'freezing',
  /** Frozen and thawed again. */
  settled: 'settled',
  /** Somebody else has it frozen, or is about to. */
  busy: 'busy',
  failed: 'failed',
} as const;
