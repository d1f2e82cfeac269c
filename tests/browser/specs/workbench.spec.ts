// The panels of the workbench: pictures of the learner's engine that are right and follow it, and previews.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open, run } from "../support/engine.ts";
import { findings } from "../support/findings.ts";
import { expect, forgive, test } from "../support/test.ts";
import type { Locator } from "@playwright/test";

const APP = `mkdir -p app && cd app && echo one > page && cat > Dockerfile <<'END'
FROM nginx:1.26
RUN head -c 4000000 /dev/zero > /ballast
COPY page /usr/share/nginx/html/index.html
END
docker build -q -t harbour:1 .`;

test("build, tag, run, change and build again: the panels follow, with no reload", async ({ complaints, lesson, page }) => {
  await lesson.start();
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));
  await open(page, "Images");
  const label = (name: string) => page.locator(".label", { hasText: name });
  const said = page.locator(".panel:not([hidden]) .panel__said");
  await expect(label("nginx:1.26")).toBeVisible();

  await run(page, APP);
  await expect(label("harbour:1")).toBeVisible();
  await expect(said).toContainText("harbour:1 is new: 2 layers of its own (4MB)");
  await expect(page.locator(".layer", { hasText: "COPY page" })).toBeVisible();

  // A second name is a second label on the same column.
  await run(page, "docker tag harbour:1 harbour:stable");
  await expect(said).toContainText("harbour:stable is another name for the image of harbour:1; nothing was copied.");
  const left = async (name: string) => (await label(name).boundingBox())?.x;
  await expect.poll(async () => (await left("harbour:stable")) === (await left("harbour:1"))).toBe(true);

  // The label moves to what is built anew, and the old image keeps the other.
  await run(page, "cd app && echo two > page && docker build -q -t harbour:1 .");
  await expect(said).toContainText("The image that harbour:1 was on is still harbour:stable.");
  await expect.poll(async () => (await left("harbour:stable")) === (await left("harbour:1"))).toBe(false);
  await label("harbour:1").click();
  await expect(page.locator(".details")).toContainText("COPY page /usr/share/nginx/html/index.html");
  // What its top layer does, as the engine's own archive has it.
  await page.locator(".layer", { hasText: "COPY page" }).first().click();
  await page.getByRole("button", { name: "What is in it?" }).click();
  const inside = page.locator(".inside");
  await expect(inside).toContainText("stores again, changed, 1 file (4B)", { timeout: 30_000 });
  await expect(inside.locator(".inside__file")).toHaveText(["~changed: /usr/share/nginx/html/index.html4B"]);
  await label("harbour:1").click();
  await page.getByLabel("Beside it").selectOption({ label: "harbour:stable" });
  await expect(page.locator(".compare__said")).toContainText("harbour:1 adds 1 layer (4B), harbour:stable adds 1 layer (4B).");

  await open(page, "Preview");
  await expect(page.locator(".panel:not([hidden])")).toContainText("No container has a published port yet.");
  await run(page, "docker run -d --name quay -p 8080:80 harbour:stable");
  const seen = page.frameLocator(".preview__frame").locator("body");
  await expect(seen).toHaveText("one");
  await run(page, "docker rm -f quay && docker run -d --name pier -p 8080:80 harbour:1");
  await expect(seen).toHaveText("two");
  await page.getByLabel("Path").fill("/nowhere");
  await page.getByRole("button", { name: "Reload" }).click();
  await expect(seen).toContainText("404 Not Found");

  await open(page, "Containers");
  const pier = page.locator(".container", { hasText: "pier" });
  await expect(pier).toContainText("8080 → 80/tcp");
  await pier.getByRole("button", { name: "Log" }).click();
  await expect(pier.locator(".log")).toContainText("/nowhere");
  await run(page, "docker stop -t 0 pier");
  await expect(pier.locator(".container__status")).toHaveText("exited (0)");

  // Run, beside a command of the text, comes back to the terminal.
  await page.locator(".code, pre, figure").getByRole("button", { name: /^Run/ }).nth(3).click();
  await expect(lesson.screen).toContainText("docker images");
  expect(await page.evaluate(() => "sameDocument" in window)).toBe(true);
  // Chromium tells of the learner's own pages: the one that is not there, and the moment without a server.
  forgive(complaints, /status of (404|502) .*http:\/\/8080-[0-9a-f]{32}\.localhost:/);
});

