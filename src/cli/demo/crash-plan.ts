/** Which operation dies where. Every round has a folder of its own, prepared in the state that the operation needs. */
import type { StepName } from '../../migrate/step-names.js';

export interface CrashRound {
  readonly step: StepName;
  /** The pass of the step at which it happens: the files before are further on than the files behind. */
  readonly pass: number;
  /** `tear` does half of what the step writes, then kills. */
  readonly action: 'kill' | 'tear';
  /** A user changes a file between the kill and the power cut. */
  readonly userWrites?: boolean;
}

export interface CrashSeries {
  readonly operation: 'archive' | 'release' | 'recall' | 'remove';
  /** The power goes right after the last round: what that process had not synced is lost. */
  readonly rounds: readonly CrashRound[];
}

export const CRASH_PLAN: readonly CrashSeries[] = [
  {
    operation: 'archive',
    rounds: [
      { step: 'archive:after-mark', pass: 20, action: 'kill' },
      { step: 'archive:before-data', pass: 25, action: 'tear' },
      { step: 'archive:before-attribute', pass: 15, action: 'tear' },
      { step: 'archive:after-attribute', pass: 30, action: 'kill' },
      { step: 'archive:after-put', pass: 1, action: 'kill', userWrites: true },
    ],
  },
  {
    operation: 'release',
    rounds: [
      { step: 'release:before-punch', pass: 18, action: 'tear' },
      { step: 'release:after-settle-sync', pass: 1, action: 'kill' },
      { step: 'release:before-mark', pass: 12, action: 'tear' },
      { step: 'release:after-attribute', pass: 20, action: 'kill' },
    ],
  },
  {
    operation: 'recall',
    rounds: [
      { step: 'recall:after-mark', pass: 25, action: 'kill' },
      { step: 'recall:before-fill', pass: 15, action: 'tear' },
      { step: 'recall:after-attribute', pass: 10, action: 'kill' },
      { step: 'recall:after-fill', pass: 22, action: 'kill' },
    ],
  },
  {
    operation: 'remove',
    rounds: [
      { step: 'remove:before-trash', pass: 5, action: 'kill' },
      { step: 'remove:after-mark', pass: 9, action: 'kill' },
      { step: 'remove:after-attribute', pass: 22, action: 'kill' },
    ],
  },
];

/** The folder of an operation's n-th round, relative to the filesystem. */
export const roundFolder = (operation: CrashSeries['operation'], index: number): string => `${operation}-${index + 1}`;

/** The fault as HSMCK_FAULT takes it. */
export const faultText = ({ step, pass, action }: CrashRound): string => `${step}#${pass}=${action}`;
