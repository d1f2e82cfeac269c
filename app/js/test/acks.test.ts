import assert from "node:assert/strict";
import { test } from "node:test";
import { Acks } from "../terminal/acks";
import { ACK_EVERY_BYTES } from "../terminal/protocol";

test("a running total is acknowledged once enough is on the screen", () => {
  const acks = new Acks();
  assert.equal(acks.rendered(ACK_EVERY_BYTES - 1), undefined);
  assert.equal(acks.rendered(1), ACK_EVERY_BYTES);
  assert.equal(acks.rendered(10), undefined);
  assert.equal(acks.rendered(3 * ACK_EVERY_BYTES), 4 * ACK_EVERY_BYTES + 10);
});

test("what is not yet acknowledged always stays below one step", () => {
  const acks = new Acks();
  let total = 0;
  let acknowledged = 0;
  for (let size = 1; total < 40 * ACK_EVERY_BYTES; size = (size * 7919) % 20_011) {
    total += size;
    acknowledged = acks.rendered(size) ?? acknowledged;
    assert.ok(total - acknowledged < ACK_EVERY_BYTES);
  }
});
