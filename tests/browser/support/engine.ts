// The learner's engine from within a page: a command, and the panels that show what came of it.

import { expect, type Page } from "@playwright/test";

/** Runs a command as the learner, which has to succeed. What it printed. */
export async function run(page: Page, command: string): Promise<string> {
  const result = await page.evaluate(async (command) => {
    const request = {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ command, timeout_s: 180 }),
    };
    return (await fetch("/api/v1/sandbox/exec", request)).json();
  }, command);
  expect(result.exit_code, `${command}: ${result.stderr}`).toBe(0);
  return result.stdout;
}

/** Opens a panel by its tab. */
export async function open(page: Page, name: string): Promise<void> {
  await page.getByRole("list", { name: "Your engine" }).getByRole("button", { name, exact: true }).click();
}