test("a Dockerfile is written in the editor, and built; nothing is written over unseen", async ({ complaints, lesson, page }) => {
  await lesson.start();
  await open(page, "Files");
  const tree = page.getByRole("region", { name: "Your home folder" });
  const text = page.locator(".files__editor .cm-content");
  const tab = (name: string) => page.getByRole("list", { name: "Open files" }).locator(".tab", { hasText: name });
  const notices = page.locator(".files__notices");

  await tree.getByRole("button", { name: "New file" }).click();
  await page.getByLabel("Path of the new file").fill("../x");
  await page.keyboard.press("Enter");
  await expect(tree.getByRole("alert")).toContainText("A path leads from your home folder downwards");
  await page.getByLabel("Path of the new file").fill("berth/Dockerfile");
  await page.keyboard.press("Enter");
  await expect(tab("Dockerfile")).toBeVisible();
  await text.click();
  await page.keyboard.type("FROM busybox\nRUN echo ahoy > /greeting\n");
  await expect(tab("Dockerfile")).toContainText("not saved");
  // By itself, a moment after the last key.
  await expect(tab("Dockerfile")).not.toContainText("not saved");
  expect(await run(page, "cat berth/Dockerfile")).toBe("FROM busybox\nRUN echo ahoy > /greeting\n");
  await run(page, "docker build -q -t berth berth");

  // What a terminal changes is seen, and what it makes appears.
  await run(page, "sed -i s/ahoy/hello/ berth/Dockerfile && echo here > berth/page.html");
  await expect(text).toContainText("echo hello");
  await expect(tree.getByRole("button", { name: "page.html", exact: true })).toBeVisible();

  // Both sides change it: its reader decides.
  await text.click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type("# mine");
  await run(page, "echo '# theirs' >> berth/Dockerfile");
  await expect(notices).toContainText("was changed in the sandbox while you changed it here");
  expect(await run(page, "cat berth/Dockerfile")).toContain("# theirs");
  await notices.getByRole("button", { name: "Keep mine" }).click();
  await expect(notices).not.toContainText("was changed in the sandbox");
  await expect.poll(() => run(page, "cat berth/Dockerfile")).toContain("# mine");
  expect(await run(page, "cat berth/Dockerfile")).not.toContain("# theirs");

  // By key, at once; and a file that is left unsaved for another is saved on the way.
  await tree.getByRole("button", { name: "page.html", exact: true }).click();
  await expect(text).toContainText("here");
  await text.click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type("<p>now</p>");
  await page.keyboard.press("Control+s");
  await expect.poll(() => run(page, "cat berth/page.html")).toContain("<p>now</p>");
  await page.keyboard.type("<p>later</p>");
  await tab("Dockerfile").getByRole("button", { name: /^Dockerfile/ }).click();
  await expect(text).toContainText("# mine");
  await expect.poll(() => run(page, "cat berth/page.html")).toContain("<p>later</p>");

  // What is deleted can be brought back.
  await tree.getByRole("button", { name: "Delete page.html" }).click();
  await expect(notices).toContainText("berth/page.html is deleted.");
  await expect(tree.getByRole("button", { name: "page.html", exact: true })).toHaveCount(0);
  await notices.getByRole("button", { name: "Undo" }).click();
  await expect.poll(() => run(page, "cat berth/page.html 2>&1 || true")).toContain("<p>later</p>");
  const download = page.waitForEvent("download");
  await tree.getByRole("link", { name: "Download page.html" }).click();
  expect((await download).suggestedFilename()).toBe("page.html");

  // Renamed, it stays open, and what was typed last is in it; a name that is taken is refused.
  await tree.getByRole("button", { name: "page.html", exact: true }).click();
  await text.click();
  await page.keyboard.type("<p>last</p>");
  await tree.getByRole("button", { name: "Rename page.html" }).click();
  await page.getByLabel("New path of berth/page.html").fill("berth/Dockerfile");
  await page.keyboard.press("Enter");
  await expect(notices).toContainText("is there already");
  await tree.getByRole("button", { name: "Rename page.html" }).click();
  await expect(page.getByLabel("New path of berth/page.html")).toBeFocused();
  await page.keyboard.type("start");
  await expect(page.getByLabel("New path of berth/page.html")).toHaveValue("berth/start.html");
  await page.getByLabel("New path of berth/page.html").fill("berth/old/start.html");
  await page.keyboard.press("Enter");
  await expect(tab("start.html")).toBeVisible();
  await expect(tab("page.html")).toHaveCount(0);
  await expect(notices).not.toContainText("there");
  forgive(complaints, /409/); // Chromium reports the refusal itself as an error.
  expect(await run(page, "ls berth/page.html 2>&1; cat berth/old/start.html")).toContain("<p>last</p>");

  // What is no text is not opened.
  await run(page, "head -c 100 /dev/urandom > berth/noise && head -c 2000000 /dev/zero > berth/large");
  await tree.getByRole("button", { name: "noise", exact: true }).click();
  await expect(notices).toContainText("berth/noise is not text in UTF-8");
  await tree.getByRole("button", { name: "large", exact: true }).click();
  await expect(notices).toContainText("larger than 1 MiB");
  expect(await findings(page)).toEqual([]);
});

