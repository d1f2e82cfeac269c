// `drydock lesson dev`: the page of a lesson with what its author wants to know beside it.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Drydock } from "../support/drydock.ts";
import { findings } from "../support/findings.ts";
import { Lesson } from "../support/lesson.ts";
import { expect, test as base } from "../support/test.ts";

const COURSES = fileURLToPath(new URL("../../content", import.meta.url));

interface OfWorker {
  /** Courses that a test may change. */
  courses: string;
}

const test = base.extend<object, OfWorker>({
  courses: [
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), "drydock-courses-"));
      cpSync(COURSES, folder, { recursive: true });
      await use(folder);
      rmSync(folder, { recursive: true });
    },
    { scope: "worker" },
  ],
  drydock: [
    async ({ courses }, use, info) => {
      const drydock = await Drydock.start(info.workerIndex, {}, ["lesson", "dev", courses]);
      await use(drydock);
      drydock.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
});

test("an author sees what each condition finds, tries mistakes, and is told of errors", async ({ page, courses }) => {
  test.slow();
  const lesson = new Lesson(page);
  const sockets: string[] = [];
  page.on("websocket", (socket) => sockets.push(new URL(socket.url()).pathname));
  await page.goto("/courses/handing/final");
  await lesson.awake();
  await lesson.start();
  await page.getByRole("button", { name: "Author" }).click();
  const pane = page.getByRole("complementary", { name: "Author" });
  // Who has no session yet would be two learners on two sockets, and wait for the other one's sandbox.
  expect(sockets.filter((path) => path.endsWith("/events"))).toHaveLength(1);

  await pane.getByRole("button", { name: "Run pitfall 1" }).click();
  await expect(pane.getByRole("status")).toContainText("It fails at", { timeout: 60_000 });
  await expect(pane.getByRole("listitem").nth(1)).toContainText("does not hold: cmd");
  await expect(pane.getByRole("listitem").nth(1)).toContainText("echo hello");
  for (const theme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: theme });
    expect(await findings(page)).toEqual([]);
  }

  await pane.getByRole("button", { name: "Run solution" }).click();
  await expect(pane.getByRole("status")).toContainText("The solution passes.", { timeout: 60_000 });
  await expect(pane.getByRole("listitem").nth(1)).toContainText("holds");

  // An error in the file is told with its place, and the page stays as it was.
  const file = join(courses, "handing/01-final/lesson.md");
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace("cmd:", "cmdd:"));
  await expect(pane).toContainText("lesson.md:19", { timeout: 10_000 });
  await expect(pane).toContainText("cmd");
  await expect(lesson.exercise("greeting")).toContainText("says hello");

  // What is mended and changed is there by itself.
  writeFileSync(file, text.replace("says hello.", "says hello to you."));
  await expect(lesson.exercise("greeting")).toContainText("says hello to you.", { timeout: 10_000 });
});
