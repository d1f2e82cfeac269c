// Keys that are the page's and not the terminal's: copy and paste as in other terminals on Linux and Windows, and the
// way out for people who move by keyboard. The Tab key belongs to the shell, so without a way out the focus would be
// trapped: Escape followed by Tab (or Shift+Tab) moves it on, as in other text editors on the web.

/** Told to screen readers as the terminal's description. */
export const WAY_OUT =
  "To leave the terminal, press Escape and then Tab, or Escape and then Shift and Tab to go back. F6 goes to the lesson.";

/** How long after Escape a Tab still leaves: long enough to press it, too short to be meant for the shell. */
const LEAVE_WITHIN_MS = 2000;

/** What a key press means. */
export type Meaning =
  | "shell" // goes to the shell
  | "page" // the browser does what it always does with it: moves the focus, pastes
  | "copy"; // copies the selection

/** Reads key presses, one after the other. */
export class Keys {
  #escapeAtMs = Number.NEGATIVE_INFINITY;

  /** What this press means, `nowMs` being a clock that only goes forward. */
  press(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "shiftKey" | "altKey" | "metaKey">, nowMs: number): Meaning {
    const { key, ctrlKey, shiftKey, altKey, metaKey } = event;
    if (key === "Shift") return "shell";
    const leaving = nowMs - this.#escapeAtMs <= LEAVE_WITHIN_MS;
    this.#escapeAtMs = key === "Escape" ? nowMs : Number.NEGATIVE_INFINITY;
    if (key === "Tab" && leaving && !ctrlKey && !altKey && !metaKey) return "page";
    if (ctrlKey && shiftKey && !altKey && !metaKey) {
      const letter = key.toLowerCase();
      if (letter === "c") return "copy";
      if (letter === "v") return "page";
    }
    return "shell";
  }
}
