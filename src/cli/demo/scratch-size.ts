/** Size of the demo's sparse image; a fraction of it is ever written. */
export const IMAGE_BYTES = 1024 * 1024 * 1024;
