// How long to wait before the next try to connect: longer each time, and never all pages of a room at once.

const FIRST_MS = 250;
const LONGEST_MS = 10_000;

/** A connection that held for so long was a good one: the next loss starts from the shortest wait. */
export const STEADY_MS = 3000;

/** The waits between one loss and the next good connection. */
export class Backoff {
  #tries = 0;
  readonly #random: () => number;

  /** `random` gives numbers from 0 to below 1. */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** The next wait, in milliseconds: between half and the whole of 250 ms, 500 ms, 1 s … 10 s. */
  next(): number {
    const whole = Math.min(FIRST_MS * 2 ** this.#tries, LONGEST_MS);
    this.#tries += 1;
    return Math.round(whole * (0.5 + this.#random() / 2));
  }

  /** All is well: the next wait is the shortest again. */
  reset(): void {
    this.#tries = 0;
  }
}
