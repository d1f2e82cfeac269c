// The page as text: without script, on a phone, for a screen reader.

import type { Page } from "@playwright/test";
import { findings } from "../support/findings.ts";
import { expect, test } from "../support/test.ts";
import { LESSON } from "../support/lesson.ts";

test("without script the whole lesson can be read", async ({ browser, baseURL }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, ...(baseURL && { baseURL }) });
  const page = await context.newPage();
  await page.goto(LESSON);
  const text = page.getByRole("main");
  await expect(text.getByRole("heading", { level: 1, name: "Docker images" })).toBeVisible();
  expect(await text.getByRole("heading", { level: 2 }).count()).toBeGreaterThan(5);
  for (const id of ["list-nginx", "dangling", "own-tag", "release"]) {
    await expect(page.locator(`#exercise-${id}`)).toBeVisible();
  }
  await expect(text).toContainText("docker image ls --format");
  // To the last line: the page is not cut short.
  await expect(text.getByRole("heading", { level: 2 }).last()).toBeVisible();
  await context.close();
});

test("a phone shows the lesson, and the terminal behind one button", async ({ lesson, page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(await overflow()).toBeLessThanOrEqual(0);
  const bar = page.getByRole("group", { name: "Part of the page" });
  await bar.getByRole("button", { name: /Terminal/ }).click();
  await lesson.start();
  await lesson.type("echo phone-$((1 + 1))");
  await expect(lesson.screen).toContainText("phone-2");
  expect(await overflow()).toBeLessThanOrEqual(0);
  await bar.getByRole("button", { name: "Lesson" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
});

for (const theme of ["light", "dark"] as const) {
  test.describe(`in the ${theme} theme`, () => {
    test.use({ colorScheme: theme });

    for (const address of ["/", "/courses/docker", LESSON, "/nowhere"]) {
      test(`axe finds nothing on ${address}`, async ({ page, complaints }) => {
        await page.goto(address);
        await expect(page.locator("html[data-awake]")).toBeAttached();
        expect(await findings(page)).toEqual([]);
        if (address === "/nowhere") complaints.length = 0; // Chromium reports the 404 itself as an error.
      });
    }

    test("axe finds nothing with a terminal open", async ({ lesson, page }) => {
      await lesson.start();
      await lesson.type("docker images");
      await expect(lesson.screen).toContainText("busybox");
      await lesson.type("docker image inspect nginx");
      await expect(page.locator(".code__note")).toBeVisible();
      expect(await findings(page)).toEqual([]);
    });
  });
}
