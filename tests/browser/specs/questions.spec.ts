// Questions are answered where they stand: with the mouse, with the keyboard, and without seeing the page.

import type { Page } from "@playwright/test";
import { QUESTIONS, test } from "../support/asking.ts";
import { findings } from "../support/findings.ts";
import { expect, forgive } from "../support/test.ts";

async function open(page: Page): Promise<void> {
  await page.goto(QUESTIONS);
  await expect(page.locator("html[data-awake]")).toBeAttached();
}

for (const theme of ["light", "dark"] as const) {
  test.describe(`in the ${theme} theme`, () => {
    test.use({ colorScheme: theme });

    test("a wrong choice says why, and the right one settles the card", async ({ page }) => {
      await open(page);
      const card = page.getByRole("region", { name: "What does docker tag copy?" });
      const choices = card.getByRole("group", { name: /What does docker tag copy\? Choose one/ });
      await choices.getByRole("radio", { name: /All layers/ }).check();
      await card.getByRole("button", { name: "Answer" }).click();
      const wrong = card.locator(".choice[data-state=wrong]");
      await expect(wrong).toContainText("Not right.");
      await expect(wrong).toContainText("docker images shows the same ID twice");
      await expect(card).not.toContainText("It stays where it is");
      await expect(card.getByText("0 of 2 points")).toBeVisible();
      expect(await findings(page)).toEqual([]);

      // By keys alone: an arrow moves the choice, Enter answers.
      await choices.getByRole("radio", { name: /All layers/ }).focus();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await expect(card.locator(".choice[data-state=right]")).toContainText("The ID stays the same.");
      await expect(card).toContainText("So it takes no time");
      await expect(card.locator(".exercise__state[data-passed]")).toBeAttached();
      await expect(card.getByText("1 of 2 points")).toBeVisible();
      await expect(card.getByRole("button", { name: "Answer" })).toBeHidden();
      await expect(choices.getByRole("radio", { name: /All layers/ })).toBeDisabled();
      await expect(page.locator(".lesson-progress")).toHaveAttribute("title", /^1 of \d exercises passed$/);
      expect(await findings(page)).toEqual([]);

      // It stays, with what was said.
      await page.reload();
      await expect(card.locator(".choice[data-state=right]")).toContainText("The ID stays the same.");
      await expect(choices.getByRole("radio", { name: /second name/ })).toBeChecked();
    });
  });
}

test("what is typed is judged, kept while it is changed, and can be read when it is right", async ({ page, complaints }) => {
  await open(page);
  const card = page.getByRole("region", { name: "Which command lists the layers of an image?" });
  const field = card.getByRole("textbox", { name: /Your answer/ });
  await card.getByRole("button", { name: "Answer" }).click();
  await expect(card.getByText("Type an answer first.")).toBeVisible();
  // Chromium reports what was sent back as an error of its own.
  forgive(complaints, /409/);
  await field.fill("docker inspect");
  await field.press("Enter");
  await expect(card.getByText("That shows the configuration.")).toBeVisible();
  await expect(card.getByText("Type an answer first.")).toBeHidden();
  await field.fill("docker image history");
  await card.getByRole("button", { name: "Answer" }).click();
  await expect(card.locator(".exercise__state[data-passed]")).toBeAttached();
  await expect(field).toHaveValue("docker image history");
  await expect(field).not.toBeEditable();
});

test("without script the questions and the picture can be read", async ({ browser, baseURL }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, ...(baseURL && { baseURL }) });
  const page = await context.newPage();
  await page.goto(QUESTIONS);
  const card = page.locator("#exercise-several");
  for (const choice of ["RUN", "COPY", "ENV"]) {
    await expect(card.getByText(choice, { exact: true })).toBeVisible();
  }
  await expect(page.getByRole("img", { name: /An image in your engine/ })).toBeVisible();
  await expect(page.getByRole("main")).not.toContainText("${TAG}");
  await context.close();
});

test("a phone shows questions and pictures without a scroll of the page", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  await expect(page.locator("#exercise-several .choice").first()).toBeVisible();
});
