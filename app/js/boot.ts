// The one script of a page: starts the interface's WASM and wakes the islands that stand in the page. Everything that
// is not needed for the first look (the terminal, the panels, the editor) is a chunk of its own, loaded when it is asked for.

import * as glue from "drydock-glue";
import { wake } from "./islands";

declare global {
  /** What the interface, which is WASM, may ask of the page's script. */
  var drydock: {
    /** Loads the terminal's code. */
    terminal(): Promise<typeof import("./terminal")>;
    /** Loads the panels' code. */
    panels(): Promise<typeof import("./panels")>;
    /** Loads the editor's code. */
    editor(): Promise<typeof import("./editor")>;
    /** Who wants the frames of the page's events socket, as they come. */
    hears: ((frame: string) => void)[];
    /** Tells them. */
    tell(frame: string): void;
  };
}

globalThis.drydock = {
  terminal: () => import(TERMINAL),
  panels: () => import(PANELS),
  editor: () => import(EDITOR),
  hears: [],
  tell(frame) {
    for (const hear of this.hears) hear(frame);
  },
};

// A module has no `document.currentScript`, so the tag is looked for: it is the one that says where the WASM is.
const wasm = document.querySelector<HTMLScriptElement>("script[data-wasm]")?.dataset.wasm;

if (wasm) {
  await glue.default({ module_or_path: new URL(wasm, document.baseURI) });
  glue.hydrate();
  wake(document, { ...glue });
  // For styles that differ until then, and for tests that must not click too early.
  document.documentElement.dataset.awake = "";
}

if (DRYDOCK_DEV) {
  const { reloadOnChange } = await import("./reload");
  reloadOnChange();
}

export {};
