// Builds the notice board: src/notices.json becomes dist/index.html.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const notices = JSON.parse(readFileSync("src/notices.json", "utf8"));
const items = notices.map(({ date, text }) => `  <li><time>${date}</time> ${text}</li>`).join("\n");

mkdirSync("dist", { recursive: true });
writeFileSync(
  "dist/index.html",
  `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Notices</title>
<h1>Notices to skippers</h1>
<ul>
${items}
</ul>
</html>
`,
);
console.log(`dist/index.html  ${notices.length} notices`);
