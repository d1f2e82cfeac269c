//! Lessons as authors write them: what becomes of them, and what is said of what is wrong.

use super::{Context, Parsed, parse, parse_all};
use crate::figure::{Figure, Figures};
use crate::problem::Problem;
use crate::source::Source;

const FRONT: &str = "---\ntitle: A lesson\nsummary: Short.\nminutes: 5\nobjectives: [Do `it`]\n---\n";

/// An exercise that is sound, to be broken.
const EXERCISE: &str = r#"```exercise id=a points=2
goal: Tag it.
expect:
  - image: nginx:1.26
  - image: "*:mine"
    same_as: nginx:1.26
hints:
  - { ask: true, cost: 1, text: "`docker tag`" }
solution: docker tag nginx:1.26 a:mine
pitfalls:
  - { run: docker tag busybox a:mine, fails: same_as }
```
"#;

fn read(text: &str) -> (Option<Parsed>, Vec<Problem>) {
    read_with(text, &Figures::new())
}

fn read_with(text: &str, figures: &Figures) -> (Option<Parsed>, Vec<Problem>) {
    let folders = ["01-first".to_owned(), "02-second".to_owned()];
    let context = Context {
        course: "docker",
        folders: &folders,
        slug: "first",
        figures,
        declared: &[],
    };
    parse(&Source::new("first/lesson.md", text), context)
}

/// What is wrong with a lesson, as a terminal shows it.
fn problems(text: &str) -> String {
    let (_, problems) = read(text);
    problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

fn sound(text: &str) -> Parsed {
    let (parsed, problems) = read(text);
    assert!(
        problems.is_empty(),
        "{}",
        problems.iter().map(ToString::to_string).collect::<String>()
    );
    parsed.unwrap()
}

#[test]
fn a_lesson_becomes_blocks() {
    let text = r#"---
title: Everything
summary: All that a lesson can have.
minutes: 12
objectives:
  - Say *why* with `code`
sandbox:
  images: [nginx:1.26, busybox]
  available: [python:3.13-slim]
  memory: 1GiB
  disk: 4GiB
---

Text with **strong**, *emphasis*, ~~gone~~ and `a < b`.[^one] [Away](https://docs.docker.com/), [down](#tags),
[over there](../02-second/lesson.md#start).

## What it is

> [!WARNING]
> Careful with `rm`.

> Just a quote.

| left | right |
|:-----|------:|
| a    | 1     |

- [x] done
- [ ] to do

3. three
4. four

   ```python
   print("in a list")
   ```

```console
$ docker run \
    busybox
hello <world>
$ pwd
```

```console no-run
$ docker pull nginx
```

```output
plain <output>
```

```dockerfile file=site/Dockerfile
FROM nginx:1.26
```

### Tags

```exercise id=own-tag points=3
goal: Tag `nginx:1.26`.
body: |
  Two things:

  - one
  - two
check: click
setup: docker image rm -f mine || true
expect:
  - image: nginx:1.26
  - image: "*:mine"
    same_as: nginx:1.26
    points: 2
hints:
  - { after: 90s, text: "Think." }
  - { after: 2 fails, text: "Think again." }
  - { ask: true, cost: 1, text: "`docker tag`" }
solution: |
  docker tag nginx:1.26 a:mine
pitfalls:
  - run: docker tag busybox a:mine
    fails: same_as
