/** What the laboratory counts. */

export class LabFigures {
  readonly #crashPoints = new Set<string>();
  readonly #startedMs = performance.now();
  cycles = 0;
  nestedCycles = 0;
  losses = 0;

  /** A cycle passed or failed; `faults` is where it crashed, the operation first. */
  note(faults: readonly string[], isLoss: boolean): void {
    this.cycles += 1;
    if (faults.length > 1) this.nestedCycles += 1;
    if (isLoss) this.losses += 1;
    for (const fault of faults) this.#crashPoints.add(fault);
  }

  get seconds(): number {
    return (performance.now() - this.#startedMs) / 1000;
  }

  toString(): string {
    const { cycles, nestedCycles, losses, seconds } = this;
    const points = this.#crashPoints.size;
    return `${points} crash points, ${cycles} cycles, ${nestedCycles} of them nested, ${losses} losses, ${seconds.toFixed(0)} s`;
  }
}
