import { OperationalError } from '../errors.js';
import type { OpenMount } from './open-mount.js';
import type { Place } from './settle/freeze-refusal.js';
import { settleMount, type SettleWay } from './settle/settle.js';
import { openDeviceOf, type OpenDevice } from './xfs-device/open-device.js';
import type { ScanDevice } from './xfs-device/scan-device.js';
import { DeviceError } from './xfs-device/superblock.js';

/** Where inodes come from. `auto` is the device where it can be read and settled, else the kernel's bulkstat. */
export const SOURCES = ['auto', 'xfs-device', 'xfs-bulkstat'] as const;
export type SourceChoice = (typeof SOURCES)[number];
export type SourceName = Exclude<SourceChoice, 'auto'>;

export interface SourceOptions {
  readonly source: SourceChoice;
  readonly settle: SettleWay;
  /** Of a scan of the device: believe only inodes with a right checksum; the others are asked of the kernel. */
  readonly verifyCrc: boolean;
  /** What this process may write to while the filesystem is frozen for a moment. */
  readonly places: readonly Place[];
  /** Told, in one line, why `auto` did not take the device, or what takes so long. */
  readonly onRemark: (text: string) => void;
}

/** What callers that know nothing of sources get. */
export const BULKSTAT_ONLY: SourceOptions = {
  source: 'xfs-bulkstat',
  settle: 'none',
  verifyCrc: false,
  places: [],
  onRemark: () => undefined,
};

/** The source that a scan uses, open. */
export interface ChosenSource {
  readonly name: SourceName;
  readonly device: ScanDevice | undefined;
  /**
   * Everything that was complete before the scan began is seen by it. False only for a device that was not settled: what
   * it does not show proves nothing.
   */
  readonly isSettled: boolean;
  close(): void;
}

const bulkstat: ChosenSource = { name: 'xfs-bulkstat', device: undefined, isSettled: true, close: () => undefined };

const fromDevice = (device: OpenDevice, isSettled: boolean): ChosenSource => ({
  name: 'xfs-device',
  device: device.scanDevice,
  isSettled,
  close: () => device.close(),
});

/** Opens and settles the device. @throws DeviceError with the reason why it cannot be had */
async function openSettled(
  mount: OpenMount,
  { settle, verifyCrc, places, onRemark }: SourceOptions,
): Promise<ChosenSource> {
  const before = openDeviceOf(mount);
  before.close();
  const path = mount.mountPath.toString();
  const onSlow = (seconds: number): void =>
    onRemark(`freezing ${path} has taken ${Math.round(seconds)} s; whoever writes there waits`);
  const settled = await settleMount(mount, { way: settle, places, onSlow });
  if (settled.kind === 'refused') {
    throw new DeviceError(
      'EUNSETTLED',
      `${path} was not frozen for a moment, so that its device may lag: ${settled.why}`,
    );
  }
  // Once more: its superblock may have been behind too.
  return fromDevice(openDeviceOf(mount, verifyCrc), settled.kind === 'settled');
}

/**
 * Opens what a mounted filesystem is to be scanned by.
 * @throws OperationalError if the device was asked for and cannot be had; NativeError
 */
export async function chooseSource(mount: OpenMount, options: SourceOptions): Promise<ChosenSource> {
  if (options.source === 'xfs-bulkstat') return bulkstat;
  try {
    return await openSettled(mount, options);
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    if (options.source === 'auto') {
      options.onRemark(`scanning by xfs-bulkstat: ${error.message}`);
      return bulkstat;
    }
    throw new OperationalError(error.code, `${error.message}. "--source xfs-bulkstat" does without`, { cause: error });
  }
}
