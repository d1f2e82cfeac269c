// The tests' own course, with every kind of question, a picture and a variable.

import { fileURLToPath } from "node:url";
import { Drydock } from "./drydock.ts";
import { test as base } from "./test.ts";

const COURSES = fileURLToPath(new URL("../../content", import.meta.url));

export const QUESTIONS = "/courses/asking/questions";

export const test = base.extend<object, { drydock: Drydock }>({
  drydock: [
    async ({}, use, info) => {
      const drydock = await Drydock.start(info.workerIndex, { DRYDOCK_CONTENT: COURSES });
      await use(drydock);
      drydock.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
});
