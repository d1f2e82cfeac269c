import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "../terminal/backoff";

const waits = (backoff: Backoff, count: number) => Array.from({ length: count }, () => backoff.next());

test("each wait is twice the last, up to ten seconds", () => {
  const latest = () => 1;
  assert.deepEqual(waits(new Backoff(latest), 8), [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
});

test("chance takes off up to a half", () => {
  const earliest = () => 0;
  assert.deepEqual(waits(new Backoff(earliest), 3), [125, 250, 500]);
});

test("a good connection starts over", () => {
  const backoff = new Backoff(() => 1);
  waits(backoff, 5);
  backoff.reset();
  assert.equal(backoff.next(), 250);
});

test("an hour of tries never overflows", () => {
  assert.equal(waits(new Backoff(() => 1), 5000).at(-1), 10_000);
});
