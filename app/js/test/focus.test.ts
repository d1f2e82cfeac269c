import assert from "node:assert/strict";
import { test } from "node:test";
import { Keys } from "../terminal/focus";

const key = (name: string, held: Partial<Record<"ctrlKey" | "shiftKey" | "altKey" | "metaKey", boolean>> = {}) => ({
  key: name,
  ctrlKey: false,
  shiftKey: false,
  altKey: false,
  metaKey: false,
  ...held,
});

test("Tab is the shell's", () => {
  assert.equal(new Keys().press(key("Tab"), 0), "shell");
});

test("Escape and then Tab leaves, forwards and backwards", () => {
  const keys = new Keys();
  assert.equal(keys.press(key("Escape"), 0), "shell");
  assert.equal(keys.press(key("Tab"), 500), "page");
  keys.press(key("Escape"), 1000);
  keys.press(key("Shift", { shiftKey: true }), 1200);
  assert.equal(keys.press(key("Tab", { shiftKey: true }), 1300), "page");
});

test("a key between the two, or a long pause, makes Tab the shell's again", () => {
  const keys = new Keys();
  keys.press(key("Escape"), 0);
  keys.press(key("a"), 100);
  assert.equal(keys.press(key("Tab"), 200), "shell");
  keys.press(key("Escape"), 300);
  assert.equal(keys.press(key("Tab"), 2301), "shell");
});

test("Ctrl+C stops a program, with Shift it copies", () => {
  const keys = new Keys();
  assert.equal(keys.press(key("c", { ctrlKey: true }), 0), "shell");
  assert.equal(keys.press(key("C", { ctrlKey: true, shiftKey: true }), 0), "copy");
  assert.equal(keys.press(key("V", { ctrlKey: true, shiftKey: true }), 0), "page");
});
