// The author's pane: what is wrong with the lessons' files, and of each exercise on this page what learners never see.
// Only `drydock lesson dev` serves this file and puts it into pages.

const [, course, lesson] = location.pathname.match(/^\/courses\/([^/]+)\/([^/]+)$/) ?? [];
const OPEN = "drydock-author-open";

/** An element with a class, some text and what is in it. Text is never read as HTML. */
function make(tag, className, ...inside) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...inside);
  return element;
}

/** Plain text with `code` in backticks. */
function inline(text) {
  return (text ?? "").split("`").map((part, index) => (index % 2 ? make("code", "", part) : part));
}

function button(label, press) {
  const element = make("button", "author__button", label);
  element.type = "button";
  element.addEventListener("click", press);
  return element;
}

const problems = make("div", "author__problems");
const exercises = make("div", "author__exercises");
const body = make("div", "author__body", problems, exercises);
body.id = "author-body";
const count = make("span", "author__count");
const toggle = button("Author ", () => show(body.hidden));
toggle.className = "author__toggle";
toggle.setAttribute("aria-controls", body.id);
toggle.append(count);
const pane = make("aside", "author", toggle, body);
pane.setAttribute("aria-label", "Author");

function show(open) {
  body.hidden = !open;
  toggle.setAttribute("aria-expanded", String(open));
  sessionStorage.setItem(OPEN, open ? "1" : "");
}

function showProblems(found) {
  const errors = found.filter(({ severity }) => severity === "error").length;
  count.textContent = found.length ? String(found.length) : "";
  count.classList.toggle("author__count--bad", errors > 0);
  count.setAttribute("aria-label", `${errors} errors, ${found.length - errors} warnings`);
  const rows = found.map(({ place, severity, message, excerpt, help }) => {
    const row = make("li", `author__problem author__problem--${severity}`);
    row.append(make("p", "author__message", ...inline(message)), make("p", "author__place", place));
    if (excerpt) row.append(make("pre", "author__excerpt", excerpt));
    if (help) row.append(make("p", "author__help", ...inline(help)));
    return row;
  });
  const head = errors ? "The page shows the last version without errors." : "Nothing that keeps the page from being shown.";
  problems.replaceChildren(
    ...(found.length ? [make("p", "author__lead", head), make("ul", "author__list", ...rows)] : []),
  );
  if (errors) show(true);
}

// ---- Exercises

const outcomes = new Map();

function card(exercise) {
  const list = make("ol", "author__outcomes");
  const said = make("p", "author__said");
  said.setAttribute("role", "status");
  const show_ = (verdict) => {
    const rows = exercise.labels.map((label, index) => {
      const outcome = verdict?.outcomes[index];
      const state = outcome?.state ?? "unknown";
      const row = make("li", `author__outcome author__outcome--${state}`);
      const word = { met: "holds", was_met: "held before", unmet: "does not hold", unknown: "not looked at yet" }[state];
      row.append(make("p", "", ...inline(label)), make("p", "author__state", word + (outcome?.field ? `: ${outcome.field}` : "")));
      const facts = make("dl", "author__facts");
      for (const [name, value] of [["expected", outcome?.expected], ["found", outcome?.actual], ["message", outcome?.message]]) {
        if (value) facts.append(make("dt", "", name), make("dd", "", ...inline(value)));
      }
      if (facts.children.length) row.append(facts);
      return row;
    });
    list.replaceChildren(...rows);
  };
  outcomes.set(exercise.id, show_);
  show_();
  const run = (label, title, wanted) => {
    const element = button(label, async () => {
      element.disabled = true;
      said.className = "author__said";
      said.textContent = `${label} …`;
      const address = `/author/courses/${course}/lessons/${lesson}/exercises/${exercise.id}/run`;
      try {
        const answer = await fetch(address, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(wanted),
        });
        const told = await answer.json();
        said.classList.add(told.good ? "author__said--good" : "author__said--bad");
        said.replaceChildren(...inline(told.said ?? told.detail ?? "It could not be run."));
        if (told.verdict) show_(told.verdict);
      } catch {
        said.textContent = "The server does not answer.";
      }
      element.disabled = false;
    });
    element.title = title;
    return element;
  };
  const buttons = make(
    "div",
    "author__buttons",
    run("Run solution", exercise.solution, { what: "solution" }),
    ...exercise.pitfalls.map(({ run: commands, fails }, index) =>
      run(`Run pitfall ${index + 1}`, `${commands}\n\nhas to fail at: ${fails}`, { what: "pitfall", number: index + 1 }),
    ),
    run("Run setup", exercise.setup ?? "Writes the lesson's files anew", { what: "setup" }),
  );
  const head = make("h3", "author__name", make("code", "", exercise.id), ` line ${exercise.line}`);
  return make("section", "author__exercise", head, buttons, said, list);
}

async function showExercises() {
  if (!lesson) return;
  const answer = await fetch(`/author/courses/${course}/lessons/${lesson}`);
  if (!answer.ok) return;
  exercises.replaceChildren(...(await answer.json()).map(card));
  // Those that came meanwhile.
  for (const [exercise, verdict] of verdicts) outcomes.get(exercise)?.(verdict);
}

// Verdicts, as the page itself gets them, on the page's own socket: a second one, opened at the same moment by a browser that has
// no session yet, would be another learner's, and what is started here would be theirs or ours by chance.
const verdicts = new Map();
globalThis.drydock?.hears.push((frame) => {
  const event = JSON.parse(frame);
  if (event.event !== "verdict") return;
  verdicts.set(event.verdict.exercise, event.verdict);
  outcomes.get(event.verdict.exercise)?.(event.verdict);
});

// ---- News of the files

let version;
new EventSource("/author/news").addEventListener("message", ({ data }) => {
  const news = JSON.parse(data);
  if (version !== undefined && news.version !== version) location.reload();
  version = news.version;
  showProblems(news.problems);
});

document.body.append(pane);
show(sessionStorage.getItem(OPEN) === "1");
showExercises();
