import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

/** The system's browser: Playwright's own would have to be downloaded. */
const chromium =
  process.env.CHROMIUM ??
  ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => existsSync(path)) ??
  "chromium";

export default defineConfig({
  testDir: "specs",
  outputDir: "test-results",
  // Each worker has a server and sandboxes of its own; two would only take turns on a small machine.
  workers: Number(process.env.BROWSER_TEST_WORKERS ?? 1),
  fullyParallel: false,
  // What fails by the mood of a busy machine is tried once more, and told of as flaky.
  retries: 1,
  forbidOnly: process.env.CI !== undefined,
  reporter: [["list"]],
  timeout: 120_000,
  expect: { timeout: 15_000 },
  use: {
    launchOptions: {
      executablePath: chromium,
      // Chromium's own sandbox refuses to start for root.
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    },
    viewport: { width: 1440, height: 900 },
    contextOptions: { reducedMotion: "reduce" },
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
  },
  projects: [
    { name: "tests", testMatch: "*.spec.ts" },
    { name: "screenshots", testMatch: "*.shots.ts" },
    { name: "interaction", testMatch: "*.trace.ts", retries: 0 },
  ],
});
