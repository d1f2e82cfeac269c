// What every test starts from: a running Drydock, and a page that reports whatever goes wrong in it.

import { test as base, expect, type BrowserContext, type Page } from "@playwright/test";
import { Drydock } from "./drydock.ts";
import { Lesson } from "./lesson.ts";

export { expect };

interface OfWorker {
  /** The server; shared by the tests of a worker, each of which is a learner of its own. */
  drydock: Drydock;
}

interface OfTest {
  /** What the browser complained of. Anything left at the end fails the test. */
  complaints: string[];
  /** The lesson on Docker images, opened, awake, without a sandbox. */
  lesson: Lesson;
  /** Another learner's browser. */
  stranger: Page;
}

export const test = base.extend<OfTest, OfWorker>({
  drydock: [
    async ({}, use, info) => {
      const drydock = await Drydock.start(info.workerIndex);
      await use(drydock);
      drydock.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],

  baseURL: async ({ drydock }, use) => use(drydock.url),

  complaints: [
    async ({ context, drydock }, use, info) => {
      const complaints: string[] = [];
      listen(context, complaints);
      await use(complaints);
      // What a test has used goes back, so that the next one does not wait for a seat.
      await context.request.delete("/api/v1/sandbox", { headers: { origin: drydock.url } }).catch(() => {});
      if (info.status !== info.expectedStatus) {
        await info.attach("serve.log", { body: drydock.said, contentType: "text/plain" });
      }
      expect(complaints, "the browser's console").toEqual([]);
    },
    { auto: true },
  ],

  lesson: async ({ page }, use) => {
    const lesson = new Lesson(page);
    await lesson.open();
    await use(lesson);
  },

  stranger: async ({ browser, baseURL, complaints }, use) => {
    const context = await browser.newContext(baseURL ? { baseURL } : {});
    listen(context, complaints);
    await use(await context.newPage());
    await context.request.delete("/api/v1/sandbox", { headers: { origin: baseURL ?? "" } }).catch(() => {});
    await context.close();
  },
});

/** Collects errors on the console (a breach of the content security policy is one) and exceptions. */
function listen(context: BrowserContext, complaints: string[]): void {
  const hear = (complaint: string) => complaints.includes(complaint) || complaints.push(complaint);
  context.on("console", (message) => {
    if (message.type() === "error") hear(`${message.text()} (${message.location().url})`);
  });
  context.on("weberror", (error) => hear(String(error.error())));
}

/** Takes out complaints that a test has provoked on purpose: requests that failed while the server was away. */
export function forgive(complaints: string[], pattern: RegExp): void {
  for (let index = complaints.length - 1; index >= 0; index -= 1) {
    if (pattern.test(complaints[index] ?? "")) complaints.splice(index, 1);
  }
}
