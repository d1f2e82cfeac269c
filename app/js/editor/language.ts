// Which language a file is written in, by its name.

export type Language =
  | "dockerfile"
  | "shell"
  | "properties"
  | "yaml"
  | "json"
  | "python"
  | "javascript"
  | "html"
  | "markdown"
  | "plain";

const BY_ENDING: Record<string, Language> = {
  dockerfile: "dockerfile",
  sh: "shell",
  bash: "shell",
  env: "properties",
  conf: "properties",
  ini: "properties",
  yaml: "yaml",
  yml: "yaml",
  json: "json",
  py: "python",
  js: "javascript",
  mjs: "javascript",
  cjs: "javascript",
  jsx: "javascript",
  ts: "javascript",
  html: "html",
  htm: "html",
  md: "markdown",
};

/** The language of a file. */
export function languageOf(path: string): Language {
  const name = (path.split("/").pop() ?? "").toLowerCase();
  if (/^(dockerfile|containerfile)(\..*)?$/.test(name)) return "dockerfile";
  // `.dockerignore`, `.gitignore`, `.env`: a pattern or a value a line, and comments with #.
  if (/ignore$|^\.env/.test(name)) return "properties";
  return BY_ENDING[name.split(".").pop() ?? ""] ?? "plain";
}
