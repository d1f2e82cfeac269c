// A terminal on the page: xterm.js, drawn in the page's colours, on a connection that comes back by itself. Loaded
// when the first terminal opens; the interface's Rust calls `mount`.

import { FitAddon } from "@xterm/addon-fit";
import { UnicodeGraphemesAddon } from "@xterm/addon-unicode-graphemes";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { Terminal as Xterm } from "@xterm/xterm";
import xtermCss from "@xterm/xterm/css/xterm.css";
import { Acks } from "./terminal/acks";
import { answerUnless } from "./terminal/answers";
import { Connection } from "./terminal/connection";
import { Keys, WAY_OUT } from "./terminal/focus";
import type { FromTerminal } from "./terminal/protocol";
import { addRules, withoutStyleElements } from "./terminal/styles";
import { pasted, typed } from "./terminal/text";
import { fontFamily, onThemeChange, theme } from "./terminal/theme";

/** How a terminal is; the detail, where there is one, is a sentence for the learner. */
export type State = "connecting" | "open" | "reconnecting" | "ended" | "gone";

/** What a terminal needs to know from the page. */
export interface Options {
  /** The terminal's socket; may be relative to the page. */
  url: string;
  /** What screen readers call it. */
  label: string;
  /** Called, never from within a call into the terminal, whenever the state or its detail changes. */
  onState(state: State, detail?: string): void;
  /** Called when a program sets the terminal's title. */
  onTitle?(title: string): void;
}

/** Changes of size are sent once the dragging pauses for this long. */
const RESIZE_PAUSE_MS = 80;

/** How long a command may wait for a fresh shell's first prompt. A shell without bracketed paste never shows one. */
const PROMPT_WITHIN_MS = 2000;

/** Lines kept above the screen. */
const SCROLLBACK_LINES = 5000;

/** A third of a line between lines, as the lessons' code has it: 14 px type on 21 px lines. */
const FONT_SIZE_PX = 14;
const LINE_HEIGHT = 1.14;

/** On a phone, so that a line of `docker images` has more of its columns: 55 of them on 390 px. */
const PHONE = "(max-width: 480px)";
const PHONE_FONT_SIZE_PX = 11;

/** Whether screen readers get a live copy of the screen: remembered by the browser, for all terminals. */
const SCREEN_READER_KEY = "drydock.screenReader";

/** A slimmer scroll bar than xterm.js draws; how wide its place is stays as it is, since lines are fitted beside it. */
const SCROLLBAR_CSS = `
.xterm .xterm-scrollable-element > .scrollbar.vertical > .slider {
  width: 8px !important;
  left: 3px !important;
  border-radius: 4px;
}`;

const NOT_SENT = "Not connected: what you type is not sent.";

let xtermRules: (() => void) | undefined;

/** Draws a terminal into an element and connects it. */
export function mount(element: HTMLElement, options: Options): Terminal {
  xtermRules ??= addRules(xtermCss + SCROLLBAR_CSS);
  return new Terminal(element, options);
}

/** Whether terminals are made for screen readers. */
export function screenReader(): boolean {
  try {
    return localStorage.getItem(SCREEN_READER_KEY) === "on";
  } catch {
    return false; // storage is turned off
  }
}

function fontSize(): number {
  return matchMedia(PHONE).matches ? PHONE_FONT_SIZE_PX : FONT_SIZE_PX;
}

/** A terminal on the page. */
export class Terminal {
  readonly #element: HTMLElement;
  readonly #options: Options;
  readonly #xterm: Xterm;
  readonly #fitter = new FitAddon();
  readonly #connection: Connection;
  readonly #keys = new Keys();
  readonly #stop = new AbortController();

  #state: State = "connecting";
  #detail: string | undefined;
  #acks = new Acks();
  /** Counts attachments: what an earlier one still has to render is not this one's to acknowledge. */
  #attachment = 0;
  /** The shell is connected and its screen has been drawn: typing arrives. */
  #live = false;
  /** The terminal has this tab's size. Another tab may take it. */
  #sized = false;
  /** Commands that wait for a fresh shell to show its prompt. */
  #waiting: string[] | undefined;
  #resizing: ReturnType<typeof setTimeout> | undefined;

