import { HsmckError } from '../errors.js';

/**
 * `ECONTENT_SHORT`: the file ended before the size that the caller expects.
 * `ECONTENT_CHANGING`: its layout changed so fast that reading made no progress.
 * `EMAP_CORRUPT`, `EMAP_NEWER`: an encoded non-zero map that cannot be used.
 */
export type ContentErrorCode = 'ECONTENT_SHORT' | 'ECONTENT_CHANGING' | 'EMAP_CORRUPT' | 'EMAP_NEWER';

/** Content, or its map, is not as expected. Nothing is concluded from what was read so far. */
export class ContentError extends HsmckError {
  declare readonly code: ContentErrorCode;

  constructor(code: ContentErrorCode, message: string) {
    super(code, message);
  }
}
