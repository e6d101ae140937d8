// Rules of the product that can be broken on purpose, to see whether the model notices. HSMCK_MODEL_CANARY names one.

export const CANARIES = {
  'release-unread': {
    about: 'release punches without comparing the file with its copy',
    file: 'migrate/release-batch.ts',
    from: '[copyFlaw, bytesDiffer]',
    to: '[copyFlaw]',
  },
  'always-equal': {
    about: 'the byte comparison of recovery says "equal" whatever it saw',
    file: 'archive/compare-content.ts',
    from: 'if (result.differsAt !== undefined) {',
    to: 'if (result.differsAt === -1) {',
  },
  'copy-unsynced': {
    about: 'archived copies get their names before their bytes are durable',
    file: 'archive/posix-batch.ts',
    from: 'this.#syncContent(staged);',
    to: '',
  },
  'lease-unseen': {
    about: 'a lease counts as whole whatever the kernel says',
    file: 'migrate/settle-inode.ts',
    from: "import { leaseIsWhole } from '../native/lock.js';",
    to: 'const leaseIsWhole = (..._: unknown[]): boolean => true;',
  },
  'trash-first': {
    about: 'the older copy goes to the trash before the new one is bound',
    file: 'migrate/settle.ts',
    from: '  writeCatalog,\n  trashAll,',
    to: '  trashAll,\n  writeCatalog,',
  },
  'data-unsynced': {
    about: 'data is not synced before the attribute says that it is there, or gone',
    file: 'migrate/settle.ts',
    from: "(session, live) => syncAll(session, live, 'data'),",
    to: '',
  },
  'attribute-unsynced': {
    about: 'the attribute is not synced before the catalog follows',
    file: 'migrate/settle.ts',
    from: "(session, live) => syncAll(session, live, 'attribute'),",
    to: '',
  },
  'mark-unsynced': {
    about: 'the mark is not synced before the data is touched',
    file: 'migrate/begin.ts',
    from: '  syncBegun(session, alive(all));\n  return all;',
    to: '  return all;',
  },
  'deletion-unsynced': {
    about: 'the copies of deleted files go to the trash while a crash could still bring the files back',
    file: 'recover/forget-deleted.ts',
    from: 'syncFilesystem(mount.rootFd, mount.mountPath.toString());',
    to: '',
  },
};

/** The text of a module with the canary's change. @throws Error if the rule is not there any more */
export function withCanary(name, canary, text) {
  if (!text.includes(canary.from))
    throw new Error(`canary ${name}: ${canary.file} does not have the text that it changes`);
  return text.replace(canary.from, canary.to);
}
