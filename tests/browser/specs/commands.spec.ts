// What stands beside the commands of the text once they were run.

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
