// What stands beside the commands of the text once they were run, and what can be done with code that is not run.

import { expect, test } from "../support/test.ts";

test("a failed command explains itself beside its block, until it succeeds", async ({ lesson, page }) => {
  await lesson.start();
  const block = page.locator(".code--console").filter({ hasText: "docker image inspect nginx" }).first();
  const row = block.locator(".code__row").first();
  await row.getByRole("button", { name: "Run" }).click();
  await expect(block.locator(".code__note")).toContainText("Exit status 1.");
  await expect(block.locator(".code__note")).toContainText("the sample below");
  await expect(page.getByRole("status").filter({ hasText: "docker image inspect nginx: exit status 1." })).toBeAttached();

  // It is still so for a page that was not there when it happened.
  await page.reload();
  await lesson.awake();
  await expect(block.locator(".code__note")).toContainText("Exit status 1.");

  // Typed, with other blanks and over two lines, it is the same command.
  await lesson.prompt();
  await lesson.type("docker tag nginx:1.26 nginx");
  await lesson.type("docker   image \\");
  await lesson.type("inspect nginx");
  await expect(block.locator(".code__note")).toHaveCount(0);
  await expect(row.getByTitle("Run: it succeeded")).toBeVisible();
});

test("code that is only to be read can be copied, by keyboard too", async ({ browser, context, lesson, page, baseURL }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await lesson.awake();
  const block = page.locator(".code[data-language=dockerfile]").first();
  const copy = block.getByRole("button", { name: "Copy" });
  await block.locator("pre").focus();
  await page.keyboard.press("Tab");
  await expect(copy).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(block.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await block.locator("code").textContent());
  await expect(copy).toBeVisible();

  const plain = await browser.newContext({ javaScriptEnabled: false, ...(baseURL && { baseURL }) });
  const text = await plain.newPage();
  await text.goto("/courses/docker/images");
  await expect(text.locator(".code[data-language=dockerfile]").first()).toBeVisible();
  await expect(text.getByRole("button", { name: /^Cop/ })).toHaveCount(0);
  await plain.close();
});
