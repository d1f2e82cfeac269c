// The whole of it, from the home page to a ticked exercise.

import { expect, test } from "../support/test.ts";
import { Lesson } from "../support/lesson.ts";

test("from the home page to a passed exercise, with no reload", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("main").getByRole("link", { name: "Start with Working with containers" }).click();
  await expect(page).toHaveURL(/\/courses\/docker\/containers$/);
  await expect(page.getByRole("heading", { level: 1, name: "Working with containers" })).toBeVisible();

  const lesson = new Lesson(page);
  await lesson.awake();
  // Gone after a reload.
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));
  await lesson.start();

  await lesson.type("docker images");
  await expect(lesson.screen).toContainText("REPOSITORY");
  await expect(lesson.screen).toContainText("busybox");

  const card = lesson.exercise("first-run");
  await expect(card.locator(".condition[data-state=unmet]").first()).toBeVisible();
  await lesson.type("docker run busybox echo ahoy");
  await lesson.passed("first-run");
  await expect(card.locator(".condition[data-state=unmet]")).toHaveCount(0);

  expect(await page.evaluate(() => "sameDocument" in window)).toBe(true);
});

test("the course page leads to each lesson, and one lesson to the next", async ({ page }) => {
  await page.goto("/courses/docker");
  await page.getByRole("main").getByRole("link", { name: /Docker images/ }).first().click();
  await expect(page).toHaveURL(/\/courses\/docker\/images$/);
  await page.getByRole("main").getByRole("link", { name: /Working with containers/ }).first().click();
  await expect(page).toHaveURL(/\/courses\/docker\/containers$/);
  await page.getByRole("main").getByRole("link", { name: /Docker images/ }).first().click();
  await expect(page).toHaveURL(/\/courses\/docker\/images$/);
});

test("Run types the command into the terminal", async ({ lesson, page }) => {
  await lesson.start();
  await page.locator(".code, pre, figure").getByRole("button", { name: /^Run/ }).nth(3).click();
  await expect(lesson.screen).toContainText("docker images");
  await expect(lesson.screen).toContainText("REPOSITORY");
});

test("a page that is not there says so", async ({ page, complaints }) => {
  const response = await page.goto("/courses/docker/nowhere");
  expect(response?.status()).toBe(404);
  await expect(page.getByRole("main")).toContainText("/courses/docker/nowhere");
  complaints.length = 0; // Chromium reports the 404 itself as an error.
});
