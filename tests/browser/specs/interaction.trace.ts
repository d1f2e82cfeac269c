// How soon the page answers a press, on a machine four times slower than this one: what Chromium itself measures, from the press to
// the next frame. Part of `make bench`, not of the tests: it prints, and judges nothing.

import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Locator, Page } from "@playwright/test";
import { open, run } from "../support/engine.ts";
import { test } from "../support/test.ts";

/** How much slower than this machine. */
const SLOWER = 4;
/** What nobody waits for: an answer within this time feels like one's own doing. */
const BUDGET_MS = 100;
/** Where the trace goes, for whoever wants to look closer (in Chromium: DevTools, Performance). */
const TRACE = fileURLToPath(new URL("../../../target/bench/interaction.json", import.meta.url));

/** What the page's reader does, after which the slowest answer is looked at. */
async function slowest(page: Page, act: () => Promise<void>): Promise<number> {
  await page.evaluate(async () => {
    // What came before has been painted.
    await new Promise((done) => requestIdleCallback(done, { timeout: 3_000 }));
    const seen: number[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as PerformanceEventTiming[]) if (entry.interactionId) seen.push(entry.duration);
    });
    observer.observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
    Object.assign(window, { answers: { seen, observer } });
  });
  await act();
  return page.evaluate(async () => {
    // What is under way is painted, and told of.
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 500)));
    const { seen, observer } = (window as never as { answers: { seen: number[]; observer: PerformanceObserver } }).answers;
    observer.disconnect();
    return Math.max(0, ...seen);
  });
}

/** A press of the mouse where something is, ready to be made: nothing but the press itself is left to be done in the page. */
async function press(page: Page, target: Locator): Promise<() => Promise<void>> {
  await target.scrollIntoViewIfNeeded();
  const box = await target.boundingBox();
  if (!box) throw new Error(`${target} is not to be seen`);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  return () => page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
}

/** Keys that are pressed where something has the focus. */
async function type(page: Page, target: Locator, text: string): Promise<() => Promise<void>> {
  await target.focus();
  return () => page.keyboard.type(text, { delay: 120 });
}

test("what is pressed answers at once, on a slow machine", async ({ browser, complaints, lesson, page }) => {
  test.slow();
  await lesson.start();
  await run(page, "for n in $(seq 40); do docker tag busybox many:$n; done; docker run -d --name quay -p 8080:80 nginx:1.26");
  await run(page, `printf 'FROM busybox\\n%s' "$(printf 'RUN true\\n%.0s' $(seq 60))" > Dockerfile`);
  // What a panel loads when it is first opened is loaded: that takes as long as the way to the server.
  for (const panel of ["Files", "Images", "Containers", "Preview"]) await open(page, panel);
  await open(page, "Files");
  await page.getByRole("button", { name: "Dockerfile", exact: true }).click();
  await page.locator(".files__editor .cm-content").waitFor();

  const button = (name: string | RegExp) => page.getByRole("button", { name, exact: true }).first();
  const panel = (name: string) => page.getByRole("list", { name: "Your engine" }).getByRole("button", { name, exact: true });
  const acts: [string, () => Promise<() => Promise<void>>][] = [
    ["open a panel: Images", () => press(page, panel("Images"))],
    ["choose an image", () => press(page, page.locator(".label", { hasText: "nginx:1.26" }))],
    ["choose a layer", () => press(page, page.locator(".layer").first())],
    ["the table of images", () => press(page, button("Table"))],
    ["the picture of images", () => press(page, button("Picture"))],
    ["open a panel: Containers", () => press(page, panel("Containers"))],
    ["open a panel: Preview", () => press(page, panel("Preview"))],
    ["open a panel: Files", () => press(page, panel("Files"))],
    ["type in the editor", () => type(page, page.locator(".files__editor .cm-content"), "RUN echo hello")],
    ["a panel below the terminal", () => press(page, button("Panels below the terminal"))],
    ["a tab of a terminal", () => press(page, button("Terminal 1"))],
    ["type in the terminal", () => type(page, page.getByRole("textbox", { name: /^Terminal/ }), "docker images")],
    ["the list of keys", () => press(page, button("Keys and screen reader"))],
    ["a hint of an exercise", () => press(page, button(/^Hint/))],
    ["the other theme", () => press(page, button(/theme/i))],
  ];

  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  const rows: [string, number][] = [];
  for (const [name, ready] of acts) rows.push([name, await slowest(page, await ready())]);

  // Once more, for the trace: writing it down takes time of its own.
  mkdirSync(new URL(".", `file://${TRACE}`), { recursive: true });
  await browser.startTracing(page, { path: TRACE });
  for (const [, ready] of acts) await (await ready())();
  await browser.stopTracing();

  // What such a machine takes for a page on which there is nothing but the button.
  await page.goto("about:blank");
  await page.setContent("<button onclick='this.textContent += 1'>0</button>");
  const least = await slowest(page, await press(page, page.getByRole("button")));
  await session.send("Emulation.setCPUThrottlingRate", { rate: 1 });

  const line = (name: string, cells: string[]) => console.log(name.padEnd(46) + cells.map((cell) => cell.padStart(14)).join(""));
  console.log("");
  line("from a press to the next frame, a quarter as fast", ["drydock", "an empty page", "budget", "of the budget"]);
  for (const [name, took] of rows) {
    line(name, [`${took} ms`, `${least} ms`, `${BUDGET_MS} ms`, `${(took / BUDGET_MS).toFixed(2)}x`]);
  }
  console.log(`the trace is in ${TRACE}`);
  complaints.length = 0;
});
