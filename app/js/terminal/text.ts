// Text on its way into a terminal that did not come from the keyboard.

const PASTE_START = "\x1b[200~";
const PASTE_END = "\x1b[201~";

/**
 * Pasted text as a terminal takes it: line ends as the Enter key sends them, and no control characters but the tab,
 * because a page one copies from must not be able to end the bracket around a paste and press Enter itself.
 */
export function pasted(text: string, bracketed: boolean): string {
  const safe = text.replace(/\r?\n/g, "\r").replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f]/g, "");
  return bracketed ? PASTE_START + safe + PASTE_END : safe;
}

/**
 * A command as if typed, with the Enter key at its end. A shell that takes bracketed pastes is at its prompt: what
 * stands there half typed is cleared away first (to the end of the line, then all before it).
 */
export function typed(command: string, atPrompt: boolean): string {
  const clear = atPrompt ? "\x05\x15" : "";
  return `${clear}${pasted(command.replace(/\s+$/, ""), atPrompt)}\r`;
}