/** Images that are awkward to draw. */
const AWKWARD = [
  // Many names, a dangling image, an empty layer, several stages, an import, and a layer of 600 MB.
  `${APP} && for n in $(seq 200); do docker tag harbour:1 many:$n; done`,
  `printf 'FROM busybox\\nRUN true\\nWORKDIR /deep\\nENV A=1\\nCMD ["sh"]\\n' | docker build -q -t empty -`,
  `printf 'FROM busybox AS one\\nRUN echo 1 > /one\\nFROM nginx:1.26\\nCOPY --from=one /one /one\\n' | docker build -q -t staged -`,
  `printf 'FROM busybox\\nRUN echo 1 > /one\\n' | docker build -q -`,
  `docker create --name flat busybox && docker export flat | docker import - flat:1 && docker rm flat`,
  `printf 'FROM busybox\\nRUN head -c 600000000 /dev/zero > /large\\n' | docker build -q -t large -`,
];

test("files of one's own machine are uploaded: chosen or dropped; nothing is replaced unasked", async ({ lesson, page }) => {
  await lesson.start();
  await run(page, "mkdir -p hold && echo old > hold/list");
  await open(page, "Files");
  const tree = page.getByRole("region", { name: "Your home folder", exact: true });
  const notices = page.locator(".files__notices");
  const file = (name: string, buffer: Buffer) => ({ name, mimeType: "text/plain", buffer });
  const choose = async (...files: ReturnType<typeof file>[]) => {
    const chooser = page.waitForEvent("filechooser");
    await tree.getByRole("button", { name: "Upload" }).click();
    await (await chooser).setFiles(files);
  };

  const vast = Buffer.alloc(8 * 1024 * 1024 + 1);
  await choose(file("crate.txt", Buffer.from("rope\n")), file("vast", vast), file("seal", Buffer.from("wax\n")));
  await expect(tree.getByRole("button", { name: "seal", exact: true })).toBeVisible();
  await expect(notices).toContainText("vast is larger than 8 MiB");
  expect(await run(page, "cat crate.txt seal")).toBe("rope\nwax\n");

  // Dropped on a folder, it goes there; what is there stays, until its reader says otherwise.
  const drop = async (onto: string, name: string, text: string) => {
    const data = await page.evaluateHandle(
      ([name, text]) => {
        const data = new DataTransfer();
        data.items.add(new File([text ?? ""], name ?? ""));
        return data;
      },
      [name, text],
    );
    const row = tree.getByRole("button", { name: onto, exact: true });
    await row.dispatchEvent("dragover", { dataTransfer: data });
    await expect(tree).toContainText(`Drop to upload into ${onto}.`);
    await row.dispatchEvent("drop", { dataTransfer: data });
    await expect(tree).not.toContainText("Drop to upload");
  };
  await drop("hold", "list", "new\n");
  await expect(notices).toContainText("There is a hold/list already.");
  expect(await run(page, "cat hold/list")).toBe("old\n");
  expect(await findings(page)).toEqual([]);
  await notices.getByRole("button", { name: "Leave it" }).click();
  await expect(notices).not.toContainText("already");
  expect(await run(page, "cat hold/list")).toBe("old\n");
  await drop("hold", "list", "new\n");
  await notices.getByRole("button", { name: "Replace it" }).click();
  await expect.poll(() => run(page, "cat hold/list")).toBe("new\n");
});

