import { ATTRIBUTE_NAME } from '../dm/attribute-layout.js';
import type { Fd } from '../native/io.js';
import { isErrno } from '../native/native-error.js';
import { getAttribute } from '../native/xattr.js';

const NAMESPACES = ['trusted', 'user'] as const;

/**
 * The DM attribute's full name on a filesystem: the namespace in which `init` put the root inode's mark, and
 * `trusted.hsmck` where there is no mark. Needs no catalog.
 */
export function findAttributeName(rootFd: Fd, target: string): string {
  for (const namespace of NAMESPACES) {
    const name = `${namespace}.${ATTRIBUTE_NAME}`;
    try {
      if (getAttribute(rootFd, name, target) !== undefined) return name;
    } catch (error) {
      if (!isErrno(error, 'EOPNOTSUPP', 'EPERM')) throw error;
    }
  }
  return `trusted.${ATTRIBUTE_NAME}`;
}
