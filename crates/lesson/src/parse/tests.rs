//! Lessons as authors write them: what becomes of them, and what is said of what is wrong.

use super::{Context, Parsed, parse};
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
    let folders = ["01-first".to_owned(), "02-second".to_owned()];
    let context = Context {
        course: "docker",
        folders: &folders,
        slug: "first",
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
        "---\ntitle: A\nsummary: b\nminutes: 1\nobjectives: [c]\nvars:\n  VERSION: { pick: [v1, v2] }\n---\n",
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
        "```quiz id=a points=1\n```\n",
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
