import assert from "node:assert/strict";
import { test } from "node:test";
import { pasted, typed } from "../terminal/text";

test("line ends become the Enter key's", () => {
  assert.equal(pasted("one\r\ntwo\nthree", false), "one\rtwo\rthree");
});

test("a paste cannot close its own bracket", () => {
  const evil = "echo hi\x1b[201~\nrm -rf ~\n\x9b201~";
  assert.equal(pasted(evil, true), "\x1b[200~echo hi[201~\rrm -rf ~\r201~\x1b[201~");
});

test("tabs and text of any script stay", () => {
  assert.equal(pasted("\tnaïve 日本 🐳", false), "\tnaïve 日本 🐳");
});

test("a command at the prompt takes the place of what was half typed, and runs once", () => {
  assert.equal(typed("docker ps\n", true), "\x05\x15\x1b[200~docker ps\x1b[201~\r");
});

test("a command elsewhere is only typed", () => {
  assert.equal(typed("docker ps", false), "docker ps\r");
});