test("a build is seen as it happens, step by step, with what the cache gave", async ({ complaints, lesson, page }) => {
  await lesson.start();
  await open(page, "Images");
  await expect(page.locator(".label", { hasText: "nginx:1.26" })).toBeVisible();
  const build = page.getByRole("region", { name: "The newest build" });
  const step = (text: string) => build.locator(".build__step", { hasText: text });
  await expect(build).toHaveCount(0);

  const slow = run(page, `mkdir -p app && cd app && echo one > page && cat > Dockerfile <<'END'
FROM busybox:latest
RUN sleep 4
COPY page /page
END
docker build -q -t slow:1 .`);
  await expect(build).toContainText("A build is at step 2 of 3");
  await expect(step("RUN sleep 4")).toHaveClass(/build__step--running/);
  await expect(step("COPY page /page")).toHaveClass(/build__step--waiting/);
  await slow;
  await expect(build).toContainText(/Built in [4-9]\.\d s/);
  await expect(step("RUN sleep 4")).toContainText(/[4-9]\.\d s/);
  await expect(build).toContainText("exporting");
  await expect(page.locator(".label", { hasText: "slow:1" })).toBeVisible();

  // A file is changed: what stands before it comes from the cache.
  await run(page, "cd app && echo two > page && docker build -q -t slow:1 .");
  await expect(step("RUN sleep 4")).toContainText("cached");
  await expect(step("COPY page /page")).not.toContainText("cached");
  await expect(build).toContainText("came from the cache");
  expect(await findings(page)).toEqual([]);

  // One that fails says where, and why.
  await run(page, "cd app && sed -i 's/sleep 4/false/' Dockerfile && docker build -q -t slow:1 . || true");
  await expect(build).toContainText("The build failed after");
  await expect(step("RUN false")).toHaveClass(/build__step--failed/);
  await expect(build.locator(".build__error")).toContainText("exit code: 1");

  // Without a Dockerfile there is no step to fail.
  await run(page, "mkdir -p empty && docker build -q empty || true");
  await expect(build.locator(".build__error")).toContainText("failed to read dockerfile");

  // The page is read again: the newest build is still known; put away, it is gone.
  await page.reload();
  await expect(build).toContainText("The build failed after");
  await build.getByRole("button", { name: "Put the build away" }).click();
  await expect(build).toHaveCount(0);
  expect(complaints).toEqual([]);
});

test("what is wrong in a Dockerfile is marked as it is written", async ({ lesson, page }) => {
  await lesson.start();
  await run(page, "mkdir -p app && printf 'FROM busybox:latest AS one\nRUM echo hi\n' > app/Dockerfile && echo plain > notes.txt");
  await open(page, "Files");
  const tree = page.getByRole("region", { name: "Your home folder", exact: true });
  await tree.getByRole("button", { name: "app", exact: true }).click();
  await tree.getByRole("button", { name: "Dockerfile", exact: true }).click();
  const problems = page.getByRole("region", { name: "Problems in this file" });
  await expect(problems.getByRole("button")).toHaveText([/^Line 1.*busybox:latest/, /^Line 2.*is it meant to be RUN\?/]);
  await expect(page.locator(".files__editor .cm-lintRange-error")).toHaveText("RUM echo hi");
  expect(await findings(page)).toEqual([]);

  // Mended, it is told of no more; what is new is.
  await problems.getByRole("button", { name: /^Line 2/ }).click();
  await page.keyboard.press("Shift+End");
  await page.keyboard.type("CMD sleep 100");
  await expect(problems.getByRole("button")).toHaveText([/^Line 1/, /^Line 2.*docker stop/]);
  await expect(page.locator(".files__editor .cm-lintRange-error")).toHaveCount(0);
  await tree.getByRole("button", { name: "notes.txt", exact: true }).click();
  await expect(problems).toBeHidden();
});

test("a link of the text opens a file at its line", async ({ complaints, lesson, page }) => {
  const link = page.getByRole("link", { name: "line 29" });
  // Nothing can be opened yet: it leads to where a sandbox is started.
  await link.click();
  expect(new URL(page.url()).hash).toBe("#bench");
  await lesson.start();
  await link.click();
  const line = page.locator(".files__editor .cm-activeLine");
  await expect(line).toContainText('app.run(port=int(os.environ.get("PORT", "5000")))');
  await expect(page.locator(".files__editor .cm-content")).toBeFocused();
  // A file that is open already is gone to as well, and one that is not there is told of.
  await page.getByRole("link", { name: "crate/Dockerfile" }).click();
  await expect(line).toContainText("RUN rm /ballast");
  await run(page, "rm tides/tides.py");
  await page.locator(".files__tabs .tab", { hasText: "tides.py" }).getByRole("button", { name: "Close tides.py" }).click();
  await link.click();
  await expect(page.locator(".files__notices")).toContainText("There is no tides/tides.py in your home folder now.");
  forgive(complaints, /404/); // Chromium reports the answer itself as an error.
});

