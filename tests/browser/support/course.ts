// A course of the tests' own: small exercises, one of which has a setup.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface Exercise {
  id: string;
  goal: string;
  expect: string;
  setup?: string;
  solution: string;
}

const EXERCISES: Exercise[] = [
  { id: "tag", goal: "An image is called `mine:v1`.", expect: "image: mine:v1", solution: "docker tag busybox mine:v1" },
  {
    id: "notes",
    goal: "The notes are new.",
    expect: "{ file: notes.txt, has: '^new' }",
    setup: "echo old > notes.txt",
    // Slow enough to be seen. It asks where the cursor is, and does not wait: what the browser answers is typed into the shell.
    solution: "printf '\\033[6n'; sleep 2\n  echo new > notes.txt",
  },
  { id: "last", goal: "An image is called `mine:v3`.", expect: "image: mine:v3", solution: "docker tag busybox mine:v3" },
];

/** Where the lesson is served. */
export const TRY_LESSON = "/courses/try/first";

/** Writes the course's folder, with what its front matter says of solutions. */
export function writeCourse(folder: string, solutions: string): void {
  const lesson = join(folder, "try/01-first");
  mkdirSync(lesson, { recursive: true });
  writeFileSync(join(folder, "try/course.yaml"), "title: Try\nsummary: For tests.\nlessons: [01-first]\n");
  const head = [
    "---",
    "title: First",
    "summary: For tests.",
    "minutes: 5",
    "objectives:",
    "  - Try",
    "sandbox:",
    "  images: [busybox]",
    `solutions: ${solutions}`,
    "---",
    "",
    "Text.",
    "",
    "## All",
    "",
  ];
  const exercises = EXERCISES.flatMap(({ id, goal, expect, setup, solution }) => [
    `\`\`\`exercise id=${id} points=2`,
    `goal: "${goal}"`,
    ...(setup ? [`setup: ${setup}`] : []),
    "expect:",
    `  - ${expect}`,
    "hints:",
    '  - { ask: true, text: "Do it." }',
    "solution: |",
    `  ${solution}`,
    "```",
    "",
  ]);
  writeFileSync(join(lesson, "lesson.md"), [...head, ...exercises].join("\n"));
}
