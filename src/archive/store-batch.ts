/** Putting objects into a store: staged under temporary names, then committed. */
import type { ObjectId } from '../dm/identity.js';
import type { ChunkHook, ContentSource } from './content-reader.js';
import type { ContentDigest } from './hash-content.js';
import type { Sidecar } from './sidecar.js';

/** The moments within a put at which a crash leaves something else behind, in their order. */
export const STORE_STEPS = [
  'before-data',
  'after-data',
  'before-sidecar',
  'after-sidecar',
  'before-sync',
  'after-sync',
  'before-rename-sidecar',
  'after-rename-sidecar',
  'before-rename-data',
  'after-rename-data',
  'after-commit',
] as const;

export type StoreStep = (typeof STORE_STEPS)[number];

/**
 * Called at each step. `tear`, where there is one, writes half of what the step is about to write. What the hook throws
 * counts as the step's failure.
 */
export type StoreStepHook = (step: StoreStep, tear?: () => void) => void;

export interface BatchOptions {
  /**
   * How the batch gets durable: `each` syncs every file and holds it open until then (for one object, or a few),
   * `together` syncs the whole filesystem twice (for many). Default `together`.
   */
  readonly sync?: 'each' | 'together';
  readonly onStep?: StoreStepHook;
}

export interface StageRequest {
  readonly objectId: ObjectId;
  readonly source: ContentSource;
  /** The map's grain: `grainFor(block size of the source's filesystem)`. */
  readonly grainBytes: number;
  readonly onChunk?: ChunkHook;
  /** Makes the sidecar, once digest and map are known. */
  readonly describe: (content: ContentDigest) => Sidecar;
}

/** An object whose bytes are in the store under a temporary name: nobody can find it yet. */
export interface StagedObject {
  readonly objectId: ObjectId;
  readonly content: ContentDigest;
  readonly sidecar: Sidecar;
}

/** A series of puts. Use it from one place at a time. */
export interface StoreBatch {
  /**
   * Copies a file into the store, hashing and mapping it on the way. On failure nothing is left of it.
   * @throws ContentError, NativeError, whatever `onChunk`, `describe` or the hook throws
   */
  stage(request: StageRequest): Promise<StagedObject>;

  /**
   * Makes staged objects durable under their final names: data and sidecars synced, then each sidecar renamed and then
   * its data, then the folders synced. All or none: a failure, of a sync above all, is final; it takes back what this
   * call had renamed, discards everything staged, and the batch takes no more.
   * @throws StoreError ESTORE_OBJECT_EXISTS, ESTORE_BATCH_FAILED; NativeError
   */
  commit(staged: readonly StagedObject[]): Promise<void>;

  /** Drops a staged object. */
  discard(staged: StagedObject): Promise<void>;

  /** Drops what was not committed and ends the batch. Safe to call twice. */
  close(): Promise<void>;
}
