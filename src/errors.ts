/**
 * The root of every error that hsmck raises on purpose. `code` is stable: scripts and callers match on it,
 * never on the message. Anything that is not an HsmckError is a bug in hsmck.
 */
export class HsmckError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The caller asked for something that makes no sense (exit status 16). */
export class UsageError extends HsmckError {
  constructor(message: string) {
    super('EUSAGE', message);
  }
}

/** The world is not as the command needs it; nothing was changed (exit status 8). */
export class OperationalError extends HsmckError {}

/** A rule of the protocol was broken inside our own code: stop at once (exit status 8). */
export class InvariantError extends HsmckError {
  constructor(message: string) {
    super('EINVARIANT', `internal rule broken: ${message}`);
  }
}

/** Throws InvariantError unless the condition holds. Stays on in production. */
export function invariant(condition: unknown, rule: string): asserts condition {
  if (!condition) throw new InvariantError(rule);
}
