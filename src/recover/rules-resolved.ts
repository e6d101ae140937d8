/**
 * Files that a person had decided on with `hsmck resolve --keep file` when it died: the file counts as it is, with the
 * bytes and the holes that it has. Once the mark is on the file, that is carried out, whatever the bytes are. Before that
 * nothing was changed: the conflict is there as it was. (What `--keep archive` leaves behind is a recall.)
 */
import { complete, report, revert, type Rule } from './rule.js';
import { NO_MARK } from './rules-shared.js';

const KEEP_FILE = { intent: ['keep-file'] } as const;

export const RESOLVED_RULES: readonly Rule[] = [
  {
    name: 'keep-file/begun',
    when: { ...KEEP_FILE, attribute: ['removing', ...NO_MARK] },
    verdict: complete(
      'make-resident',
      'resident',
      'somebody decided that the file counts as it is; the copy goes to the trash',
    ),
  },
  {
    name: 'keep-file/not-begun',
    when: { ...KEEP_FILE, attribute: ['offline'], row: ['offline'] },
    verdict: revert('close-intent', 'offline', 'what somebody had decided was not begun: the conflict is as it was'),
  },
  {
    name: 'keep-file/strange',
    when: KEEP_FILE,
    verdict: report('somebody decided that the file counts as it is, and its attribute says something else since'),
  },
];
