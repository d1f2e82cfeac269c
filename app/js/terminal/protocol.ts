// What goes over a terminal's socket. The same in Rust: crates/protocol/src/live.rs. Binary frames are the terminal's
// bytes, both ways; text frames are JSON control.

/** The browser acknowledges at least every so many rendered bytes. */
export const ACK_EVERY_BYTES = 64 * 1024;

/** The largest frame that a browser may send. */
export const FRAME_MAX_BYTES = 64 * 1024;

/** Close codes that the server gives a meaning. */
export const Close = {
  /** This client did not keep up and was let go. It may come back. */
  tooSlow: 4000,
  /** The shell ended. */
  ended: 4001,
  /** There is no sandbox any more. */
  noSandbox: 4004,
} as const;

/** Control towards the terminal. */
export type ToTerminal =
  | { type: "resize"; cols: number; rows: number }
  | { type: "ack"; bytes: number };

/** Control from the terminal. */
export type FromTerminal =
  | { type: "replay"; cols: number; rows: number; fresh: boolean }
  | { type: "live" }
  | { type: "size"; cols: number; rows: number }
  | { type: "ended"; status: number };

/** Reads a text frame; undefined for what this version does not know, which is not an error. */
export function parseControl(text: string): FromTerminal | undefined {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof frame !== "object" || frame === null || !("type" in frame)) return undefined;
  const fields = frame as Record<string, unknown>;
  switch (fields.type) {
    case "replay":
      return isSize(fields) ? { type: "replay", ...size(fields), fresh: fields.fresh === true } : undefined;
    case "live":
      return { type: "live" };
    case "size":
      return isSize(fields) ? { type: "size", ...size(fields) } : undefined;
    case "ended":
      return { type: "ended", status: typeof fields.status === "number" ? fields.status : 0 };
    default:
      return undefined;
  }
}

function isSize(fields: Record<string, unknown>): boolean {
  const within = (value: unknown, least: number) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= 1000;
  return within(fields.cols, 2) && within(fields.rows, 1);
}

function size(fields: Record<string, unknown>): { cols: number; rows: number } {
  return { cols: fields.cols as number, rows: fields.rows as number };
}

/**
 * Bytes as frames of at most `FRAME_MAX_BYTES`. Where a frame ends does not matter, not even within a character: the
 * terminal sees one stream.
 */
export function frames(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const cut: Uint8Array<ArrayBuffer>[] = [];
  for (let from = 0; from < bytes.length; from += FRAME_MAX_BYTES) {
    cut.push(bytes.subarray(from, from + FRAME_MAX_BYTES));
  }
  return cut;
}
