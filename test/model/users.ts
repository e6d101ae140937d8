/** The users of the simulated machine: what they do to their files, and what they must find in them. */
import { capabilityInIntent } from './catalog-view.js';
import { preallocateData, punchData, truncateData, writeData } from './kernel/file-data.js';
import { PAGE_BYTES } from './kernel/image.js';
import type { Inode } from './kernel/inode.js';
import type { Machine } from './kernel/machine.js';
import type { OpenFile } from './kernel/open-files.js';
import type { FileSpec, UserAction } from './schedule.js';
import { contentOf, Truth, ZERO_PAGE } from './truth.js';

const CAPABILITY = 'security.capability';

/** What a program that migrates must leave as it is. */
export interface Metadata {
  readonly mode: number;
  readonly nlink: number;
  readonly mtimeNs: bigint;
  readonly sizeBytes: number;
  readonly attributes: string;
}

export interface UserFile {
  readonly ino: bigint;
  readonly gen: number;
  names: string[];
  readonly truth: Truth;
  metadata: Metadata;
  /** It was synced since it was made. */
  createdForCertain: boolean;
  /** Whether a user did anything to it but make it. */
  touched: boolean;
  held: OpenFile | undefined;
  /** A capability that is gone after a crash, by whose doing nobody can tell: recovery may put it back. */
  mayRegain: string | undefined;
}

export function metadataOf(inode: Inode): Metadata {
  const { mode, nlink, mtimeNs, xattrs } = inode.image;
  const named = [...xattrs].filter(([name]) => name !== 'trusted.hsmck');
  const attributes = named.map(([name, value]) => `${name}=${value.toString('hex')}`).sort();
  return { mode, nlink, mtimeNs, sizeBytes: inode.sizeBytes, attributes: attributes.join() };
}

/** The attributes as they read with this capability, in hexadecimal. */
export function withCapability(attributes: string, capability: string | undefined): string {
  const others = attributes.split(',').filter((one) => one !== '' && !one.startsWith(`${CAPABILITY}=`));
  const own = capability === undefined ? [] : [`${CAPABILITY}=${capability}`];
  return [...others, ...own].sort().join();
}

const capabilityIn = (attributes: string): string | undefined =>
  attributes
    .split(',')
    .find((one) => one.startsWith(`${CAPABILITY}=`))
    ?.slice(CAPABILITY.length + 1);

export class Users {
  /** The file of each number now; undefined while there is none of that name. */
  readonly current: (UserFile | undefined)[] = [];
  /** Every file that there ever was, deleted ones included: a crash may bring them back. */
  readonly all: UserFile[] = [];
  #renames = 0;

  constructor(readonly machine: Machine) {}

  inodeOf(file: UserFile): Inode | undefined {
    const inode = this.machine.data.find(file.ino);
    return inode?.image.gen === file.gen ? inode : undefined;
  }

  make(index: number, spec: FileSpec): void {
    const name = `file-${index}`;
    const { data } = this.machine;
    const inode = data.create(data.root, name, 0o644, 'file');
    const file: UserFile = {
      ...{ ino: inode.image.ino, gen: inode.image.gen, names: [name], truth: new Truth(), metadata: metadataOf(inode) },
      ...{ createdForCertain: false, touched: false, held: undefined, mayRegain: undefined },
    };
    this.current[index] = file;
    // A crash took the making of an earlier file back, and with it its number and generation: they are given out again.
    const before = this.all.findIndex(({ ino, gen }) => ino === file.ino && gen === file.gen);
    if (before === -1) this.all.push(file);
    else this.all[before] = file;
    const last = spec.pages.length - 1;
    const sizeBytes = last < 0 ? 0 : last * PAGE_BYTES + spec.tailBytes;
    truncateData(data, inode, sizeBytes);
    file.truth.resize(sizeBytes);
    for (const [page, content] of spec.pages.entries()) {
      if (content === -2) preallocateData(data, inode, page, page + 1);
      if (content > 0 || content === -1) this.#write(file, inode, page, contentOf(content), true);
    }
    if (spec.capability) data.change(inode, (image) => image.xattrs.set('security.capability', Buffer.from('cap')));
    file.metadata = metadataOf(inode);
    if (spec.synced) data.fsync(inode);
  }

  /** Called when the kernel has made an inode's data durable; undefined for all of them. */
  onSynced(inode: Inode | undefined): void {
    for (const file of this.all) {
      if (inode !== undefined && (inode.image.ino !== file.ino || inode.image.gen !== file.gen)) continue;
      if (this.inodeOf(file) === undefined) continue;
      file.truth.synced();
      file.createdForCertain = true;
    }
  }

