import fs from 'node:fs';
import { closeFd, openPath, type Fd, type PathBytes } from '../native/io.js';
import { isRegularFile, statFd } from '../native/statx.js';
import { LEFTOVERS_MAX } from './forget-deleted.js';
import { isForgetting, parseAction, type PlannedAction } from './plan-action.js';
import { PlanError } from './plan-error.js';
import { parseHeader, type PlanHeader } from './plan-header.js';
import { isEnd, isLeftOut, planLines, PlanSeal } from './plan-lines.js';

const { O_RDONLY, O_NONBLOCK } = fs.constants;

/** A planned action, and whether it was left out by hand. */
export interface PlanEntry {
  readonly action: PlannedAction;
  readonly leftOut: boolean;
}

/** A plan that was read to its end once and is whole. Reads a line at a time: memory does not grow with the plan. */
export class Plan {
  readonly header: PlanHeader;
  readonly actionCount: number;
  readonly #fd: Fd;
  readonly #target: string;

  private constructor(fd: Fd, target: string) {
    this.#fd = fd;
    this.#target = target;
    const checked = this.#check();
    this.header = checked.header;
    this.actionCount = checked.actionCount;
  }

  /**
   * Opens a plan and reads all of it.
   * @throws PlanError EPLAN, EPLANNEWER; NativeError
   */
  static open(path: PathBytes): Plan {
    const target = path.toString('utf8');
    // O_NONBLOCK: a pipe would have us wait for a writer.
    const fd = openPath(path, O_RDONLY | O_NONBLOCK);
    try {
      if (!isRegularFile(statFd(fd, target).mode)) throw new PlanError('EPLAN', `${target} is no regular file`);
      return new Plan(fd, target);
    } catch (error) {
      closeFd(fd);
      throw error;
    }
  }

  /** @throws PlanError EPLAN when somebody changed the file under our hands; NativeError */
  *actions(): Generator<PlanEntry> {
    let number = 0;
    for (const line of planLines(this.#fd, this.#target)) {
      number += 1;
      if (isEnd(line)) return;
      if (number > 1) yield { action: this.#parse(line, number), leftOut: isLeftOut(line) };
    }
  }

  close(): void {
    closeFd(this.#fd);
  }

  #parse(line: Buffer, number: number): PlannedAction {
    return parseAction(line, `${this.#target}, line ${number},`);
  }

  /** The seal is judged before the lines: of a plan that was edited, the edit is the fault to speak of. */
  #check(): { readonly header: PlanHeader; readonly actionCount: number } {
    const target = this.#target;
    const seal = new PlanSeal();
    let header: PlanHeader | undefined;
    let actionCount: number | undefined;
    for (const line of planLines(this.#fd, target)) {
      if (actionCount !== undefined) throw new PlanError('EPLAN', `${target} goes on behind its end`);
      if (header === undefined) {
        header = parseHeader(line, target);
        seal.addHeader(line);
      } else if (isEnd(line)) actionCount = seal.assertMatches(line, target);
      else seal.addAction(line);
    }
    if (header === undefined) throw new PlanError('EPLAN', `${target} is no plan of hsmck: it is empty`);
    if (actionCount === undefined) throw new PlanError('EPLAN', `${target} is cut short: its end is missing`);
    let forgettings = 0;
    for (const { action } of this.actions()) if (isForgetting(action)) forgettings += 1;
    if (forgettings > LEFTOVERS_MAX) {
      throw new PlanError('EPLAN', `${target} forgets ${forgettings} files, more than ${LEFTOVERS_MAX} at once`);
    }
    return { header, actionCount };
  }
}
