import fs from 'node:fs';
import { expect, test } from 'vitest';
import { FCNTL, O_PATH } from '../../src/native/constants.js';
import { handleOfFd, openByFileHandle, xfsFileHandle } from '../../src/native/file-handle.js';
import { toGen, toIno, type InodeId } from '../../src/native/inode-id.js';
import { libc } from '../../src/native/libc.js';
import { isErrno } from '../../src/native/native-error.js';
import { statFd } from '../../src/native/statx.js';
import { setAttribute } from '../../src/native/xattr.js';
import { AttributeReader, openByXfsHandle, xfsHandleFsid } from '../../src/native/xfs-handle.js';
import { useFilesystem } from '../support/filesystem.js';
import { describeAsRoot } from '../support/require-root.js';
import { at, identityOf, keep, makeFile, open, openRoot, thrownBy } from './files.js';

const { O_RDONLY, O_RDWR } = fs.constants;
const NAME = 'trusted.hsmck';

const wrongGeneration = (id: InodeId): InodeId => ({ ...id, gen: toGen(id.gen + 1) });
const splitIno = (id: InodeId): [low: number, high: number] => [Number(id.ino & 0xffffffffn), Number(id.ino >> 32n)];

describeAsRoot('XFS handles', () => {
  const scratch = useFilesystem();

  test('open an inode by number and generation alone', () => {
    const id = identityOf(makeFile(scratch(), 'file', 'content'));
    const root = openRoot(scratch());
    const fd = keep(openByXfsHandle(root.fd, root.fsid, id, O_RDONLY));
    expect(fs.readFileSync(fd, 'utf8')).toBe('content');
    expect(identityOf(fd)).toEqual(id);
  });

  test('open a file that no name leads to any more', () => {
    const fd = makeFile(scratch(), 'unlinked', 'still here');
    const id = identityOf(fd);
    fs.unlinkSync(at(scratch(), 'unlinked'));
    const root = openRoot(scratch());
    const again = keep(openByXfsHandle(root.fd, root.fsid, id, O_RDONLY));
    expect(statFd(again, 'unlinked').nlink).toBe(0);
  });

  test('give close-on-exec descriptors, so that no child keeps a lease alive', () => {
    const id = identityOf(makeFile(scratch(), 'cloexec', 'x'));
    const root = openRoot(scratch());
    for (const fd of [
      openByXfsHandle(root.fd, root.fsid, id, O_RDWR),
      openByFileHandle(root.fd, xfsFileHandle(id), O_RDONLY, id),
    ]) {
      expect(Number(libc('fcntl', [keep(fd), FCNTL.F_GETFD, 0], 'x')) & FCNTL.FD_CLOEXEC).toBe(FCNTL.FD_CLOEXEC);
    }
  });

  test('of a wrong generation or a freed inode are stale, and the error names the inode', () => {
    const fd = makeFile(scratch(), 'reused', 'x');
    const id = identityOf(fd);
    const root = openRoot(scratch());
    const error = thrownBy(() => openByXfsHandle(root.fd, root.fsid, wrongGeneration(id), O_RDONLY));
    expect(error).toMatchObject({ code: 'ESTALE', call: 'ioctl' });
    expect(String(error)).toContain(`inode ${id.ino} (generation ${id.gen + 1})`);
    expect(
      isErrno(
        thrownBy(() => openByFileHandle(root.fd, xfsFileHandle(wrongGeneration(id)), O_RDONLY, id)),
        'ESTALE',
      ),
    ).toBe(true);
    expect(
      isErrno(
        thrownBy(() => openByXfsHandle(root.fd, root.fsid, { ino: toIno(2n ** 60n), gen: id.gen }, O_RDONLY)),
        'ESTALE',
        'EINVAL',
      ),
    ).toBe(true);
  });

  test('the generic handle that we build is the one that the kernel gives', () => {
    const fd = makeFile(scratch(), 'generic', 'x');
    const id = identityOf(fd);
    const built = xfsFileHandle(id);
    const given = handleOfFd(fd, 'generic');
    // fid type 0x81 carries no parent; what lies behind the used bytes is room.
    expect(given.subarray(0, built.length)).toEqual(built);
    const pathFd = keep(openByFileHandle(openRoot(scratch()).fd, built, O_PATH, id));
    expect(statFd(pathFd, 'generic').ino).toBe(id.ino);
  });

  describeAsRoot('attribute reader', () => {
    const read = (name: string, id: InodeId): { said: string; value: Buffer; why: string | undefined } => {
      const root = openRoot(scratch());
      const reader = new AttributeReader(root.fd, root.fsid, name);
      const said = reader.read(...splitIno(id), id.gen);
      return { said, value: Buffer.from(reader.value.subarray(0, reader.valueLength)), why: reader.explain() };
    };

    test('reads values of both namespaces, and none', () => {
      const fd = makeFile(scratch(), 'managed', 'x');
      const id = identityOf(fd);
      expect(read(NAME, id).said).toBe('none');
      setAttribute(fd, NAME, Buffer.alloc(64, 7), 'managed');
      setAttribute(fd, 'user.hsmck', Buffer.alloc(64, 8), 'managed');
      expect(read(NAME, id)).toMatchObject({ said: 'value', value: Buffer.alloc(64, 7) });
      expect(read('user.hsmck', id)).toMatchObject({ said: 'value', value: Buffer.alloc(64, 8) });
    });

    test.each([
      [1, 'value'],
      [256, 'value'],
      [257, 'too-long'],
      [3000, 'too-long'],
    ] as const)('of a value of %d bytes says %s', (lengthBytes, said) => {
      const fd = makeFile(scratch(), `value-${lengthBytes}`, 'x');
      setAttribute(fd, NAME, Buffer.alloc(lengthBytes, 1), 'x');
      expect(read(NAME, identityOf(fd)).said).toBe(said);
    });

    test('tells a stale inode and why', () => {
      const id = identityOf(makeFile(scratch(), 'stale', 'x'));
      expect(read(NAME, wrongGeneration(id))).toMatchObject({ said: 'stale', why: 'ESTALE' });
    });

    test('one reader serves many inodes, each answer of its own', () => {
      const root = openRoot(scratch());
      const reader = new AttributeReader(root.fd, root.fsid, NAME);
      for (let index = 0; index < 50; index++) {
        const fd = makeFile(scratch(), `many-${index}`, 'x');
        if (index % 2 === 0) setAttribute(fd, NAME, Buffer.alloc(64, index), 'x');
        const id = identityOf(fd);
        expect(reader.read(...splitIno(id), id.gen)).toBe(index % 2 === 0 ? 'value' : 'none');
        if (index % 2 === 0) expect(reader.value[63]).toBe(index);
      }
    });

    test('refuses namespaces that hsmck does not use', () => {
      const root = openRoot(scratch());
      expect(
        isErrno(
          thrownBy(() => new AttributeReader(root.fd, root.fsid, 'security.x')),
          'EINVAL',
        ),
      ).toBe(true);
    });
  });
});

describeAsRoot('XFS handles elsewhere', () => {
  const scratch = useFilesystem({ type: 'ext4' });

  test('are refused by a filesystem that is not XFS', () => {
    const fd = open(scratch(), '', O_RDONLY);
    expect(thrownBy(() => xfsHandleFsid(Buffer.from(scratch().mountPoint), fd))).toMatchObject({
      code: 'ENOTTY',
      target: scratch().mountPoint,
    });
  });
});
