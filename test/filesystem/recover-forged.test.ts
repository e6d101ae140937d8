/** In the `user.` namespace whoever owns a file writes its attribute: nobody may get another file's bytes by it. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { decodeDmAttribute, encodeDmAttribute, type DmAttribute } from '../../src/dm/dm-attribute.js';
import { toIno } from '../../src/native/inode-id.js';
import { closeFd, openPath } from '../../src/native/io.js';
import { generationOf } from '../../src/native/statx.js';
import { getAttribute } from '../../src/native/xattr.js';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { BYTES, inShort } from './recover-classes-world.js';

const NAME = 'user.hsmck';

describeAsRoot('a forged attribute', () => {
  const scratch = useFilesystem();
  let hsm: Hsm;
  beforeAll(async () => {
    hsm = await Hsm.create(scratch(), { namespace: 'user' });
  });

  function withFile<T>(name: string, use: (fd: ReturnType<typeof openPath>) => T): T {
    const fd = openPath(hsm.at(name), fs.constants.O_RDONLY);
    try {
      return use(fd);
    } finally {
      closeFd(fd);
    }
  }

  const attributeOf = (name: string): Buffer | undefined => withFile(name, (fd) => getAttribute(fd, NAME, name));

  /** A file of the right size without any data, whose attribute says that it is its own and names the victim's copy. */
  function forge(victim: string, name: string, changes: Partial<DmAttribute> = {}): Buffer {
    const decoded = decodeDmAttribute(attributeOf(victim) ?? Buffer.alloc(0));
    if (decoded.kind !== 'valid') throw new Error(`${victim} is not managed`);
    fs.writeFileSync(hsm.at(name), '');
    fs.truncateSync(hsm.at(name), Number(decoded.attribute.sizeBytes));
    const ino = toIno(fs.statSync(hsm.at(name), { bigint: true }).ino);
    const gen = withFile(name, (fd) => generationOf(fd, name));
    const bytes = encodeDmAttribute({ ...decoded.attribute, ino, gen, ...changes });
    execFileSync('setfattr', ['-n', NAME, '-v', `0x${bytes.toString('hex')}`, hsm.at(name).toString()]);
    return bytes;
  }

  async function secret(name: string): Promise<Buffer> {
    const content = randomBytes(BYTES);
    fs.writeFileSync(hsm.at(name), content, { mode: 0o600 });
    expect(await hsm.outcomes('archive', [name])).toEqual(['archived']);
    expect(await hsm.outcomes('release', [name])).toEqual(['released']);
    return content;
  }

  const isEmpty = (name: string): boolean => fs.readFileSync(hsm.at(name)).every((byte) => byte === 0);

  async function expectRefused(name: string, bytes: Buffer): Promise<void> {
    for (const prefer of ['auto', 'complete', 'revert'] as const) {
      const { actions } = await hsm.recover(prefer);
      expect(actions.filter(({ result }) => result === 'done').map(inShort)).toEqual([]);
      expect(actions.some(({ result }) => result === 'left')).toBe(true);
    }
    expect(await hsm.outcomes('recall', [name])).not.toContain('recalled');
    expect(isEmpty(name)).toBe(true);
    expect(attributeOf(name)).toEqual(bytes);
  }

  test.each(['offline', 'dual', 'releasing', 'recalling', 'archiving', 'removing'] as const)(
    '(%s) that names the copy of a living file: refused, and the copy stays where it is',
    async (state) => {
      const victim = `victim-${state}`;
      const content = await secret(victim);
      const forged = `forged-${state}`;
      await expectRefused(forged, forge(victim, forged, { state }));
      fs.rmSync(hsm.at(forged));
      expect(await hsm.outcomes('recall', [victim])).toEqual(['recalled']);
      expect(fs.readFileSync(hsm.at(victim)).equals(content)).toBe(true);
      expect(await hsm.drift()).toEqual([]);
    },
  );

  test.each(['offline', 'dual', 'recalling', 'archiving'] as const)(
    '(%s) that names the copy of a file that was deleted: refused, and the copy is kept',
    async (state) => {
      const victim = `deleted-${state}`;
      await secret(victim);
      const before = hsm.objects();
      const forged = `taken-${state}`;
      const bytes = forge(victim, forged, { state });
      fs.rmSync(hsm.at(victim));
      await expectRefused(forged, bytes);
      expect(hsm.objects()).toEqual(before);
      fs.rmSync(hsm.at(forged));
      await hsm.recover();
      expect(await hsm.drift()).toEqual([]);
    },
  );

  test('a row that shares its copy with another file: neither is released, recalled or removed', async () => {
    const content = await secret('shared');
    fs.writeFileSync(hsm.at('other'), randomBytes(BYTES));
    expect(await hsm.outcomes('archive', ['other'])).toEqual(['archived']);
    hsm.withCatalog(({ files, filesystems }) => {
      const [filesystem] = filesystems.list();
      if (filesystem === undefined) throw new Error('nothing is registered');
      const ino = (name: string) => toIno(fs.statSync(hsm.at(name), { bigint: true }).ino);
      const [shared] = files.findByIno(filesystem.fs, ino('shared'));
      const [other] = files.findByIno(filesystem.fs, ino('other'));
      if (shared === undefined || other === undefined) throw new Error('two files are managed');
      files.put({ ...other, objectId: shared.objectId });
    });
    for (const operation of ['recall', 'release', 'remove'] as const) {
      expect(await hsm.outcomes(operation, ['shared'])).not.toContain(`${operation}d`);
    }
    expect(await hsm.outcomes('recall', ['shared'])).toEqual(['conflict']);
    fs.rmSync(hsm.at('other'));
    await hsm.recover();
    expect(await hsm.outcomes('recall', ['shared'])).toEqual(['recalled']);
    expect(fs.readFileSync(hsm.at('shared')).equals(content)).toBe(true);
  });

  // A person's word over a whole folder went around what recovery refuses.
  test('that names the copy of a deleted file is not filled by resolve either', async () => {
    await secret('resolved-victim');
    const bytes = forge('resolved-victim', 'resolved-forged');
    fs.truncateSync(hsm.at('resolved-forged'), BYTES + 1);
    fs.rmSync(hsm.at('resolved-victim'));
    await hsm.recover();
    const [result] = await hsm.resolve('archive', ['resolved-forged']);
    expect(result).toMatchObject({ result: 'conflict', why: expect.stringContaining('anyone can write attributes') });
    expect(isEmpty('resolved-forged')).toBe(true);
    expect(attributeOf('resolved-forged')).toEqual(bytes);
    fs.rmSync(hsm.at('resolved-forged'));
  });
});
