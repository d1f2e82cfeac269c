// What must not be lost: on a reload, and when the server dies.

import { expect, forgive, test } from "../support/test.ts";

/** Counts on for longer than any test takes. */
const COUNT = "for i in $(seq 9999); do echo tick-$i; sleep 0.2; done";

/** The last number that a counting command has printed. */
async function lastTick(text: string | null): Promise<number> {
  return Number([...(text ?? "").matchAll(/tick-(\d+)/g)].at(-1)?.[1] ?? 0);
}

test("a reload in the middle of a command keeps the screen, and the command", async ({ lesson, page }) => {
  await lesson.start();
  await lesson.type("echo before-the-reload");
  await lesson.type(COUNT);
  await expect(lesson.screen).toContainText("tick-3");
  await page.reload();
  await lesson.awake();
  await lesson.prompt();
  await expect(lesson.screen).toContainText("before-the-reload");
  const seen = await lastTick(await lesson.screen.textContent());
  expect(seen).toBeGreaterThanOrEqual(3);
  await expect(lesson.screen).toContainText(`tick-${seen + 5}`);
});

test("a killed server comes back to the same terminal and the same progress", async ({
  complaints,
  drydock,
  lesson,
  page,
}) => {
  await lesson.start();
  await lesson.type("docker images nginx --format '{{.Repository}}:{{.Tag}}' > nginx.txt");
  await lesson.passed("list-nginx");
  await lesson.type(COUNT);
  await expect(lesson.screen).toContainText("tick-3");

  await drydock.kill();
  await expect(page.locator(".screen:not([hidden]) [data-state=reconnecting]")).toBeVisible();
  // Everything stays on the screen, and what is typed now is refused where it can be seen.
  await expect(lesson.screen).toContainText("tick-3");
  await page.getByRole("textbox", { name: /^Terminal/ }).focus();
  await page.keyboard.type("x");
  await expect(page.locator(".screen:not([hidden]) .screen__said")).toContainText("not sent");

  await drydock.restart();
  await lesson.prompt();
  const seen = await lastTick(await lesson.screen.textContent());
  await expect(lesson.screen).toContainText(`tick-${seen + 5}`);
  await lesson.passed("list-nginx");
  await page.reload();
  await lesson.awake();
  await lesson.passed("list-nginx");
  forgive(complaints, /Failed to load resource|WebSocket connection/);
});

test("two tabs show one terminal", async ({ context, lesson }) => {
  await lesson.start();
  const second = new (await import("../support/lesson.ts")).Lesson(await context.newPage());
  await second.open();
  await second.prompt();
  await second.type("echo from-the-$((1 + 1))nd-tab");
  await expect(second.screen).toContainText("from-the-2nd-tab");
  await expect(lesson.screen).toContainText("from-the-2nd-tab");
  await lesson.type("echo from-the-$((3 - 2))st-tab");
  await expect(second.screen).toContainText("from-the-1st-tab");
});
