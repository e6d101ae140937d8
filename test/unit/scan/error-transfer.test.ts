import { expect, it } from 'vitest';
import { InvariantError, OperationalError, UsageError } from '../../../src/errors.js';
import { NativeError } from '../../../src/native/native-error.js';
import { packError, unpackError } from '../../../src/scan/pool/error-transfer.js';

it.each([
  new NativeError('EUCLEAN', 'ioctl', 'group 3'),
  new OperationalError('ENOTXFS', 'not XFS'),
  new UsageError('what?'),
  new InvariantError('never'),
  new TypeError('a bug'),
])('keeps class, code, message and stack of $name', (error) => {
  const back = unpackError(structuredClone(packError(error)));
  expect(back).toMatchObject({ name: error.name, message: error.message, stack: error.stack });
  if ('code' in error) expect(back).toMatchObject({ code: error.code, constructor: error.constructor });
});

it('takes what is no error', () => {
  expect(unpackError(packError('text')).message).toBe('text');
});
