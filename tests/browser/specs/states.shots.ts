// Pictures of every state in both themes and at three widths, into screenshots/, to look at by eye; and the README's
// picture. Not a test: nothing is compared.

import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";
import { Lesson } from "../support/lesson.ts";
import { expect, test } from "../support/test.ts";

const OUT = fileURLToPath(new URL("../../../screenshots/", import.meta.url));
const README_PICTURE = fileURLToPath(new URL("../../../docs/lesson.png", import.meta.url));

const WIDE = { width: 1440, height: 900 };
const WIDTHS = [
  { name: "wide", ...WIDE },
  { name: "middle", width: 1024, height: 768 },
  { name: "phone", width: 390, height: 844 },
];

for (const theme of ["light", "dark"] as const) {
  test.describe(theme, () => {
    test.use({ colorScheme: theme });

    /** One state, at each width. */
    async function shoot(page: Page, state: string): Promise<void> {
      for (const { name, width, height } of WIDTHS) {
        await page.setViewportSize({ width, height });
        await page.screenshot({ path: `${OUT}${state}-${theme}-${name}.png` });
      }
      await page.setViewportSize(WIDE);
    }

    test("pages", async ({ page, complaints }) => {
      for (const [state, address] of [
        ["home", "/"],
        ["course", "/courses/docker"],
        ["lesson", "/courses/docker/images"],
        ["not-found", "/nowhere"],
      ] as const) {
        await page.goto(address);
        await expect(page.locator("html[data-awake]")).toBeAttached();
        await shoot(page, state);
      }
      complaints.length = 0; // Chromium reports the 404 itself as an error.
    });

    test("a lesson at work", async ({ lesson, page }) => {
      await page.getByRole("button", { name: "Start", exact: true }).click();
      await shoot(page, "starting");
      await lesson.prompt();
      await lesson.type("docker images");
      await expect(lesson.screen).toContainText("busybox");
      await shoot(page, "ready");

      const card = lesson.exercise("list-nginx");
      await card.scrollIntoViewIfNeeded();
      await lesson.type("docker images nginx > nginx.txt");
      await expect(card.locator(".condition__message").first()).toBeVisible();
      await shoot(page, "exercise-unmet");

      await lesson.type("docker images nginx --format '{{.Repository}}:{{.Tag}}' > nginx.txt");
      await lesson.passed("list-nginx");
      await lesson.type("cat nginx.txt");
      await expect(lesson.screen).toContainText("nginx:1.22");
      await card.evaluate((it) => it.scrollIntoView({ block: "center" }));
      if (theme === "light") await page.screenshot({ path: README_PICTURE });
      await shoot(page, "exercise-passed");

      await page.setViewportSize({ width: 390, height: 844 });
      await page.getByRole("group", { name: "Part of the page" }).getByRole("button", { name: /Terminal/ }).click();
      await page.screenshot({ path: `${OUT}terminal-${theme}-phone.png` });
    });
  });
}
