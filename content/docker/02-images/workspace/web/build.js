// Builds the site: every page in pages/ becomes HTML in dist/, within the theme.

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { html, title } from "logbook";

const theme = readFileSync("theme/page.html", "utf8");
const style = readFileSync("theme/style.css", "utf8").replace(/\s+/g, " ").trim();

mkdirSync("dist", { recursive: true });
for (const file of readdirSync("pages")) {
  const notes = readFileSync(`pages/${file}`, "utf8");
  const page = theme
    .replace("{{title}}", () => title(notes))
    .replace("{{style}}", () => style)
    .replace("{{body}}", () => html(notes));
  const target = `dist/${file.replace(/\.txt$/, ".html")}`;
  writeFileSync(target, page);
  console.log(`${target}  ${page.length} bytes`);
}
