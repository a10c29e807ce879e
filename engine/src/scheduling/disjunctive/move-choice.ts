import type { Random } from '../../sample/seeded-random.ts';

/** Larger than any estimate: durations add up to less than 2³⁰. */
const NONE = 2 ** 31 - 1;

/** The best move offered so far, ties drawn evenly; beside it one prohibited move for when there is no other. */
export class MoveChoice {
  /** Estimated longest path through what moves, with charges; offers above it need not be made. */
  estimate = NONE;
  operation = -1;
  choice = -1;
  after = -1;
  /** A prohibited move is taken all the same when it promises less than this make-span. */
  aspiration = 0;
  private charge = 0;
  private ties = 0;
  private prohibited = 0;
  private spareOperation = -1;
  private spareChoice = -1;
  private spareAfter = -1;
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  reset(aspiration: number): void {
    this.estimate = NONE;
    this.ties = 0;
    this.prohibited = 0;
    this.aspiration = aspiration;
  }

  /** `charge` = the part of the estimate that is a price: of two equal ones the lesser wins. */
  offer(operation: number, choice: number, after: number, estimate: number, charge: number): void {
    if (estimate > this.estimate || (estimate === this.estimate && charge > this.charge)) return;
    if (estimate < this.estimate || charge < this.charge) {
      this.estimate = estimate;
      this.charge = charge;
      this.ties = 1;
    } else {
      this.ties++;
      if (this.random.next() * this.ties >= 1) return;
    }
    this.operation = operation;
    this.choice = choice;
    this.after = after;
  }

  offerProhibited(operation: number, choice: number, after: number): void {
    this.prohibited++;
    if (this.random.next() * this.prohibited >= 1) return;
    this.spareOperation = operation;
    this.spareChoice = choice;
    this.spareAfter = after;
  }

  /** False when nothing at all was offered. */
  settle(): boolean {
    if (this.ties > 0) return true;
    if (this.prohibited === 0) return false;
    this.operation = this.spareOperation;
    this.choice = this.spareChoice;
    this.after = this.spareAfter;
    return true;
  }
}
