import assert from "node:assert/strict";
import { test } from "node:test";
import { FRAME_MAX_BYTES, frames, parseControl } from "../terminal/protocol";

test("a large paste is cut, and nothing of it is lost", () => {
  const text = "é".repeat(FRAME_MAX_BYTES);
  const cut = frames(new TextEncoder().encode(text));
  assert.equal(cut.length, 2);
  assert.ok(cut.every((frame) => frame.length <= FRAME_MAX_BYTES));
  assert.equal(Buffer.concat(cut).toString("utf8"), text);
});

test("nothing typed is nothing sent", () => {
  assert.deepEqual(frames(new Uint8Array()), []);
});

test("control frames are read as the server writes them", () => {
  assert.deepEqual(parseControl('{"type":"replay","cols":80,"rows":24,"fresh":true}'), {
    type: "replay",
    cols: 80,
    rows: 24,
    fresh: true,
  });
  assert.deepEqual(parseControl('{"type":"live"}'), { type: "live" });
  assert.deepEqual(parseControl('{"type":"size","cols":2,"rows":1}'), { type: "size", cols: 2, rows: 1 });
  assert.deepEqual(parseControl('{"type":"ended","status":137}'), { type: "ended", status: 137 });
});

test("what cannot be meant is ignored", () => {
  for (const text of ["", "null", "[]", '{"type":"later"}', '{"type":"size","cols":1,"rows":1}', '{"type":"replay"}']) {
    assert.equal(parseControl(text), undefined, text);
  }
});