  act(action: UserAction): void {
    if (action.kind === 'sync') return this.machine.data.syncAll();
    const file = this.current[action.file];
    if (action.kind === 'replace') return this.#replace(action.file, action.content);
    const inode = file && this.inodeOf(file);
    if (file === undefined || inode === undefined) return;
    switch (action.kind) {
      case 'write':
      case 'write-and-sync':
      case 'write-keeping-mtime':
      case 'append':
      case 'truncate':
      case 'punch':
        return this.#whenFree(file, 'write', (now) => this.#change(file, now, action));
      case 'open':
        return this.#whenFree(file, action.access, (now) => this.#open(file, now, action.access));
      case 'close':
        return this.closeHeld(file);
      case 'store-to-mapping':
        return this.#store(file, inode, action.page, contentOf(action.content));
      case 'unlink':
        return this.#unlink(action.file, file);
      case 'fsync':
        return this.machine.data.fsync(inode);
      case 'chmod':
      case 'touch':
      case 'set-attribute':
      case 'link':
      case 'rename':
        return this.#changeMetadata(file, inode, action);
    }
  }

  #whenFree(file: UserFile, access: 'read' | 'write', go: (inode: Inode) => void): void {
    const inode = this.inodeOf(file);
    if (inode === undefined) return;
    this.machine.whenFree(inode, access, () => {
      const now = this.inodeOf(file);
      if (now !== undefined) go(now);
    });
  }

  /** Times move with every write; a page that is dirty already takes stores without that. */
  #stamp(inode: Inode, times: 'both' | 'ctime' = 'both'): void {
    const now = this.machine.clock.stamp(inode);
    this.machine.data.change(inode, (image) => {
      image.ctimeNs = now;
      if (times === 'both') image.mtimeNs = now;
    });
  }

  #write(file: UserFile, inode: Inode, page: number, bytes: Buffer, isNew = false): void {
    const at = page * PAGE_BYTES;
    const { sizeBytes } = inode;
    const length = at < sizeBytes ? Math.min(PAGE_BYTES, sizeBytes - at) : PAGE_BYTES;
    if (!isNew) this.#dropCapability(inode);
    writeData(this.machine.data, inode, bytes.subarray(0, length), at);
    const cut = Buffer.from(bytes);
    cut.fill(0, length);
    file.truth.write(page, cut, at + length);
    this.#stamp(inode);
  }

  #dropCapability(inode: Inode): void {
    if (!inode.image.xattrs.has('security.capability')) return;
    this.machine.data.change(inode, (image) => image.xattrs.delete('security.capability'));
  }

  #change(file: UserFile, inode: Inode, action: UserAction): void {
    const { data } = this.machine;
    const { mtimeNs } = inode.image;
    file.touched = true;
    switch (action.kind) {
      case 'write':
      case 'write-and-sync':
      case 'write-keeping-mtime':
        this.#write(file, inode, action.page, contentOf(action.content));
        break;
      case 'append':
        // From the next page on: what lies in the last one may be in the archive only.
        for (let done = 0; done < action.bytes; done += PAGE_BYTES) {
          this.#write(file, inode, file.truth.pageCount, contentOf(action.content));
        }
        break;
      case 'truncate':
        this.#dropCapability(inode);
        truncateData(data, inode, action.sizeBytes);
        file.truth.truncate(action.sizeBytes);
        this.#stamp(inode);
        break;
      case 'punch':
        this.#dropCapability(inode);
        punchData(data, inode, action.page * PAGE_BYTES, PAGE_BYTES);
        if (action.page < file.truth.pageCount) file.truth.empty(action.page);
        this.#stamp(inode);
        break;
      default:
        throw new Error(`${action.kind} does not change data`);
    }
    if (action.kind === 'write-keeping-mtime') {
      data.change(inode, (image) => {
        image.mtimeNs = mtimeNs;
      });
      this.#stamp(inode, 'ctime');
    }
    if (action.kind === 'write-and-sync') data.fsync(inode);
    file.metadata = metadataOf(inode);
  }

  #open(file: UserFile, inode: Inode, access: 'read' | 'write'): void {
    if (file.held !== undefined) return;
    const opened = { canWrite: access === 'write', invisible: false, pathOnly: false, who: 'user' } as const;
    file.held = this.machine.files.open({ fs: this.machine.data, inode, ...opened });
  }

  closeHeld(file: UserFile): void {
    if (file.held !== undefined) this.machine.files.close(file.held.fd);
    file.held = undefined;
  }

  /** A store to a shared mapping, which whoever holds the file open for writing may have. */
  #store(file: UserFile, inode: Inode, page: number, bytes: Buffer): void {
    if (file.held?.canWrite !== true || page >= Math.floor(inode.sizeBytes / PAGE_BYTES)) return;
    const isDirty = inode.dirty.has(page);
    file.touched = true;
    inode.dirty.set(page, bytes);
    file.truth.write(page, bytes, 0);
    if (!isDirty) this.#stamp(inode);
    file.metadata = metadataOf(inode);
  }

  #unlink(index: number, file: UserFile): void {
    const { data } = this.machine;
    this.closeHeld(file);
    file.touched = true;
    for (const name of file.names) data.unlink(data.root, name);
    file.names = [];
    this.current[index] = undefined;
    const inode = this.inodeOf(file);
    if (inode !== undefined) file.metadata = metadataOf(inode);
  }

  /** As editors do: a new file under the old name. The inode's number may be used again at once. */
  #replace(index: number, content: number): void {
    const file = this.current[index];
    if (file !== undefined) this.#unlink(index, file);
    const { data } = this.machine;
    if (data.lookUp(data.root, `file-${index}`) !== undefined) data.unlink(data.root, `file-${index}`);
    this.make(index, { pages: [content], tailBytes: PAGE_BYTES, capability: false, synced: false });
  }

  #changeMetadata(file: UserFile, inode: Inode, action: UserAction): void {
    const { data } = this.machine;
    file.touched = true;
    switch (action.kind) {
      case 'chmod':
        data.change(inode, (image) => {
          image.mode = (image.mode & 0o170000) | action.mode;
        });
        break;
      case 'touch':
        this.#stamp(inode);
        break;
      case 'set-attribute':
        data.change(inode, (image) => image.xattrs.set('user.note', Buffer.from(String(action.content))));
        break;
      case 'link':
      case 'rename': {
        this.#renames += 1;
        const name = `name-${this.#renames}`;
        const [first] = file.names;
        if (first === undefined) return;
        if (action.kind === 'link') data.link(inode, data.root, name);
        else data.rename(data.root, first, data.root, name);
        file.names = action.kind === 'link' ? [...file.names, name] : [name, ...file.names.slice(1)];
        break;
      }
      default:
        throw new Error(`${action.kind} does not change metadata`);
    }
    this.#stamp(inode, 'ctime');
    // None of these takes a capability away: if it is not there, the program is about to put it back.
    const capability = capabilityIn(file.metadata.attributes);
    const now = metadataOf(inode);
    const isAway = capability !== undefined && capabilityIn(now.attributes) === undefined;
    // Writing the same bytes, which takes a capability away for good, leaves the same traces as touching the file.
    if (isAway && action.kind === 'touch') file.mayRegain = capability;
    const expected = file.mayRegain === undefined ? withCapability(now.attributes, capability) : now.attributes;
    file.metadata = { ...now, attributes: expected };
  }

  /** What a user finds in a file of which something may be lost. */
  #find(file: UserFile, inode: Inode, mayBeAway: boolean): void {
    const { truth } = file;
    if (!truth.allowsSize(inode.sizeBytes))
      throw new Error(`inode ${file.ino} has ${inode.sizeBytes} bytes after a crash`);
    truth.adoptSize(inode.sizeBytes);
    for (const page of truth.pagesKnown()) truth.adoptPage(page, inode.page(page) ?? ZERO_PAGE, mayBeAway);
    file.metadata = metadataOf(inode);
    const { attributes } = file.metadata;
    const remembered = capabilityInIntent(file.ino, file.gen);
    if (remembered === undefined || capabilityIn(attributes) !== undefined) return;
    // Of a file that nobody else touched it was the program that took it away.
    if (file.touched) file.mayRegain = remembered;
    else file.metadata = { ...file.metadata, attributes: withCapability(attributes, remembered) };
  }

  /** The kernel could not write an inode's data back, and has dropped it. */
  onDirtyLost(inode: Inode, mayBeAway: boolean): void {
    for (const file of this.all) if (this.inodeOf(file) === inode) this.#find(file, inode, mayBeAway);
  }

  /** After a power cut: which files there are, and what their users find in them. Throws what must not be. */
  afterPowerCut(isManaged: (inode: Inode) => boolean): void {
    const { data } = this.machine;
    this.current.fill(undefined);
    for (const file of this.all) {
      file.held = undefined;
      const inode = this.inodeOf(file);
      if (inode === undefined) {
        if (file.names.length > 0 && file.createdForCertain)
          throw new Error(`${file.names.join()} is gone after a crash`);
        file.names = [];
        continue;
      }
      file.names = [...data.root.image.entries].filter(([, ino]) => ino === file.ino).map(([name]) => name);
      this.#find(file, inode, isManaged(inode));
      const index = file.names.map((name) => /^file-(\d+)$/.exec(name)?.[1]).find((digits) => digits !== undefined);
      const number = index === undefined ? this.all.indexOf(file) : Number(index);
      if (this.current[number] === undefined) this.current[number] = file;
    }
  }
}
