/** The simulated kernel takes any buffer. */
export const alignedBuffer = (sizeBytes: number): Buffer => Buffer.alloc(sizeBytes);
