/** What a crash takes along. */
export const DISASTERS = [
  /** The process alone: all that the kernel knows of is still there. */
  'killed',
  /** XFS is shut down and drops its log: what nobody has synced is gone. */
  'killed, then the power fails',
  /** XFS is shut down, its log flushed: all metadata stays, data that was not written yet does not. */
  'killed, then the power fails behind a flushed log',
  /** The images of the running filesystems are cloned (image-world.ts): catalog and archive are cut off, too. */
  'the power fails at once',
] as const;

export type Disaster = (typeof DISASTERS)[number];

/** Those that need no more than a filesystem; catalog and archive are spared. */
export const DISASTERS_OF_ONE_FILESYSTEM = DISASTERS.filter((disaster) => disaster !== 'the power fails at once');
