// Pictures of every state in both themes and at three widths, into screenshots/, to look at by eye; the README's picture,
// and those of the home page. Not a test: nothing is compared.

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Locator, Page } from "@playwright/test";
import { open, run } from "../support/engine.ts";
import { Lesson } from "../support/lesson.ts";
import { expect, test } from "../support/test.ts";

const OUT = fileURLToPath(new URL("../../../screenshots/", import.meta.url));
const README_PICTURE = fileURLToPath(new URL("../../../docs/lesson.png", import.meta.url));

/** Pictures of the home page, see app/src/components/strip.rs. */
const STRIP = fileURLToPath(new URL("../../../app/public/", import.meta.url));

const WIDE = { width: 1440, height: 900 };
const WIDTHS = [
  { name: "wide", ...WIDE },
  { name: "middle", width: 1024, height: 768 },
  { name: "phone", width: 390, height: 844 },
];

for (const theme of ["light", "dark"] as const) {
  test.describe(theme, () => {
    test.use({ colorScheme: theme });

    /** One state, at each width. */
    async function shoot(page: Page, state: string, around?: Locator): Promise<void> {
      for (const { name, width, height } of WIDTHS) {
        await page.setViewportSize({ width, height });
        await around?.evaluate((it) => it.scrollIntoView({ block: "center" }));
        await page.screenshot({ path: `${OUT}${state}-${theme}-${name}.png` });
      }
      await page.setViewportSize(WIDE);
    }

    /** The home page's pictures of a lesson at work: its column is 1040 px wide, a phone's screen 390. */
    async function strip(page: Page, card: Locator): Promise<void> {
      // "Exercise passed." says what the card says.
      await page.getByRole("button", { name: "Dismiss" }).click();
      const session = await page.context().newCDPSession(page);
      for (const [name, width, height] of [
        ["lesson", 1280, 590],
        ["lesson-phone", 390, 600],
      ] as const) {
        const sharp = { width, height, deviceScaleFactor: 2, mobile: false };
        await session.send("Emulation.setDeviceMetricsOverride", sharp);
        await card.evaluate((it) => it.scrollIntoView({ block: "center" }));
        const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 76 });
        writeFileSync(`${STRIP}${name}-${theme}.webp`, data, "base64");
      }
      await session.send("Emulation.clearDeviceMetricsOverride");
      await page.setViewportSize(WIDE);
    }

    test("pages", async ({ page, complaints }) => {
      for (const [state, address] of [
        ["home", "/"],
        ["course", "/courses/docker"],
        ["lesson", "/courses/docker/images"],
        ["not-found", "/nowhere"],
      ] as const) {
        await page.goto(address);
        await expect(page.locator("html[data-awake]")).toBeAttached();
        await shoot(page, state);
      }
      complaints.length = 0; // Chromium reports the 404 itself as an error.
    });

    test("a lesson at work", async ({ lesson, page }) => {
      await page.getByRole("button", { name: "Start", exact: true }).click();
      await shoot(page, "starting");
      await lesson.prompt();
      await lesson.type("docker images");
      await expect(lesson.screen).toContainText("busybox");
      await shoot(page, "ready");

      await page.getByRole("button", { name: "Continue on another device" }).click();
      await page.getByRole("button", { name: "Forget me…" }).click();
      await shoot(page, "forget");
      await page.getByRole("button", { name: "Keep everything" }).click();
      await page.getByRole("button", { name: "Close", exact: true }).click();

      await lesson.type("docker image inspect nginx");
      const failed = page.locator(".code__note").first();
      await expect(failed).toContainText("Exit status 1.");
      await shoot(page, "command-failed", failed);

      const card = lesson.exercise("list-nginx");
      await card.scrollIntoViewIfNeeded();
      await lesson.type("docker images nginx > nginx.txt");
      await expect(card.locator(".condition__message").first()).toBeVisible();
      await shoot(page, "exercise-unmet", card);

      await lesson.type("docker images nginx --format '{{.Repository}}:{{.Tag}}' > nginx.txt");
      await lesson.passed("list-nginx");
      await lesson.type("cat nginx.txt");
      await expect(lesson.screen).toContainText("nginx:1.22");
      await card.evaluate((it) => it.scrollIntoView({ block: "center" }));
      if (theme === "light") await page.screenshot({ path: README_PICTURE });
      await shoot(page, "exercise-passed", card);
      await strip(page, card);

      await page.setViewportSize({ width: 390, height: 844 });
      await page.getByRole("group", { name: "Part of the page" }).getByRole("button", { name: /Terminal/ }).click();
      await page.screenshot({ path: `${OUT}terminal-${theme}-phone.png` });
    });

    test("the panels", async ({ lesson, page }) => {
      await lesson.start();
      // A phone shows the workbench from now on.
      await page.setViewportSize({ width: 390, height: 844 });
      await page.getByRole("group", { name: "Part of the page" }).getByRole("button", { name: /Terminal/ }).click();
      await page.setViewportSize(WIDE);
      for (const name of ["Files", "Containers", "Preview"]) {
        await open(page, name);
        await expect(page.locator(".panel:not([hidden]) .panel__empty")).toBeVisible();
        await shoot(page, `${name.toLowerCase()}-empty`);
      }

      await run(page, "docker tag nginx:1.26 my-nginx:v1.0 && docker build -q -t page site");
      await run(page, "echo later >> site/index.html && docker build -q -t page site");
      await run(page, "docker run -d --name quay -p 8080:80 page && docker run --name done busybox true");
      await open(page, "Images");
      await expect(page.locator(".label", { hasText: "done" })).toBeVisible();
      await shoot(page, "images");
      const build = page.getByRole("region", { name: "The newest build" });
      await build.locator(".build__said").click();
      await shoot(page, "build");
      const running = run(page, "printf 'FROM busybox\\nRUN sleep 30\\nRUN date\\n' | docker build -q -");
      await expect(build.locator(".build__step--running")).toContainText("RUN sleep 30");
      await shoot(page, "build-running");
      await running;
      await run(page, "printf 'FROM busybox\\nRUN false\\n' | docker build -q - || true");
      await expect(build.locator(".build__error")).toBeVisible();
      await shoot(page, "build-failed");
      await build.getByRole("button", { name: "Put the build away" }).click();
      await page.locator(".label", { hasText: "page" }).first().click();
      await page.getByLabel("Beside it").selectOption({ label: "nginx:1.22" });
      await shoot(page, "images-compared");
      await page.getByRole("button", { name: "Table", exact: true }).click();
      await shoot(page, "images-table");
      await open(page, "Containers");
      await page.locator(".container", { hasText: "quay" }).getByRole("button", { name: "Log" }).click();
      await expect(page.locator(".log")).toContainText("start worker");
      await shoot(page, "containers");
      await open(page, "Preview");
      await expect(page.frameLocator(".preview__frame").locator("body")).toContainText("later");
      await shoot(page, "preview");

      await open(page, "Files");
      const tree = page.getByRole("region", { name: "Your home folder" });
      await tree.getByRole("button", { name: "site", exact: true }).click();
      await tree.getByRole("button", { name: "Dockerfile", exact: true }).click();
      await page.locator(".cm-content").click();
      await page.keyboard.type("# mine");
      await run(page, "echo '# theirs' >> site/Dockerfile");
      await expect(page.locator(".files__notices")).toContainText("was changed in the sandbox");
      await shoot(page, "files-conflict");

      await tree.getByRole("button", { name: "app", exact: true }).click();
      await tree.getByRole("button", { name: "Dockerfile.tangled", exact: true }).click();
      await expect(page.getByRole("region", { name: "Problems in this file" })).toBeVisible();
      await shoot(page, "files-problems");
      await page.getByRole("button", { name: "Panels below the terminal" }).click();
      await open(page, "Images");
      await lesson.type("docker images");
      await shoot(page, "split");
    });
  });
}
