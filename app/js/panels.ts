// The panels of the workbench: a WASM module of their own, loaded when the first of them is opened.

import * as glue from "drydock-panels";

await glue.default({ module_or_path: new URL(PANELS_WASM, import.meta.url) });
globalThis.drydock.hears.push(glue.hear);

/** Draws a panel into an element, or has it catch up where it is drawn already. */
export const open: (name: string, element: HTMLElement) => void = glue.open;

/** Opens a file of the learner's in the panel "files", at a line. */
export const openFile: (path: string, line: number) => void = glue.open_file;
