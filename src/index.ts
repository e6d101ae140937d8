/**
 * hsmck as a library: what the commands are made of. Everything else is internal and may change.
 */
export { HsmckError, InvariantError, OperationalError, UsageError } from './errors.js';
export { NativeError } from './native/native-error.js';
export { CatalogError } from './catalog/catalog-error.js';
export { StoreError } from './archive/store-error.js';
export { openCatalog, type OpenCatalogOptions } from './catalog/open-catalog.js';
export { PosixStore } from './archive/posix-store.js';
export type { ArchiveStore } from './archive/archive-store.js';
export { decodeDmAttribute, encodeDmAttribute, type DmAttribute } from './dm/dm-attribute.js';
export { runScan, type ScanOptions, type ScanSummary } from './scan/run-scan.js';
export { openRegistered, type RegisteredFilesystem } from './reconcile/registered-filesystem.js';
export { runReconcile, type ReconcileOptions, type ReconcileResult } from './reconcile/run-reconcile.js';
export { openRegisteredImage, type RegisteredImage } from './reconcile/registered-image.js';
export { checkImage, type CheckImageOptions, type CheckImageResult } from './reconcile/check-image.js';
export { FINDING_CLASSES, type Finding, type FindingClass } from './reconcile/finding.js';
export { registerFilesystem, type RegisterOptions } from './migrate/register-filesystem.js';
export { openSession, type OpenSession, type OpenSessionOptions } from './migrate/open-session.js';
export { runOperation, type RunOptions } from './migrate/run-operation.js';
export type { FileOutcome, FileResult } from './migrate/file-result.js';
export { walkFiles, type WalkOptions } from './migrate/walk-files.js';
export { createSteps, type PassStep } from './migrate/faults.js';
export { STEPS, type StepName } from './migrate/step-names.js';
export { applyRecovery, planRecovery, type ApplyOptions, type PlanOptions } from './recover/run-recover.js';
export type { ActionRecord } from './recover/action-record.js';
export { DECISION_TABLE, decide } from './recover/decide.js';
export { purgeTrash, type PurgeOptions } from './recover/purge-trash.js';
