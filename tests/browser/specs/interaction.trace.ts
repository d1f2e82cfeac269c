// How soon the page answers a press, on a machine four times slower than this one: what Chromium itself measures, from the press to
// the next frame. Part of `make bench`, not of the tests: it prints, and judges nothing.

import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";
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
  await page.evaluate(() => {
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
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 300)));
    const { seen, observer } = (window as never as { answers: { seen: number[]; observer: PerformanceObserver } }).answers;
    observer.disconnect();
    return Math.max(0, ...seen);
  });
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

  mkdirSync(new URL(".", `file://${TRACE}`), { recursive: true });
  await browser.startTracing(page, { path: TRACE });
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  const acts: [string, () => Promise<void>][] = [
    ["open a panel: Images", () => open(page, "Images")],
    ["choose an image", () => page.locator(".label", { hasText: "nginx:1.26" }).click()],
    ["choose a layer", () => page.locator(".layer").first().click()],
    ["the table of images", () => page.getByRole("button", { name: "Table", exact: true }).click()],
    ["the picture of images", () => page.getByRole("button", { name: "Picture", exact: true }).click()],
    ["open a panel: Containers", () => open(page, "Containers")],
    ["open a panel: Preview", () => open(page, "Preview")],
    ["open a panel: Files", () => open(page, "Files")],
    ["type in the editor", async () => {
      await page.locator(".files__editor .cm-content").click();
      await page.keyboard.type("RUN echo hello", { delay: 60 });
    }],
    ["a panel below the terminal", () => page.getByRole("button", { name: "Panels below the terminal" }).click()],
    ["a tab of a terminal", () => page.getByRole("button", { name: "Terminal 1", exact: true }).click()],
    ["type in the terminal", async () => {
      await page.getByRole("textbox", { name: /^Terminal/ }).focus();
      await page.keyboard.type("docker images", { delay: 60 });
    }],
    ["the list of keys", () => page.getByRole("button", { name: "Keys and screen reader" }).click()],
    ["a hint of an exercise", () => page.getByRole("button", { name: /^Hint/ }).first().click()],
    ["the other theme", () => page.getByRole("button", { name: /theme/i }).first().click()],
  ];
  console.log(`\n${"from a press to the next frame, four times slower".padEnd(58)} ${"drydock".padStart(12)} ${"budget".padStart(12)} ${"ratio".padStart(8)}`);
  for (const [name, act] of acts) {
    const took = await slowest(page, act);
    console.log(`${name.padEnd(58)} ${`${took} ms`.padStart(12)} ${`${BUDGET_MS} ms`.padStart(12)} ${(took / BUDGET_MS).toFixed(2).padStart(8)}`);
  }
  await session.send("Emulation.setCPUThrottlingRate", { rate: 1 });
  await browser.stopTracing();
  // Pages of the learner's own are not ours.
  complaints.length = 0;
});
