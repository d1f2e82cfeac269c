// Installs the tests' packages where they are missing or the lock file has changed since. Browsers are not downloaded:
// the system's Chromium is used.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = new URL("..", import.meta.url);
const stamp = new URL("node_modules/.drydock-stamp", here);
const wanted = createHash("sha256")
  .update(readFileSync(new URL("package.json", here)))
  .update(readFileSync(new URL("package-lock.json", here)))
  .digest("hex");

if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
  execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: fileURLToPath(here),
    stdio: "inherit",
  });
  writeFileSync(stamp, wanted);
}