```

## Tags

A hard\
break.

---

[^one]: A note with `code`.
"#;
    let parsed = sound(text);
    insta::assert_json_snapshot!("blocks", parsed.blocks);
    insta::assert_json_snapshot!("contents", parsed.contents);
    insta::assert_debug_snapshot!("summary", (&parsed.summary, &parsed.objectives, &parsed.sandbox));
    insta::assert_debug_snapshot!(
        "hints",
        (&parsed.exercises[0].hints, &parsed.exercises[0].pitfalls)
    );
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_change_nothing() {
    let unix = format!("{FRONT}\nText.\n\n{EXERCISE}");
    let windows = format!("\u{feff}{}", unix.replace('\n', "\r\n"));
    assert_eq!(sound(&unix).blocks, sound(&windows).blocks);
}

#[test]
fn what_is_wrong_with_a_front_matter_is_said() {
    let said = [
        "no front matter\n",
        "---\ntitle: a\n",
        "---\ntitel: A\nsummary: b\nminutes: 1\nobjectives: [c]\n---\n",
        "---\ntitle: A\nminutes: 1\nobjectives: [c]\n---\n",
        "---\ntitle: ''\nsummary: b\nminutes: 0\nobjectives: []\n---\n",
        "---\ntitle: A\nsummary: b\nminutes: soon\nobjectives: [c]\n---\n",
        "---\ntitle: A\nsummary: b\nminutes: 1\nobjectives: [c]\nsandbox:\n  imges: [nginx]\n---\n",
        "---\ntitle: A\nsummary: b\nminutes: 1\nobjectives: [c]\nsandbox:\n  images: [nginx, Nginx]\n---\n",
        "---\ntitle: A\nsummary: b\nminutes: 1\nobjectives: [c]\nsandbox:\n  images: [nginx, 'nginx:latest']\n---\n",
        "---\ntitle: A\nsummary: b\nminutes: 1\nobjectives: [c]\nsandbox:\n  memory: 1MB\n  disk: lots\n---\n",
        "---\ntitle: A\nsummary: b\nminutes: 1\nobjectives: [c]\nvars:\n  VERSION: [v1, v2]\n---\n",
        "---\ntitle: A ${V}\nsummary: b\nminutes: 1\nobjectives: ['`${V}`']\nvars:\n  V: { pick: [v1] }\n  home: { pick: [a, b] }\n  PATH: { pick: [a, b] }\n  W: { pick: [a b, '$x', c, c] }\n---\n",
        "---\ntitle: A\nsummary: b\nminutes: 1\nobjectives: [c]\nvars:\n  A: { pick: [1, 2, 3, 4, 5] }\n  B: { pick: [1, 2, 3, 4, 5] }\n---\n",
        "---\ntitle: A\nsummary: b\nminutes: 1\nobjectives: ['# no', 'a <b>']\n---\n",
        "---\ntitle: [\n---\n",
        "---\ntitle: A\ntitle: B\n---\n",
    ]
    .map(problems);
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn what_is_wrong_with_a_text_is_said() {
    let said = [
        "# Own heading\n",
        "## Fine\n\n#### Too deep\n",
        "## Fine\n\n[nowhere](#fien) [lesson](../02-secnd/lesson.md) [bad](javascript:alert(1))\n",
        "A <b>bold</b> claim.\n\n<div>\nblock\n</div>\n",
        "![a picture](https://example.com/a.png)\n",
        "```\nwhat?\n```\n",
        "```pyhton\nx\n```\n",
        "```python\nnever closed\n",
        "- in a list\n\n  ```console\n  $ ls\n  ```\n",
        "```console\noutput only\n```\n\n```console\n$ ls \\\n```\n\n```console\n$ pwd\n$ \n```\n",
        "```dockerfile file=../Dockerfile\nFROM a\n```\n",
        "[^1]: unused\n",
        "a\u{202e}b\n",
    ]
    .map(|body| problems(&format!("{FRONT}\n{body}")));
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn what_is_wrong_with_an_exercise_is_said() {
    assert_eq!(problems(&format!("{FRONT}\n{EXERCISE}")), "");
    let change = |from: &str, to: &str| {
        assert!(EXERCISE.contains(from), "{from}");
        problems(&format!("{FRONT}\n{}", EXERCISE.replace(from, to)))
    };
    let said = [
        change("goal: Tag it.", "gaol: Tag it."),
        change("goal: Tag it.", "goal: ''"),
        change("goal: Tag it.", "goal: 'a <i>b</i>'"),
        change("goal: Tag it.", "goal: Tag it.\nbody: '## heading'"),
        problems(&format!(
            "{FRONT}\n{}",
            EXERCISE
                .replace("goal: Tag it.", "goal: Tag it.\ncheck: submit")
                .replace("expect:\n", "expect:\n  - script: test -e a\n    exit: 0\n")
        )),
        change("goal: Tag it.", "goal: Tag it.\ncheck: lives"),
        change("- image: nginx:1.26", "- imgae: nginx:1.26"),
        change("    same_as: nginx:1.26", "    smae_as: nginx:1.26"),
        change("ask: true, cost: 1", "ask: true, cost: 9"),
        change("ask: true, cost: 1", "after: 90s, cost: 1"),
        change("ask: true, cost: 1", "after: soon"),
        change("ask: true, cost: 1", "after: 0 fails"),
        change("ask: true, cost: 1", "after: 90s, ask: true"),
        change("text: \"`docker tag`\"", "text: ' '"),
        change("  - { ask: true, cost: 1, text: \"`docker tag`\" }", "  []"),
        change("solution: docker tag nginx:1.26 a:mine", "solution: ''"),
        change("fails: same_as", "fails: smae_as"),
        change("points=2", "points=many"),
        problems(&format!("{FRONT}\n{EXERCISE}\n{EXERCISE}")),
        problems(&format!("{FRONT}\n {}", EXERCISE.replace('\n', "\n "))),
    ];
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn hostile_sizes_are_refused_and_cost_little() {
    let started = std::time::Instant::now();
    let laughs = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d]";
    let hostile = [
        format!("---\n{laughs}\n---\n"),
        format!("---\ntitle: {}\n---\n", "[".repeat(5_000)),
        format!("---\ntitle: {}\n---\n", "x".repeat(100_000)),
        format!("{FRONT}{}", ">".repeat(5_000) + " deep\n"),
        format!("{FRONT}{}", "- a\n".repeat(30_000)),
        format!("{FRONT}{}", "[".repeat(50_000)),
        format!("{FRONT}{}", "*a _b ".repeat(20_000)),
        format!("{FRONT}{}", "x".repeat(600_000)),
        format!("{FRONT}{}", "[a](javascript:x)\n\n".repeat(1_000)),
    ];
    for text in &hostile {
        let (_, problems) = read(text);
        let excused = text.contains("*a _b ") || text.contains("[[[[[[") && text.starts_with(FRONT);
        assert!(
            !problems.is_empty() || excused,
            "{}",
            &text[..120.min(text.len())]
        );
        assert!(problems.len() <= crate::limits::PROBLEMS_MAX + 1);
    }
    assert!(
        started.elapsed() < std::time::Duration::from_secs(30),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn pictures_stand_between_paragraphs() {
    let svg = "<svg viewBox=\"0 0 320 90\"><path class=\"arrow\" d=\"M0 0H9\"/></svg>";
    let figure = Figure::read(&Source::new("figures/a.svg", svg)).unwrap();
    let figures = Figures::from([
        ("figures/a.svg".to_owned(), figure.clone()),
        ("figures/unused.svg".to_owned(), figure),
    ]);
    let text = "One.\n\n![An `arrow`](figures/a.svg \"An *arrow*\")\n\n> ![Once more](figures/a.svg)\n";
    let (parsed, problems) = read_with(&format!("{FRONT}\n{text}"), &figures);
    assert_eq!(problems.len(), 1, "{problems:?}");
    insta::assert_json_snapshot!("pictures", parsed.unwrap().blocks);

    let wrong = "\
![](figures/a.svg)

![b](figures/b.svg)

![c](https://example.com/c.png)

Text ![d](figures/a.svg) around

![e](figures/a.svg) ![f](figures/a.svg)

- ![g](figures/a.svg)

## ![h](figures/a.svg)

![i ![j](figures/a.svg)](figures/a.svg)
";
    let (_, problems) = read_with(&format!("{FRONT}\n{wrong}"), &figures);
    let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!("wrong_pictures", said.join("\n"));
}

/// A quiz that is sound, to be broken.
const QUIZ: &str = r#"```quiz id=q points=2
question: What does `docker tag` copy?
choices:
  - text: All layers
    why: Layers are shared.
  - { text: "Nothing: a tag is a *name*", right: true, why: "`docker images` shows one ID." }
why: So it takes no time.
```
"#;

/// A question that is answered by typing.
const TYPED: &str = r#"```quiz id=t points=2
question: How many layers has `nginx:1.26`?
answer: 7
unit: layers
wrong:
  - { is: [8, { min: 100 }], why: Count again. }
else: "`${actual}` is not it."
cost: 1
hints:
  - { ask: true, text: "`docker image inspect`" }
```
"#;

#[test]
fn questions_become_blocks_without_their_answers() {
    let others = "\
```quiz id=several
question: Which?
choose: several
choices:
  - { text: a, right: true }
  - { text: b, right: true }
  - { text: c, why: No. }
```

```quiz id=text
question: Which command?
body: Have a look.
answer: [docker history, docker image history]
```

```quiz id=live
question: How many layers has your `nginx:1.26`?
answer: { image: nginx:1.26, field: layers }
solution: docker pull nginx:1.26
```

```exercise id=mixed
goal: Look.
expect:
  - answer: Which user?
    is: { pattern: '^root', example: root }
    wrong:
      - { is: nginx, why: That is its name. }
hints: [{ ask: true, text: Look. }]
solution: docker image inspect nginx
pitfalls:
  - { answer: nginx, fails: is }
```
";
    let parsed = sound(&format!("{FRONT}\n## Here\n\n{QUIZ}\n{TYPED}\n{others}"));
    insta::assert_json_snapshot!("quizzes", parsed.blocks);
    assert_eq!(
        parsed.contents[0].exercises,
        ["q", "t", "several", "text", "live", "mixed"]
    );
    let shown = format!("{:?}", parsed.blocks);
    for secret in [
        "Layers are shared",
        "one ID",
        "takes no time",
        "Count again",
        "docker history",
        "is not it",
        "its name",
    ] {
        assert!(!shown.contains(secret), "{secret} is shown");
    }
    insta::assert_debug_snapshot!("quiz_specs", &parsed.exercises[..2]);
}

#[test]
fn what_is_wrong_with_a_question_is_said() {
    let change = |quiz: &str, from: &str, to: &str| {
        assert!(quiz.contains(from), "{from}");
        problems(&format!("{FRONT}\n{}", quiz.replace(from, to)))
    };
    let said = [
        change(QUIZ, "question: What", "qestion: What"),
        change(QUIZ, "question: What does `docker tag` copy?", "question: ''"),
        change(QUIZ, "    why: Layers are shared.\n", ""),
        change(QUIZ, "right: true, ", ""),
        change(QUIZ, "    why: Layers", "    right: true\n    why: Layers"),
        change(QUIZ, "text: All layers", "txt: All layers"),
        change(QUIZ, "  - text: All layers\n    why: Layers are shared.\n", ""),
        change(QUIZ, "text: All layers", "text: 'Nothing: a tag is a *name*'"),
        change(QUIZ, "text: All layers", "text: '<b>x</b>'"),
        change(QUIZ, "why: So", "answer: 3\nwhy: So"),
        change(QUIZ, "why: So", "choose: severall\nwhy: So"),
        change(QUIZ, "why: So", "solution: ls\nwhy: So"),
        change(QUIZ, "why: So", "wrong: [{ is: x, why: y }]\nwhy: So"),
        change(TYPED, "answer: 7\n", ""),
        change(TYPED, "answer: 7", "answer: [7, seven]"),
        change(TYPED, "answer: 7", "answer: 8"),
        change(TYPED, "answer: 7", "answer: { min: 9, max: 2 }"),
        change(TYPED, "answer: 7", "answer: { mni: 9 }"),
        change(TYPED, "answer: 7", "answer: { pattern: '^a', example: b }"),
        change(TYPED, "answer: 7", "answer: { pattern: '^a' }"),
        change(TYPED, "answer: 7", "answer: { image: nginx, field: layrs }"),
        change(TYPED, "answer: 7", "answer: { network: back, field: layers }"),
        change(TYPED, "answer: 7", "answer: { image: nginx }"),
        change(TYPED, "answer: 7", "answer: []"),
        change(TYPED, "is: [8,", "is: [{ image: nginx, field: layers },"),
        change(TYPED, "unit: layers", "unit: 4 layers"),
        change(TYPED, "unit: layers", "exact: true"),
        change(TYPED, "${actual}", "${expected}"),
        change(TYPED, "cost: 1", "cost: 3"),
        change(TYPED, "cost: 1", "choose: several"),
        problems(&format!(
            "{FRONT}\n{QUIZ}\n{}",
            QUIZ.replace("quiz id", "quiz  id")
        )),
        problems(&format!("{FRONT}\n> {}", QUIZ.replace('\n', "\n> "))),
    ];
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn what_is_wrong_with_a_question_among_conditions_is_said() {
    let said = [
        "{ answer: '', is: 3 }",
        "{ answer: How many? }",
        "{ answer: How many?, is: 3, mode: hold }",
        "{ absent: { answer: How many?, is: 3 } }",
        "{ answer: How many?, si: 3 }",
        "{ answer: How many?, is: 3, else: '${expected}' }",
        "{ answer: How many?, is: 3, else: { wrong: x } }",
        "{ answer: How many?, is: 3, within: 5s }",
    ]
    .map(|one| {
        let exercise = EXERCISE.replace(
            "  - image: nginx:1.26\n",
            &format!("  - image: nginx:1.26\n  - {one}\n"),
        );
        problems(&format!("{FRONT}\n{exercise}"))
    });
    insta::assert_snapshot!(said.join("\n"));
}

const VARS: &str = "---\ntitle: A lesson\nsummary: Short.\nminutes: 5\nobjectives: [Do it]\nvars:\n  TAG: { pick: [v1, v2] }\n  PORT: { pick: [80, 8080] }\n---\n";

fn read_all(text: &str) -> (super::Drawn, Vec<Problem>) {
    let figures = Figures::new();
    let context = Context {
        course: "docker",
        folders: &[],
        slug: "first",
        figures: &figures,
        declared: &[],
    };
    parse_all(&Source::new("first/lesson.md", text), context)
}

#[test]
fn values_stand_wherever_their_names_do() {
    let text = format!(
        "{VARS}\nUse `${{TAG}}` on ${{PORT}}, not `${{HOME}}`, $${{TAG}} nor $${{OTHER}}.\n\n\
         ## About ${{TAG}}\n\n```console\n$ docker tag a b:${{TAG}} && echo ${{HOME}} $${{TAG}}\n```\n\n\
         ```yaml file=compose.yaml\nports: [\"${{PORT}}:80\"]\nimage: ${{IMAGE:-a}}:${{TAG}}\n```\n\n\
         ```quiz id=q\nquestion: Which port is ${{PORT}}?\nanswer: ${{PORT}}\nelse: Not ${{actual}}, ${{PORT}}.\nhints: [{{ ask: true, text: 'It is $${{PORT}}: ${{PORT}}.' }}]\n```\n\n{}",
        EXERCISE.replace("mine", "${TAG}")
    );
    let (drawn, problems) = read_all(&text);
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(drawn.all.len(), 4);
    let (draw, first) = &drawn.all[0];
    assert_eq!((draw["TAG"].as_str(), draw["PORT"].as_str()), ("v1", "80"));
    insta::assert_json_snapshot!("drawn", first.blocks);
    insta::assert_debug_snapshot!("drawn_specs", first.exercises);
    let last = format!("{:?}", drawn.all[3].1.blocks);
    assert!(
        last.contains("b:v2") && last.contains("8080:80") && !last.contains("v1"),
        "{last}"
    );
}

#[test]
fn what_is_wrong_with_values_is_said_where_it_was_written() {
    let said = [
        "Use `${TAG}` here: ${TGA} and [nowhere](#fien).\n".to_owned(),
        "A long ${TAG} before [nowhere](#fien).\n".to_owned(),
        format!("{}\n", EXERCISE.replace("id=a", "id=${TAG}")),
        EXERCISE.replace("goal: Tag it.", "goal: Tag ${IT}."),
        EXERCISE.replace("text: \"`docker tag`\"", "text: \"Use ${PROT}\""),
        EXERCISE.replace(
            "    same_as: nginx:1.26",
            "    same_as: nginx:1.26\n    else: \"${TAGS}\"",
        ),
        EXERCISE.replace(
            "    same_as: nginx:1.26",
            "    same_as: nginx:1.26\n    label: \"a ${TAGS}\"",
        ),
        TYPED.replace("why: Count again.", "why: \"${X}\""),
        EXERCISE.replace("- image: nginx:1.26", "- image: ${TAG}:${PORT}:1"),
    ]
    .map(|body| {
        let (_, problems) = read_all(&format!("{VARS}\n{body}"));
        problems
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    });
    insta::assert_snapshot!(said.join("\n"));
}
