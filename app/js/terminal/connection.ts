// The socket of one terminal: connects, and connects again for as long as there is something to come back to. Knows
// bytes and control frames, and nothing of how they are shown.

import { Backoff, STEADY_MS } from "./backoff";
import { Close, frames, parseControl, type FromTerminal, type ToTerminal } from "./protocol";

/** A try that has not connected after this long is given up for the next. */
const CONNECT_TIMEOUT_MS = 10_000;

const encoder = new TextEncoder();

/** What a connection tells the terminal that holds it. */
export interface Listener {
  /** Bytes to show. */
  bytes(bytes: Uint8Array): void;
  /** Control; `replay` is the first of every connection. */
  control(frame: FromTerminal): void;
  /** The connection is gone. `waiting` comes back by itself; the others only by `connect`. */
  lost(why: "waiting" | "ended" | "gone"): void;
}

/** A connection that is made again whenever it is lost. */
export class Connection {
  readonly #url: string;
  readonly #listener: Listener;
  readonly #backoff = new Backoff();
  readonly #stop = new AbortController();
  #socket: WebSocket | undefined;
  /** Whether there is nothing to come back to, until somebody asks for it. */
  #settled = true;
  #retry: ReturnType<typeof setTimeout> | undefined;

  /** Does not connect yet. `url` may be relative to the page. */
  constructor(url: string, listener: Listener) {
    const address = new URL(url, document.baseURI);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    this.#url = address.href;
    this.#listener = listener;

    const { signal } = this.#stop;
    // A connection from before the network went may never say that it is dead: it is made anew.
    window.addEventListener("online", () => this.#settled || this.connect(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry(), { signal });
    window.addEventListener("pageshow", () => this.#hurry(), { signal });
  }

  /** Connects now, whatever was before. */
  connect(): void {
    if (this.#stop.signal.aborted) return;
    this.#drop();
    this.#settled = false;
    const socket = new WebSocket(this.#url);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    let openedAt = Number.POSITIVE_INFINITY;
    const timeout = setTimeout(() => socket.close(), CONNECT_TIMEOUT_MS);

    socket.onopen = () => {
      clearTimeout(timeout);
      openedAt = performance.now();
    };
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
      if (typeof data !== "string") {
        this.#listener.bytes(new Uint8Array(data));
        return;
      }
      const frame = parseControl(data);
      if (frame) this.#listener.control(frame);
    };
    socket.onclose = ({ code }) => {
      clearTimeout(timeout);
      // One that was dropped for another has nothing more to say.
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      if (performance.now() - openedAt >= STEADY_MS) this.#backoff.reset();
      this.#lost(code);
    };
  }

  /** Sends typed text; false if there is nothing to send it over. */
  type(text: string): boolean {
    return this.bytes(encoder.encode(text));
  }

  /** Sends bytes; false if there is nothing to send them over. */
  bytes(bytes: Uint8Array<ArrayBuffer>): boolean {
    const socket = this.#open();
    if (!socket) return false;
    for (const frame of frames(bytes)) socket.send(frame);
    return true;
  }

  /** Sends control; false if there is nothing to send it over. */
  control(frame: ToTerminal): boolean {
    const socket = this.#open();
    socket?.send(JSON.stringify(frame));
    return socket !== undefined;
  }

  /** Closes for good. */
  dispose(): void {
    this.#stop.abort();
    this.#drop();
  }

  #open(): WebSocket | undefined {
    return this.#socket?.readyState === WebSocket.OPEN ? this.#socket : undefined;
  }

  #lost(code: number): void {
    this.#settled = code === Close.ended || code === Close.noSandbox;
    if (this.#settled) return this.#listener.lost(code === Close.ended ? "ended" : "gone");
    this.#retry = setTimeout(() => this.connect(), this.#backoff.next());
    this.#listener.lost("waiting");
  }

  /** Whoever looks at the page again does not want to wait. */
  #hurry(): void {
    if (this.#retry !== undefined) this.connect();
  }

  #drop(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }
}
