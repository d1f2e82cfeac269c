import assert from "node:assert/strict";
import { test } from "node:test";
import { languageOf } from "../editor/language";

test("a file's language is told by its name", () => {
  const expected = {
    Dockerfile: "dockerfile",
    "app/Dockerfile.prod": "dockerfile",
    "build.dockerfile": "dockerfile",
    ".dockerignore": "properties",
    "service/.env": "properties",
    "compose.yaml": "yaml",
    "web/package.json": "json",
    "app/app.py": "python",
    "run.sh": "shell",
    "site/index.html": "html",
    "README.md": "markdown",
    "notes": "plain",
    "": "plain",
  };
  for (const [path, language] of Object.entries(expected)) assert.equal(languageOf(path), language, path);
});
