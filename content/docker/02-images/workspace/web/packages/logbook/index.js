// Turns notes into HTML. A line that begins with "# " is a heading, lines that begin with "- " are a list, and blank lines
// part paragraphs.

const signs = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

const escape = (text) => text.replace(/[&<>"]/g, (sign) => signs[sign]);

function block(lines) {
  if (lines[0].startsWith("# ")) return `<h1>${escape(lines[0].slice(2))}</h1>`;
  if (lines.every((line) => line.startsWith("- "))) {
    return `<ul>${lines.map((line) => `<li>${escape(line.slice(2))}</li>`).join("")}</ul>`;
  }
  return `<p>${escape(lines.join(" "))}</p>`;
}

export function html(notes) {
  return notes
    .trim()
    .split(/\n\s*\n/)
    .map((part) => block(part.split("\n")))
    .join("\n");
}

export function title(notes) {
  return escape(notes.match(/^# (.*)$/m)?.[1] ?? "Harbour");
}
