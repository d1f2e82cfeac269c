// What is graded once is handed in from its card, after a second thought, and the sealed result stands there from then on.

import { test } from "../support/asking.ts";
import { findings } from "../support/findings.ts";
import { Lesson } from "../support/lesson.ts";
import { expect } from "../support/test.ts";

/** A fresh sandbox, a replay and a look, on a machine that is busy. */
const GRADED_TIMEOUT_MS = 120_000;

for (const theme of ["light", "dark"] as const) {
  test.describe(`in the ${theme} theme`, () => {
    test.use({ colorScheme: theme });

    test("work is handed in, graded and sealed", async ({ page }) => {
      test.slow();
      const lesson = new Lesson(page);
      await page.goto("/courses/handing/final");
      await lesson.awake();
      await lesson.start();
      await lesson.type(`printf 'FROM busybox\\nCMD ["echo", "hello"]\\n' > Dockerfile; docker build -q -t final:v1 .`);
      await expect(lesson.screen).toContainText("sha256:");

      const card = lesson.exercise("greeting");
      const submit = card.getByRole("button", { name: "Submit…" });
      await submit.click();
      const sure = card.getByText("It cannot be taken back.");
      await expect(sure).toBeVisible();
      expect(await findings(page)).toEqual([]);
      await card.getByRole("button", { name: "Not yet" }).click();
      await expect(sure).toBeHidden();

      // By keys alone.
      await submit.focus();
      await page.keyboard.press("Enter");
      await card.getByRole("button", { name: "Submit for good" }).focus();
      await page.keyboard.press("Enter");
      await expect(card).toContainText("Sealed: 3 of 3 points", { timeout: GRADED_TIMEOUT_MS });
      await expect(card.locator(".exercise__state[data-passed]")).toBeAttached();
      await expect(submit).toBeHidden();
      expect(await findings(page)).toEqual([]);

      await page.reload();
      await expect(card).toContainText("Sealed: 3 of 3 points");
    });
  });
}
