// Programs ask a terminal questions (what are you, where is the cursor, which colour is that), and the terminal
// answers on the program's input. One terminal shown in two tabs would answer twice, and the second answer would end
// up as junk at the prompt: only the tab that has the terminal's size answers.

import type { IDisposable, Terminal } from "@xterm/xterm";

/** Keeps the terminal from answering while `silent()`. */
export function answerUnless(terminal: Terminal, silent: () => boolean): IDisposable {
  const { parser } = terminal;
  // True says "dealt with", and xterm.js does nothing more.
  const csi = ["c", "n"].flatMap((final) => [
    parser.registerCsiHandler({ final }, silent),
    parser.registerCsiHandler({ prefix: ">", final }, silent),
    parser.registerCsiHandler({ prefix: "?", final }, silent),
  ]);
  const version = parser.registerCsiHandler({ prefix: ">", final: "q" }, silent);
  const modes = ["", "?"].map((prefix) =>
    parser.registerCsiHandler({ ...(prefix && { prefix }), intermediates: "$", final: "p" }, silent),
  );
  const status = parser.registerDcsHandler({ intermediates: "$", final: "q" }, silent);
  // Colours can also be set this way, which must go on; a question has a question mark for the colour.
  const colours = [4, 10, 11, 12].map((number) =>
    parser.registerOscHandler(number, (data) => data.includes("?") && silent()),
  );
  const all = [...csi, version, ...modes, status, ...colours];
  return { dispose: () => all.forEach((handler) => handler.dispose()) };
}
