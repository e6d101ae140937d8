/**
 * A catalog that was put back does not know what was registered since, so neither does a purge that goes by it: what is from before the
 * rollback stays in the trash until somebody says that no file needs it.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { withFilesystem } from '../support/filesystem.js';
import { Hsm } from '../support/hsm.js';
import { describeAsRoot } from '../support/require-root.js';
import { copyCatalog, write } from './rollback-world.js';

describeAsRoot('a purge after a rollback of the catalog that was accepted', () => {
  test('keeps the copy of a stub on a filesystem that was registered since', async () => {
    await withFilesystem({}, async (scratch) => {
      await withFilesystem({}, async ({ mountPoint: second }) => {
        const hsm = await Hsm.create(scratch);
        const content = write(hsm, 'original');
        await hsm.run('archive');
        await hsm.run('release');
        execFileSync('cp', ['-a', hsm.at('original').toString(), hsm.at('stub').toString()]);
        await hsm.run('recall', ['original']);
        await hsm.run('remove', ['original']);
        const older = copyCatalog(hsm);
        await hsm.register({ mountPath: Buffer.from(second) });
        execFileSync('mv', [hsm.at('stub').toString(), path.join(second, 'stub')]);
        fs.writeFileSync(path.join(second, 'own'), 'own');
        expect((await hsm.child(['archive', path.join(second, 'own')])).status).toBe(0);
        older();

        const mount = hsm.mountPath.toString();
        expect((await hsm.child(['recover', mount, '--apply', '--accept-epoch'])).status).toBe(1);
        const purge = await hsm.child(['purge', '--older-than', '0d']);
        expect(purge.records().find(({ type }) => type === 'action')).toMatchObject({
          result: 'kept',
          why: expect.stringContaining('--accept-deleted'),
        });
        const trash = hsm.objects('trash').map((object) => fs.readFileSync(object));
        expect(trash.some((copy) => copy.equals(content))).toBe(true);

        await hsm.child(['recover', mount, '--apply', '--accept-deleted']);
        await hsm.child(['purge', '--older-than', '0d']);
        expect(hsm.objects('trash')).toEqual([]);
      });
    });
  });
});
