/** A file that somebody changes between any two looks: never damage, never acted upon. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { openCatalog } from '../../src/catalog/open-catalog.js';
import type { Catalog } from '../../src/catalog/catalog.js';
import type { FsId } from '../../src/dm/identity.js';
import { toIno, type InodeId } from '../../src/native/inode-id.js';
import { holdCandidate } from '../../src/recover/hold-candidate.js';
import { InodeAccess, type InodePresence } from '../../src/reconcile/inode-access.js';
import { judge } from '../../src/reconcile/judge.js';
import { secondLook } from '../../src/reconcile/second-look.js';
import { openMount, type OpenMount } from '../../src/scan/open-mount.js';
import { useFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';

/** Somebody comes in before so many looks. */
class RestlessAccess extends InodeAccess {
  constructor(
    mount: OpenMount,
    private left: number,
    private readonly change: (nth: number) => void,
  ) {
    super(mount, 'trusted.hsmck');
  }

  override locate(id: InodeId): InodePresence {
    if (this.left-- > 0) this.change(this.left);
    return super.locate(id);
  }
}

describeAsRoot('a file that changes at every look', () => {
  const scratch = useFilesystem();

  async function withCopyGone(
    use: (mount: OpenMount, catalog: Catalog, fs: FsId, file: Buffer, id: InodeId) => void,
  ): Promise<void> {
    const hsm = await Hsm.create(scratch());
    const file = hsm.at('file');
    fs.writeFileSync(file, randomBytes(10_000));
    expect(await hsm.outcomes('archive', ['file'])).toEqual(['archived']);
    fs.appendFileSync(file, 'more');
    const catalog = openCatalog({ path: hsm.catalogPath, mode: 'read' });
    const mount = openMount(hsm.mountPath);
    try {
      const [filesystem] = catalog.filesystems.list();
      const ino = toIno(fs.statSync(file, { bigint: true }).ino);
      const [row] = filesystem === undefined ? [] : catalog.files.findByIno(filesystem.fs, ino);
      if (filesystem === undefined || row === undefined) throw new Error('the file is managed');
      use(mount, catalog, filesystem.fs, file, { ino, gen: row.gen });
    } finally {
      mount.close();
      catalog.close();
    }
  }

  test('is `changing`, is left alone, and is judged as soon as it rests', async () => {
    await withCopyGone((mount, catalog, fsId, file, id) => {
      const chmod = (nth: number): void => fs.chmodSync(file, nth % 2 === 0 ? 0o600 : 0o644);
      const restless = { access: new RestlessAccess(mount, Infinity, chmod), catalog, fs: fsId };
      expect(judge(secondLook(restless, id))).toMatchObject({ class: 'changing', severity: 'info', action: 'wait' });
      for (const purpose of ['act', 'plan'] as const) {
        expect(holdCandidate(restless, id, purpose)).toEqual({ kind: 'skip', why: 'it keeps changing' });
      }
      // The fourth round is the last: six changes fill three of them.
      const calms = { access: new RestlessAccess(mount, 6, chmod), catalog, fs: fsId };
      expect(judge(secondLook(calms, id))).toMatchObject({ class: 'stale-copy' });
    });
  });
});
