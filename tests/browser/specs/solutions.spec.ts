// Solutions on request, beginning an exercise again, and skipping to one: the controls on the card.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { TRY_LESSON, writeCourse } from "../support/course.ts";
import { Drydock } from "../support/drydock.ts";
import { Lesson } from "../support/lesson.ts";
import { expect, forgive, test as base } from "../support/test.ts";

/** Pictures to look at by eye, where somebody wants them. */
const PICTURES = process.env.SOLUTION_PICTURES;

const test = base.extend<{ lesson: Lesson }, { drydock: Drydock }>({
  drydock: [
    async ({}, use, info) => {
      const content = mkdtempSync(join(tmpdir(), "drydock-course-"));
      writeCourse(content, "after 1 fail");
      const drydock = await Drydock.start(info.workerIndex, { DRYDOCK_CONTENT: content, DRYDOCK_REGISTRY__ENABLED: "false" });
      await use(drydock);
      drydock.stop();
      rmSync(content, { recursive: true });
    },
    { scope: "worker", timeout: 120_000 },
  ],
  lesson: async ({ page }, use) => {
    const lesson = new Lesson(page);
    await page.goto(TRY_LESSON);
    await lesson.awake();
    await use(lesson);
  },
});

test("a solution is asked for, confirmed, shown as commands and run", async ({ lesson, page, complaints }) => {
  await lesson.start();
  const card = lesson.exercise("tag");
  const ask = card.getByRole("button", { name: "Solution" });

  // Not due yet: that is said, and nothing is shown.
  await ask.click();
  await expect(card.getByRole("status").first()).toContainText("1 more try");
  await expect(card.locator(".solution .code__row")).toHaveCount(0);

  await card.getByRole("button", { name: "Check now" }).click();
  await expect(card.locator(".condition__message")).toBeVisible();
  await ask.click();
  const dialog = page.getByRole("dialog", { name: "Show the solution?" });
  await expect(dialog).toContainText("no more points");
  expect((await new AxeBuilder({ page }).include("dialog").analyze()).violations).toEqual([]);
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/ask.png` });
  await dialog.getByRole("button", { name: "Not yet" }).click();
  await expect(card.locator(".solution .code__row")).toHaveCount(0);
  await ask.click();
  await dialog.getByRole("button", { name: "Show it" }).click();
  const row = card.locator(".solution .code__row");
  await expect(row).toContainText("docker tag busybox mine:v1");
  await expect(ask).toBeHidden();
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/shown.png` });
  expect((await new AxeBuilder({ page }).include("#exercise-tag").analyze()).violations).toEqual([]);

  await row.getByRole("button", { name: "Run" }).click();
  await lesson.passed("tag");
  await expect(card.locator(".exercise__after")).toContainText("after its solution was shown");
  await expect(card.locator(".exercise__won")).toHaveText("0 of 2 points");
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/passed.png` });
  forgive(complaints, /409/); // Chromium reports the refusals themselves as errors.
});

test("an exercise with a setup can be begun again", async ({ lesson, page }) => {
  await lesson.start();
  const card = lesson.exercise("notes");
  await lesson.type("echo new > notes.txt");
  await lesson.passed("notes");
  await card.getByRole("button", { name: "More for this exercise" }).click();
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/menu.png` });
  await page.getByRole("button", { name: /Begin it again/ }).click();
  const dialog = page.getByRole("dialog", { name: "Begin this exercise again?" });
  await dialog.getByRole("button", { name: "Begin again" }).click();
  // It stays passed, and what does not hold any more speaks again, until it does.
  const unmet = card.locator(".condition[data-state=unmet]");
  await expect(unmet).toHaveCount(1);
  await expect(unmet.locator(".condition__message")).toBeVisible();
  await expect(card.getByRole("button", { name: "Check" })).toBeVisible();
  await lesson.type("cat notes.txt");
  await expect(lesson.screen).toContainText("old");
  await expect(card.locator(".exercise__won")).toHaveText("2 of 2 points");
  await lesson.type("echo new > notes.txt");
  await expect(unmet).toHaveCount(0);
  await lesson.type("echo old > notes.txt");
  await expect(card.locator(".condition[data-state=was-met]")).toHaveCount(1);
  await expect(lesson.exercise("tag").getByRole("button", { name: "More for this exercise" })).toHaveCount(0);
});

test("who skips sees how it goes on, and goes on from there", async ({ lesson, page }) => {
  await lesson.start();
  await lesson.type("docker tag busybox mine:v1");
  await lesson.passed("tag");
  const card = lesson.exercise("last");
  await card.getByRole("button", { name: "More for this exercise" }).click();
  await page.getByRole("button", { name: /Skip to here/ }).click();
  const dialog = page.getByRole("dialog", { name: "Skip to here?" });
  await expect(dialog).toContainText("images, containers and files in it are gone");
  await expect(dialog).toContainText("1 exercise that you have not passed");
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/skip.png` });
  await dialog.getByRole("button", { name: "Skip to here" }).click();
  const replay = card.locator(".replay");
  await expect(replay).toBeVisible();
  await expect(replay).toContainText("Doing exercise", { timeout: 60_000 });
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/replay.png` });
  await expect(replay).toContainText("is done in your sandbox", { timeout: 60_000 });
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/replayed.png` });

  await lesson.passed("notes");
  await expect(lesson.exercise("notes").locator(".exercise__won")).toHaveText("0 of 2 points");
  await expect(lesson.exercise("tag").locator(".exercise__won")).toHaveText("2 of 2 points");
  await expect(lesson.exercise("last").locator(".exercise__state[data-passed]")).toHaveCount(0);
  await lesson.prompt();
  await lesson.type("cat notes.txt");
  await expect(lesson.screen).toContainText("new");
});
