// The terminal's colours and type, from the page's own style: custom properties `--term-*` on the terminal's element.

import type { ITheme } from "@xterm/xterm";

/** xterm.js's name of each colour, and the custom property that it comes from. */
const COLOURS = {
  background: "--term-background",
  foreground: "--term-foreground",
  cursor: "--term-cursor",
  cursorAccent: "--term-cursor-accent",
  selectionBackground: "--term-selection",
  scrollbarSliderBackground: "--term-scrollbar",
  scrollbarSliderHoverBackground: "--term-scrollbar-hover",
  scrollbarSliderActiveBackground: "--term-scrollbar-hover",
  black: "--term-black",
  red: "--term-red",
  green: "--term-green",
  yellow: "--term-yellow",
  blue: "--term-blue",
  magenta: "--term-magenta",
  cyan: "--term-cyan",
  white: "--term-white",
  brightBlack: "--term-bright-black",
  brightRed: "--term-bright-red",
  brightGreen: "--term-bright-green",
  brightYellow: "--term-bright-yellow",
  brightBlue: "--term-bright-blue",
  brightMagenta: "--term-bright-magenta",
  brightCyan: "--term-bright-cyan",
  brightWhite: "--term-bright-white",
} as const satisfies Partial<Record<keyof ITheme, string>>;

/** The colours as they are now. A property that the page does not set leaves xterm.js's own colour. */
export function theme(element: HTMLElement): ITheme {
  const colours: Record<string, string> = {};
  const probe = document.createElement("span");
  probe.hidden = true;
  element.append(probe);
  const painter = new Painter();
  const set = getComputedStyle(element);
  for (const [name, property] of Object.entries(COLOURS)) {
    if (set.getPropertyValue(property).trim() === "") continue;
    // The browser works out var(), light-dark() and color-mix() where a colour is used, not where it is named.
    probe.style.color = `var(${property})`;
    colours[name] = painter.hex(getComputedStyle(probe).color);
  }
  probe.remove();
  return colours;
}

/** The family to draw with. */
export function fontFamily(element: HTMLElement): string {
  const set = getComputedStyle(element).getPropertyValue("--term-font").trim();
  return set || '"JetBrains Mono Variable", ui-monospace, monospace';
}

/** Calls back whenever the page's colours may have changed, until the signal aborts. */
export function onThemeChange(changed: () => void, signal: AbortSignal): void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  signal.addEventListener("abort", () => observer.disconnect());
  for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"]) {
    matchMedia(query).addEventListener("change", changed, { signal });
  }
}

/** Turns colours of any notation (oklch, color-mix …) into the `#rrggbbaa` that xterm.js reads. */
class Painter {
  readonly #canvas: CanvasRenderingContext2D | null;

  constructor() {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    this.#canvas = canvas.getContext("2d", { willReadFrequently: true });
  }

  hex(colour: string): string {
    const canvas = this.#canvas;
    if (!canvas) return colour;
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const pixel = canvas.getImageData(0, 0, 1, 1).data;
    return `#${Array.from(pixel, (part) => part.toString(16).padStart(2, "0")).join("")}`;
  }
}
