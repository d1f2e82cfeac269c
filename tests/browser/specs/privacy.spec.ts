// One learner sees nothing of another's.

import { expect, test } from "../support/test.ts";
import { Lesson } from "../support/lesson.ts";

test("a second profile sees no terminal, no files and no progress of the first", async ({ lesson, page, stranger }) => {
  await lesson.start();
  await lesson.type("docker images nginx --format '{{.Repository}}:{{.Tag}}' > nginx.txt");
  await lesson.passed("list-nginx");

  const theirs = new Lesson(stranger);
  await theirs.open();
  await expect(stranger.getByRole("button", { name: "Start", exact: true })).toBeVisible();
  await expect(theirs.exercise("list-nginx").locator("[data-passed]")).toHaveCount(0);
  await theirs.start();
  await theirs.type("ls -a; echo listed-$((40 + 2))");
  await expect(theirs.screen).toContainText("listed-42");
  await expect(theirs.screen).not.toContainText("nginx.txt");

  // The same name of a terminal means each one's own.
  await theirs.type("echo the-strangers-$((1 + 1))-words");
  await expect(theirs.screen).toContainText("the-strangers-2-words");
  await expect(lesson.screen).not.toContainText("the-strangers");

  const ids = await Promise.all(
    [page, stranger].map(async (tab) => (await (await tab.request.get("/api/v1/sandbox")).json()).id as string),
  );
  expect(ids[0]).not.toBe(ids[1]);
});

test("who asks to be forgotten is somebody new", async ({ lesson, page }) => {
  await lesson.start();
  await lesson.type("docker images nginx --format '{{.Repository}}:{{.Tag}}' > nginx.txt");
  await lesson.passed("list-nginx");

  await page.getByRole("button", { name: "Continue on another device" }).click();
  const dialog = page.getByRole("dialog", { name: "Continue on another device" });
  // Asked twice, and the way back is what Enter would take.
  await dialog.getByRole("button", { name: "Forget me…" }).click();
  await expect(dialog.getByRole("button", { name: "Keep everything" })).toBeFocused();
  await dialog.getByRole("button", { name: "Forget everything" }).click();

  await expect(page.getByRole("button", { name: "Start", exact: true })).toBeVisible();
  await expect(lesson.exercise("list-nginx").locator("[data-passed]")).toHaveCount(0);
  expect((await page.request.get("/api/v1/sandbox")).status()).toBe(404);
  expect(await (await page.request.get("/api/v1/progress")).json()).toEqual({ lessons: {} });
});
