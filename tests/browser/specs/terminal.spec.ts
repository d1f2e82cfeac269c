// The terminal as a terminal.

import { expect, test } from "../support/test.ts";

test("text of any script goes both ways unharmed", async ({ lesson, page }) => {
  await lesson.start();
  await page.getByRole("textbox", { name: /^Terminal/ }).focus();
  await page.keyboard.insertText("echo 'naïve 日本語 🐳' | tr -d \"'\" | rev | rev");
  await page.keyboard.press("Enter");
  await expect(lesson.screen.locator("> div").filter({ hasText: /^naïve 日本語 🐳/ })).toHaveCount(1);
});

test("a paste of several lines waits for Enter", async ({ lesson, page }) => {
  await lesson.start();
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.setData("text/plain", "echo one-$((0 + 1))\necho two-$((1 + 1))");
    const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
    document.querySelector(".xterm-helper-textarea")?.dispatchEvent(event);
  });
  await expect(lesson.screen).toContainText("echo two-");
  await expect(lesson.screen).not.toContainText("two-2");
  await page.keyboard.press("Enter");
  await expect(lesson.screen).toContainText("one-1");
  await expect(lesson.screen).toContainText("two-2");
});

test("ten thousand lines arrive, and the shell still answers", async ({ lesson }) => {
  await lesson.start();
  await lesson.type("seq 100000; echo done-$((1 + 1))");
  await expect(lesson.screen).toContainText("done-2", { timeout: 30_000 });
  await expect(lesson.screen).toContainText("100000");
});

test("the terminal takes the size of its panel", async ({ lesson, page }) => {
  await lesson.start();
  const rows = async () => page.locator(".screen:not([hidden]) .xterm-rows > div").count();
  const before = await rows();
  await page.setViewportSize({ width: 1440, height: 600 });
  await expect.poll(rows).toBeLessThan(before);
  const now = await rows();
  await lesson.type("echo rows-$(tput lines)");
  await expect(lesson.screen).toContainText(`rows-${now}`);
});

test("the keyboard is not trapped", async ({ lesson, page }) => {
  await lesson.start();
  const input = page.getByRole("textbox", { name: /^Terminal/ });
  await input.focus();
  await page.keyboard.press("Tab");
  await expect(input).toBeFocused();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Shift+Tab");
  await expect(input).not.toBeFocused();
});

test("an ended shell says so, and Enter brings a new one", async ({ lesson, page }) => {
  await lesson.start();
  await lesson.type("exit 3");
  await expect(page.locator(".screen:not([hidden]) [data-state=ended]")).toBeVisible();
  await expect(lesson.screen).toContainText("The shell ended (3)");
  await page.getByRole("textbox", { name: /^Terminal/ }).focus();
  await page.keyboard.press("Enter");
  await lesson.prompt();
  await lesson.type("echo again-$((1 + 1))");
  await expect(lesson.screen).toContainText("again-2");
});

test("colours follow the theme", async ({ lesson, page }) => {
  await lesson.start();
  const background = () =>
    page.locator(".screen:not([hidden]) .xterm-scrollable-element").evaluate((it) => getComputedStyle(it).backgroundColor);
  const light = await background();
  await page.evaluate(() => {
    document.documentElement.dataset.theme = "dark";
  });
  await expect.poll(background).not.toBe(light);
});

test("a screen reader gets what the terminal prints, once it is asked for, and from then on", async ({ lesson, page }) => {
  await lesson.start();
  const read = page.locator(".screen:not([hidden]) .xterm-accessibility-tree");
  await expect(read).toHaveCount(0);
  await page.getByRole("button", { name: "Keys and screen reader" }).click();
  const menu = page.locator("#terminal-menu");
  await expect(menu).toContainText("leave the terminal");
  await menu.getByRole("switch", { name: /^Screen reader mode/ }).click();
  await expect(menu.getByRole("switch", { checked: true })).toBeVisible();
  await page.keyboard.press("Escape");
  await lesson.type("echo read-$((1 + 1))");
  await expect(read).toContainText("read-2");

  await page.reload();
  await lesson.awake();
  await lesson.prompt();
  await expect(read).toContainText("read-2");
});
