// Counts what was rendered, and says when the server should hear of it: it keeps only so much on its way to us.

import { ACK_EVERY_BYTES } from "./protocol";

/** The account of one attachment. A new connection starts a new one. */
export class Acks {
  #rendered = 0;
  #acknowledged = 0;

  /** Takes in that so many more bytes are on the screen. Returns the total to acknowledge now, if it is time. */
  rendered(bytes: number): number | undefined {
    this.#rendered += bytes;
    if (this.#rendered - this.#acknowledged < ACK_EVERY_BYTES) return undefined;
    this.#acknowledged = this.#rendered;
    return this.#rendered;
  }
}
