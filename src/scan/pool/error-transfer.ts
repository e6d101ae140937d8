/** Errors across threads: structured cloning keeps neither class nor code, and callers match on both. */
import { HsmckError, InvariantError, OperationalError, UsageError } from '../../errors.js';
import { NativeError } from '../../native/native-error.js';

export interface TransferredError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Of an HsmckError. */
  readonly code: string | undefined;
  /** Of a NativeError. */
  readonly call: string | undefined;
  readonly target: string | undefined;
}

/** What can be cloned to another thread of whatever was thrown; `unpackError` makes the error of it again. */
/** An error as plain data, for the other thread to rebuild. */
export function packError(error: unknown): TransferredError {
  const isError = error instanceof Error;
  return {
    name: isError ? error.name : 'Error',
    message: isError ? error.message : String(error),
    stack: isError ? error.stack : undefined,
    code: error instanceof HsmckError ? error.code : undefined,
    call: error instanceof NativeError ? error.call : undefined,
    target: error instanceof NativeError ? error.target : undefined,
  };
}

function rebuild(packed: TransferredError): Error {
  const { name, code, message, call, target } = packed;
  if (code === undefined) return new Error(message);
  if (call !== undefined && target !== undefined) return new NativeError(code, call, target);
  if (name === OperationalError.name) return new OperationalError(code, message);
  if (name === UsageError.name) return new UsageError(message);
  if (name === InvariantError.name) return new InvariantError(message);
  return new HsmckError(code, message);
}

/** The error as it was: class, code, message, and the stack of the thread that raised it. */
export function unpackError(packed: TransferredError): Error {
  const error = rebuild(packed);
  error.name = packed.name;
  error.message = packed.message;
  if (packed.stack !== undefined) error.stack = packed.stack;
  return error;
}
