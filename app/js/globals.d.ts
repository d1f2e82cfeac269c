// What the bundler puts in: see xtask/src/bundle.rs.

/** True in what `cargo xtask watch` and `build --dev` make. */
declare const DRYDOCK_DEV: boolean;

/** Where the terminal's code is, relative to this script. */
declare const TERMINAL: string;

/** Where the panels' code is, relative to this script. */
declare const PANELS: string;

/** Where the editor's code is, relative to this script. */
declare const EDITOR: string;

/** Where the panels' WASM is, relative to their script. */
declare const PANELS_WASM: string;

/** The glue that wasm-bindgen makes for the interface: its start, and one function for each island. */
declare module "drydock-glue" {
  export default function start(from: { module_or_path: string | URL }): Promise<unknown>;
  export function hydrate(): void;
}

/** The same for the panels. */
declare module "drydock-panels" {
  export default function start(from: { module_or_path: string | URL }): Promise<unknown>;
  export function open(name: string, element: HTMLElement): void;
  export function open_file(path: string, line: number): void;
  export function hear(frame: string): void;
}

declare module "*.css" {
  const text: string;
  export default text;
}
