/** A worker module's default export, without the protocol of threads. */
export const partitionWorker = <T>(run: T): T => run;