  constructor(element: HTMLElement, options: Options) {
    this.#element = element;
    this.#options = options;
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    this.#xterm = new Xterm({
      // The grapheme addon stands on interfaces that xterm.js calls proposed.
      allowProposedApi: true,
      cursorBlink: !still.matches,
      fontFamily: fontFamily(element),
      fontSize: fontSize(),
      lineHeight: LINE_HEIGHT,
      // Programs choose colours without knowing the theme: keep what they write readable.
      minimumContrastRatio: 4.5,
      screenReaderMode: screenReader(),
      scrollback: SCROLLBACK_LINES,
      theme: theme(element),
      linkHandler: { activate: (_event, address) => open(address) },
    });
    this.#connection = new Connection(options.url, {
      bytes: (bytes) => this.#draw(bytes),
      control: (frame) => this.#control(frame),
      lost: (why) => this.#lost(why),
    });
    this.#assemble();
    still.addEventListener(
      "change",
      () => {
        this.#xterm.options.cursorBlink = !still.matches;
      },
      { signal: this.#stop.signal },
    );
    matchMedia(PHONE).addEventListener(
      "change",
      () => {
        this.#xterm.options.fontSize = fontSize();
        if (this.#sized) this.fit();
      },
      { signal: this.#stop.signal },
    );
    this.#tell("connecting");
    this.#connection.connect();
  }

  /** Moves the focus into the terminal. */
  focus(): void {
    this.#xterm.focus();
  }

  /**
   * Types a command and presses Enter. False if it could not be sent: there is no connection, or a program that fills
   * the screen would take it for its own keys.
   */
  run(command: string): boolean {
    if (!this.#live) {
      this.#refuse();
      return false;
    }
    if (this.#xterm.buffer.active.type === "alternate") {
      this.#tell(this.#state, "A program fills the terminal: leave it first, then run the command.");
      return false;
    }
    if (this.#waiting) this.#waiting.push(command);
    else this.#type(typed(command, this.#xterm.modes.bracketedPasteMode));
    this.#xterm.scrollToBottom();
    return true;
  }

  /** Pastes text, as the browser's own paste does. */
  paste(text: string): void {
    this.#type(pasted(text, this.#xterm.modes.bracketedPasteMode));
  }

  /** Takes on the size that the element has now. */
  fit(): void {
    const size = this.#fitter.proposeDimensions();
    // An element that is not shown has no size to take on.
    if (!size || !(size.cols >= 2) || !(size.rows >= 1) || this.#element.clientHeight === 0) return;
    const cols = Math.min(size.cols, 1000);
    const rows = Math.min(size.rows, 1000);
    if (cols !== this.#xterm.cols || rows !== this.#xterm.rows) this.#xterm.resize(cols, rows);
    clearTimeout(this.#resizing);
    this.#resizing = setTimeout(() => this.#claim(), RESIZE_PAUSE_MS);
  }

  /** Takes on the colours that the page has now. It looks by itself when the theme changes. */
  setTheme(): void {
    this.#xterm.options.theme = theme(this.#element);
  }

  /** Has screen readers read the screen, or not; remembered for all terminals of this browser. */
  setScreenReader(on: boolean): void {
    try {
      localStorage.setItem(SCREEN_READER_KEY, on ? "on" : "off");
    } catch {
      // Storage is turned off: it holds for this page.
    }
    this.#xterm.options.screenReaderMode = on;
  }

  /** Connects again, after the shell ended or when there is a new sandbox. */
  reconnect(): void {
    this.#tell("connecting");
    this.#connection.connect();
  }

  /** Takes the terminal off the page. The shell goes on. */
  dispose(): void {
    this.#stop.abort();
    clearTimeout(this.#resizing);
    this.#connection.dispose();
    this.#xterm.dispose();
  }

  #assemble(): void {
    const xterm = this.#xterm;
    const { signal } = this.#stop;
    xterm.loadAddon(this.#fitter);
    xterm.loadAddon(new UnicodeGraphemesAddon());
    xterm.loadAddon(new WebLinksAddon((_event, address) => open(address)));
    answerUnless(xterm, () => !this.#live || !this.#sized);
    withoutStyleElements(() => xterm.open(this.#element));

    xterm.textarea?.setAttribute("aria-label", this.#options.label);
    xterm.textarea?.setAttribute("aria-description", WAY_OUT);
    xterm.onData((text) => this.#typedByHand(text));
    // Bytes that are not text: what some programs ask the mouse to send. Each character stands for one byte.
    xterm.onBinary((bytes) => this.#live && this.#connection.bytes(Uint8Array.from(bytes, (one) => one.charCodeAt(0))));
    xterm.onTitleChange((title) => this.#options.onTitle?.(title));
    xterm.attachCustomKeyEventHandler((event) => this.#isForShell(event));
    xterm.onWriteParsed(() => this.#promptMayBeThere());
    xterm.textarea?.addEventListener("focus", () => this.#sized || this.fit(), { signal });

    // Before xterm.js sees it, which would let control characters through.
    this.#element.addEventListener(
      "paste",
      (event) => {
        event.preventDefault();
        event.stopPropagation();
        this.paste(event.clipboardData?.getData("text/plain") ?? "");
      },
      { capture: true, signal },
    );

    onThemeChange(() => this.setTheme(), signal);
    const resized = new ResizeObserver(() => {
      // A tab in the background leaves the size to the one that is in use.
      if (this.#sized || document.hasFocus()) this.fit();
    });
    resized.observe(this.#element);
    signal.addEventListener("abort", () => resized.disconnect());

    // Cells are measured with the font that is there: once more when the right one is.
    const family = fontFamily(this.#element);
    void document.fonts.load(`${FONT_SIZE_PX}px ${family}`).then((faces) => {
      if (signal.aborted || faces.length === 0) return;
      xterm.options.fontFamily = `${family}, monospace`;
      if (this.#sized) this.fit();
    });
  }

  #draw(bytes: Uint8Array): void {
    const attachment = this.#attachment;
    this.#xterm.write(bytes, () => {
      if (attachment !== this.#attachment) return;
      const total = this.#acks.rendered(bytes.length);
      if (total !== undefined) this.#connection.control({ type: "ack", bytes: total });
    });
  }

  #control(frame: FromTerminal): void {
    switch (frame.type) {
      case "replay":
        this.#attachment += 1;
        this.#acks = new Acks();
        this.#live = false;
        this.#waiting = frame.fresh ? [] : undefined;
        // A full reset, in line after what is still to be drawn from before.
        this.#xterm.write("\x1bc");
        // What follows was drawn for this size, and only fits it.
        this.#whenDrawn(() => this.#xterm.resize(frame.cols, frame.rows));
        break;
      case "live":
        this.#whenDrawn(() => this.#goLive());
        break;
      case "size":
        this.#sized = false;
        clearTimeout(this.#resizing);
        this.#whenDrawn(() => this.#sized || this.#xterm.resize(frame.cols, frame.rows));
        break;
      case "ended":
        this.#xterm.write(`\r\n\x1b[2mThe shell ended (${frame.status}). Press Enter for a new one.\x1b[m\r\n`);
        break;
    }
  }

  /** Does something once everything that came before it is on the screen, unless the connection is another by then. */
  #whenDrawn(act: () => void): void {
    const attachment = this.#attachment;
    this.#xterm.write("", () => {
      if (attachment === this.#attachment && !this.#stop.signal.aborted) act();
    });
  }

  #goLive(): void {
    this.#live = true;
    // A tab in the background does not take the terminal's size away from the one that is in use.
    if (this.#waiting || this.#sized || document.hasFocus()) this.fit();
    if (this.#waiting) {
      const attachment = this.#attachment;
      setTimeout(() => attachment === this.#attachment && this.#runWaiting(), PROMPT_WITHIN_MS);
      this.#promptMayBeThere();
    }
    this.#tell("open");
  }

  #lost(why: "waiting" | "ended" | "gone"): void {
    this.#attachment += 1;
    this.#live = false;
    this.#waiting = undefined;
    const coming = this.#state === "connecting" ? "connecting" : "reconnecting";
    const state = why === "waiting" ? coming : why;
    // What was said to somebody who typed stays until there is a connection, however often one is tried.
    this.#tell(state, state === this.#state ? this.#detail : undefined);
  }

  /** The shell takes bracketed pastes while it waits at its prompt, and at no other time. */
  #promptMayBeThere(): void {
    if (this.#live && this.#waiting && this.#xterm.modes.bracketedPasteMode) this.#runWaiting();
  }

  #runWaiting(): void {
    const commands = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const command of commands) this.#type(typed(command, this.#xterm.modes.bracketedPasteMode));
  }

  #typedByHand(text: string): void {
    if (this.#state === "ended" && text === "\r") this.reconnect();
    else this.#type(text);
  }

  /** Sends text, or says that it was not sent: nothing that a learner types vanishes unseen. */
  #type(text: string): void {
    if (!this.#live || !this.#connection.type(text)) this.#refuse();
  }

  #refuse(): void {
    if (this.#state !== "ended" && this.#state !== "gone") this.#tell(this.#state, NOT_SENT);
  }

  /** Gives the terminal this tab's size. */
  #claim(): void {
    if (!this.#live) return;
    const { cols, rows } = this.#xterm;
    this.#sized = this.#connection.control({ type: "resize", cols, rows });
  }

  #isForShell(event: KeyboardEvent): boolean {
    if (event.type !== "keydown") return true;
    const meaning = this.#keys.press(event, performance.now());
    if (meaning === "copy") {
      event.preventDefault();
      const selection = this.#xterm.getSelection();
      // Refused only on pages that are not secure, where the browser's own menu still copies.
      if (selection) void navigator.clipboard?.writeText(selection).catch(() => {});
    }
    return meaning === "shell";
  }

  #tell(state: State, detail?: string): void {
    if (state === this.#state && detail === this.#detail && this.#element.dataset.state === state) return;
    this.#state = state;
    this.#detail = detail;
    this.#element.dataset.state = state;
    // Not at once: the interface may be in the middle of a call to us, and must not be called back within it.
    queueMicrotask(() => {
      if (!this.#stop.signal.aborted) this.#options.onState(state, detail);
    });
  }
}

/** Opens a link that a program printed, knowing nothing of us. */
function open(address: string): void {
  if (/^https?:\/\//i.test(address)) window.open(address, "_blank", "noopener,noreferrer");
}
