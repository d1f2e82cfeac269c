// Serves dist/ on port 3000. Good enough to try things out.

import { createServer } from "node:http";
import { readFileSync } from "node:fs";

const server = createServer((request, response) => {
  response.setHeader("Content-Type", "text/html; charset=utf-8");
  response.end(readFileSync("dist/index.html"));
});

process.on("SIGTERM", () => process.exit(0));
server.listen(3000, () => console.log("listening on port 3000"));