test("everything is downloaded as one archive", async ({ lesson, page }) => {
  await lesson.start();
  await run(page, "mkdir -p 'a b' && echo ahoy > 'a b/ü.txt' && ln -s 'a b/ü.txt' link && chmod +x 'a b/ü.txt'");
  await open(page, "Files");
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download all" }).click();
  const saved = await download;
  expect(saved.suggestedFilename()).toBe("home.tar.gz");
  const folder = mkdtempSync(join(tmpdir(), "drydock-home-"));
  try {
    execFileSync("tar", ["--extract", "--gzip", "--file", await saved.path(), "--directory", folder]);
    expect(readFileSync(join(folder, "link"), "utf8")).toBe("ahoy\n");
    expect(statSync(join(folder, "a b/ü.txt")).mode & 0o111).not.toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("what is drawn is what docker history and docker inspect say", async ({ lesson, page }) => {
  test.slow();
  await lesson.start();
  for (const command of AWKWARD) await run(page, command);
  const ids = (await run(page, "docker images -q --no-trunc | sort -u")).trim().split("\n");
  // Each layer by all that lies below it, and how many images have it.
  const expected = new Map<string, { images: number; size: string }>();
  for (const id of ids) {
    const layers: string[] = JSON.parse(await run(page, `docker inspect -f '{{json .RootFS.Layers}}' ${id}`));
    const history = (await run(page, `docker history --no-trunc --format '{{.Size}}' ${id}`)).trim().split("\n").reverse();
    const sizes = history.filter((size) => size !== "0B");
    layers.forEach((_, index) => {
      const key = layers.slice(0, index + 1).join(" ");
      const known = expected.get(key);
      expected.set(key, { images: (known?.images ?? 0) + 1, size: known?.size ?? "" });
    });
    // Where no layer is empty, the history says how large each is.
    if (sizes.length === layers.length) {
      layers.forEach((_, index) => {
        const key = layers.slice(0, index + 1).join(" ");
        expected.set(key, { images: expected.get(key)?.images ?? 0, size: sizes[index] ?? "" });
      });
    }
  }

  await open(page, "Images");
  await expect(page.locator(".layer")).toHaveCount(expected.size);
  const drawn = await page.locator(".layer").evaluateAll((layers) =>
    layers.map((layer) => ({
      below: layer.getAttribute("data-below") ?? "",
      images: Number(layer.getAttribute("data-images")),
      size: layer.querySelector(".layer__size")?.textContent ?? "",
    })),
  );
  for (const { below, images, size } of drawn) {
    const known = expected.get(below);
    expect(known, below).toBeDefined();
    expect(images, below).toBe(known?.images);
    if (known?.size) expect(size, below).toBe(known.size);
  }
  // Four names and how many more there are; and the dangling one has none.
  await expect(page.locator(".label", { hasText: "and 197 more names" })).toBeVisible();
  await expect(page.locator(".label--nameless")).toHaveCount(1);
  const sum = await page.locator(".panel:not([hidden]) .panel__said").textContent();
  expect(sum).toContain(`${ids.length} images, ${expected.size} layers`);

  // The table has the same images and sizes.
  await page.getByRole("button", { name: "Table", exact: true }).click();
  const rows = page.locator(".facts-table tbody tr");
  await expect(rows).toHaveCount(ids.length);
  const sizes = (await run(page, "docker images --format '{{.Size}}'")).trim().split("\n");
  for (const size of await rows.locator("td:nth-child(5)").allTextContents()) expect(sizes).toContain(size);
});

for (const theme of ["light", "dark"] as const) {
  test.describe(theme, () => {
    test.use({ colorScheme: theme });

    test("axe finds nothing in the panels, and they are reached by keyboard", async ({ lesson, page }) => {
      await lesson.start();
      await run(page, "docker run -d --name web -p 8080:80 nginx:1.26 && docker tag busybox second:1");
      await run(page, "printf 'FROM busybox:latest\\nRUN false\\nRUM true\\n' > Dockerfile; sed '/RUM/d' Dockerfile | docker build -q - || true");
      for (const name of ["Images", "Containers", "Preview", "Files"]) {
        const tab = page.getByRole("list", { name: "Your engine" }).getByRole("button", { name, exact: true });
        await tab.focus();
        await page.keyboard.press("Enter");
        await expect(page.getByRole("region", { name, exact: true })).toBeVisible();
        await expect(page.locator(".panel:not([hidden]) .panel__waiting")).toHaveCount(0);
        if (name === "Images") {
          await page.locator(".label", { hasText: "second" }).focus();
          await page.keyboard.press("Enter");
          await expect(page.locator(".details__title")).toContainText("second:1");
          await page.getByRole("button", { name: /^The build failed/ }).focus();
          await page.keyboard.press("Enter");
          await expect(page.locator(".build__step--failed")).toBeVisible();
        }
        if (name === "Files") {
          await page.locator(".tree__name", { hasText: "Dockerfile" }).focus();
          await page.keyboard.press("Enter");
          await expect(page.locator(".files__editor .cm-lintRange-error")).toBeVisible();
          await expect(page.locator(".files__editor .cm-lintRange-warning")).toBeVisible();
        }
        if (name === "Preview") await expect(page.frameLocator(".preview__frame").locator("h1")).toContainText("nginx");
        expect(await findings(page)).toEqual([]);
      }
    });
  });
}

test("a panel stands below the terminal, where both are wanted", async ({ lesson, page }) => {
  await lesson.start();
  const split = page.getByRole("button", { name: "Panels below the terminal" });
  await split.click();
  const images = page.getByRole("region", { name: "Images", exact: true });
  await expect(images).toBeVisible();
  await lesson.type("docker tag busybox beside:1");
  await expect(lesson.screen).toContainText("docker tag");
  await expect(page.locator(".label", { hasText: "beside:1" })).toBeVisible();
  // A command of the text leaves the panel where it is.
  await page.locator(".code").getByRole("button", { name: /^Run/ }).first().click();
  await expect(images).toBeVisible();

  const height = async () => (await page.locator("#screens").boundingBox())?.height ?? 0;
  const before = await height();
  await page.getByRole("separator", { name: "Height of the terminal" }).focus();
  for (let press = 0; press < 5; press++) await page.keyboard.press("ArrowDown");
  expect(await height()).toBeGreaterThan(before + 20);
  expect(await findings(page)).toEqual([]);

  await page.reload();
  await lesson.prompt();
  await expect(images).toBeVisible();
  expect(await height()).toBeGreaterThan(before + 20);
  // Where there is no room for two, one is shown.
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole("button", { name: /^Terminal/ }).first().click();
  await expect(images).toBeVisible();
  await expect(lesson.screen).toBeHidden();
  await page.setViewportSize({ width: 1280, height: 800 });
  await expect(lesson.screen).toBeVisible();
  await page.keyboard.press("Control+Alt+0");
  await expect(lesson.screen).toBeHidden();
  await expect(images).toBeVisible();
});

test("by keyboard alone: write, build, see, tag, run, look, change and build again", async ({ lesson, page }) => {
  test.slow();
  const focused = page.locator(":focus");
  /** Presses Tab until that has the focus, as somebody without a mouse would. */
  const tabTo = async (target: Locator) => {
    await expect(target).toBeVisible();
    for (let press = 0; press < 60; press++) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`Tab does not reach ${target}`);
  };
  /** Runs a line in the terminal. */
  const enter = async (line: string, then: string) => {
    await page.keyboard.press("Control+Alt+1");
    await expect(focused).toHaveAttribute("aria-label", /^Terminal/);
    await page.keyboard.type(line);
    await page.keyboard.press("Enter");
    await expect(lesson.screen).toContainText(then, { timeout: 60_000 });
  };

  await page.keyboard.press("F6");
  await tabTo(page.getByRole("button", { name: "Start", exact: true }));
  await page.keyboard.press("Enter");
  await lesson.prompt();

  await page.keyboard.press("Control+Alt+2");
  await tabTo(page.getByRole("button", { name: "New file" }));
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Path of the new file")).toBeFocused();
  await page.keyboard.type("dock/Dockerfile");
  await page.keyboard.press("Enter");
  await expect(page.locator(".files__editor .cm-content")).toBeFocused();
  await page.keyboard.type("FROM nginx:1.26\nRUN sleep 1\nCOPY index.html /usr/share/nginx/html/\n");
  await page.keyboard.press("Control+s");
  await enter("echo one > dock/index.html; docker build -t harbour:1 dock; echo built-$((1 + 1))", "built-2");

  await page.keyboard.press("Control+Alt+3");
  await tabTo(page.locator(".label", { hasText: "harbour:1" }));
  await page.keyboard.press("Enter");
  await expect(page.locator(".details__title")).toContainText("harbour:1");
  await enter("docker tag harbour:1 harbour:stable; clear", "$");
  await page.keyboard.press("Control+Alt+3");
  await expect(page.locator(".label", { hasText: "harbour:stable" })).toBeVisible();

  await enter("docker run -d --name quay -p 8080:80 harbour:1; docker ps --format 'is {{.Names}}'", "is quay");
  await page.keyboard.press("Control+Alt+5");
  await expect(page.frameLocator(".preview__frame").locator("body")).toHaveText("one");

  await page.keyboard.press("Control+Alt+2");
  const tree = page.getByRole("region", { name: "Your home folder", exact: true });
  await tabTo(tree.getByRole("button", { name: "index.html", exact: true }));
  await page.keyboard.press("Enter");
  await expect(page.locator(".files__editor .cm-content")).toContainText("one");
  await expect(page.locator(".files__editor .cm-content")).toBeFocused();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("two");
  await page.keyboard.press("Control+s");
  await enter("clear; docker build -t harbour:1 dock; echo again-$((1 + 1))", "again-2");
  await page.keyboard.press("Control+Alt+3");
  const build = page.getByRole("region", { name: "The newest build" });
  await tabTo(build.locator(".build__said"));
  if ((await focused.getAttribute("aria-expanded")) === "false") await page.keyboard.press("Enter");
  await expect(build.locator(".build__step", { hasText: "RUN sleep 1" })).toContainText("cached");
  await expect(build.locator(".build__step", { hasText: "COPY index.html" })).not.toContainText("cached");
});

test("a phone shows terminals and panels, one at a time", async ({ lesson, page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole("button", { name: /^Terminal/ }).click();
  await lesson.start();
  await open(page, "Images");
  await expect(page.locator(".label", { hasText: "nginx:1.26" })).toBeVisible();
  await page.getByRole("list", { name: "Terminals" }).getByRole("button", { name: "Terminal 1", exact: true }).click();
  await expect(lesson.screen).toBeVisible();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  expect(wide).toBe(false);
});

test("every panel has a key, from the terminal too, and ? lists them", async ({ lesson, page }) => {
  await page.keyboard.press("Shift+?");
  await expect(page.getByText("More keys are listed here once your sandbox has started.")).toBeVisible();
  await lesson.start();
  await page.getByRole("textbox", { name: /^Terminal/ }).focus();
  for (const [key, name] of [["2", "files"], ["3", "images"], ["4", "containers"], ["5", "preview"]]) {
    await page.keyboard.press(`Control+Alt+${key}`);
    await expect(page.locator(`#panel-${name}`)).toBeFocused();
  }
  await page.keyboard.press("?");
  const list = page.locator("#terminal-menu");
  await expect(list).toContainText("to Files, Images, Containers, Preview");
  await page.keyboard.press("Escape");
  await expect(list).toBeHidden();
  await page.keyboard.press("Control+Alt+1");
  await expect(page.getByRole("textbox", { name: /^Terminal/ })).toBeFocused();
  // In the terminal, a question mark is the shell's.
  await page.keyboard.type("echo is-it-?");
  await page.keyboard.press("Enter");
  await expect(lesson.screen).toContainText("echo is-it-?is-it-?");
  await expect(list).toBeHidden();
});

test("a sandbox that has run out of memory says what happened and what to do", async ({ lesson, page }) => {
  await lesson.start();
  await run(page, `perl -e 'my @x; push @x, "a" x (16 << 20) while 1'; true`);
  const said = page.getByText("Your sandbox had no memory left, so what wanted more was ended, with exit code 137.");
  await expect(said).toBeVisible({ timeout: 20_000 });
  // The terminal goes on.
  await page.getByRole("textbox", { name: /^Terminal/ }).focus();
  await page.keyboard.type("echo still-$((40 + 2))");
  await page.keyboard.press("Enter");
  await expect(lesson.screen).toContainText("still-42");
});
