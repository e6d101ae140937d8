/**
 * A world whose power can fail at any moment. Two filesystems, one with the files, one with catalog and archive, lie in
 * image files on an outer XFS. While both are mounted and at work their images are cloned (FICLONE); the clones are
 * what two drives would hold if the power failed right then: all that the filesystems have written to them, and
 * nothing of what is only in memory.
 *
 * A clone of one image is of one moment: the outer filesystem holds off writers while it shares the extents. The two
 * images are cloned one after the other, and either order is good as long as nobody is at work above: the process that
 * migrates stands still, so all that can reach a drive between the two clones is what was on its way already, and
 * nothing has been told that it got there. A drive that was a little quicker would look the same. (With the process
 * running neither order would do: it could sync the one, rely on it, and write the other in between.)
 *
 * What the model leaves out: drives that lose what they were given and not told to flush. The images have no cache.
 */
import fs from 'node:fs';
import path from 'node:path';
import { createScratchFilesystem, type ScratchFilesystem } from '../../src/cli/demo/scratch-filesystem.js';
import { attachLoop, runTool, unmountPoint } from '../../src/cli/demo/scratch-tools.js';

const MIB = 1024 * 1024;
/** Sparse: what counts is what is written. */
const OUTER_BYTES = 16 * 1024 * MIB;
/** The least that mkfs.xfs makes. */
const DISK_BYTES = 320 * MIB;

/** A filesystem in an image. */
class Disk {
  readonly image: string;
  readonly mountPoint: string;
  device = '';

  constructor(folder: string, images: string, name: string) {
    this.image = path.join(images, `${name}.image`);
    this.mountPoint = path.join(folder, name);
    fs.mkdirSync(this.mountPoint);
    fs.writeFileSync(this.image, '');
    fs.truncateSync(this.image, DISK_BYTES);
    this.device = attachLoop(this.image);
    runTool('mkfs.xfs', ['-q', '-f', this.device]);
    this.mount();
  }

  mount(mountOptions: readonly string[] = []): void {
    // Where the clone replaces its original, the kernel may still remember that one for a moment.
    runTool('mount', ['-t', 'xfs', '-o', ['nouuid', ...mountOptions].join(','), this.device, this.mountPoint]);
  }

  unmount(): void {
    unmountPoint(this.mountPoint);
  }

  /** Throws the filesystem away, running as it is, and mounts another image in its place. */
  replaceBy(image: string): void {
    this.unmount();
    runTool('losetup', ['--detach', this.device]);
    fs.renameSync(image, this.image);
    this.device = attachLoop(this.image);
    this.mount();
  }
}

/** What the drives held at one moment: a file beside each image. */
export interface PowerCut {
  readonly images: readonly string[];
}

const clone = (from: string, to: string): void => fs.copyFileSync(from, to, fs.constants.COPYFILE_FICLONE_FORCE);

/** The scratch filesystem is the one with the files; its `folder`, where tests put catalog and archive, the other. */
export class ImageWorld implements ScratchFilesystem {
  readonly type = 'xfs';
  readonly #outer: ScratchFilesystem;
  readonly #files: Disk;
  readonly #records: Disk;
  #cuts = 0;

  constructor(parentFolder?: string) {
    this.#outer = createScratchFilesystem({
      type: 'xfs',
      sizeBytes: OUTER_BYTES,
      mkfsOptions: ['-m', 'reflink=1'],
      ...(parentFolder !== undefined && { parentFolder }),
    });
    try {
      this.#files = new Disk(this.#outer.folder, this.#outer.mountPoint, 'files');
      this.#records = new Disk(this.#outer.folder, this.#outer.mountPoint, 'records');
    } catch (error) {
      this.#outer.destroy();
      throw error;
    }
  }

  get #disks(): readonly Disk[] {
    return [this.#files, this.#records];
  }

  get folder(): string {
    return this.#records.mountPoint;
  }

  get image(): string {
    return this.#files.image;
  }

  get device(): string {
    return this.#files.device;
  }

  get mountPoint(): string {
    return this.#files.mountPoint;
  }

  unmount(): void {
    this.#files.unmount();
  }

  mount(mountOptions?: readonly string[]): void {
    this.#files.mount(mountOptions);
  }

  remount(mountOptions?: readonly string[]): void {
    this.unmount();
    this.mount(mountOptions);
  }

  destroy(): void {
    this.#outer.destroy();
  }

  /** All that is in memory goes to the drives. */
  sync(): void {
    runTool(
      'sync',
      this.#disks.flatMap(({ mountPoint }) => ['--file-system', mountPoint]),
    );
  }

  /** What would be left if the power failed now. Whoever writes to the filesystems has to stand still. */
  cutPower(): PowerCut {
    this.#cuts += 1;
    const images = this.#disks.map(({ image }) => `${image}.cut-${this.#cuts}`);
    this.#disks.forEach(({ image }, index) => clone(image, images[index] ?? ''));
    return { images };
  }

  /**
   * The power is back: both filesystems are mounted from what the drives held. Nobody may have a file open.
   * @param keep the same moment will be wanted again; else the cut is used up
   */
  restore({ images }: PowerCut, keep = false): void {
    images.forEach((image, index) => {
      const taken = keep ? `${image}.taken` : image;
      if (keep) clone(image, taken);
      this.#disks[index]?.replaceBy(taken);
    });
  }

  discard({ images }: PowerCut): void {
    for (const image of images) fs.rmSync(image, { force: true });
  }
}
