//! Dockerfiles of all kinds, and texts that are none.

use super::Dockerfile;

fn read(text: &str) -> Dockerfile {
    Dockerfile::read(text).unwrap_or_else(|problem| panic!("{text}: {problem:?}"))
}

#[test]
fn stages_instructions_and_flags_are_read() {
    let text = "ARG VERSION=20\nFROM --platform=linux/amd64 node:${VERSION}-slim AS Build\nWORKDIR /app\n\
        COPY --chown=node:node package*.json ./\nRUN npm ci \\\n  # all of it\n  && npm run build\n\
        FROM nginx:1.26\ncopy --from=build /app/dist /usr/share/nginx/html\nCMD [\"nginx\", \"-g\", \"daemon off;\"]\n";
    let file = read(text);
    assert_eq!(file.stages.len(), 2);
    let [build, last] = file.stages.as_slice() else {
        panic!()
    };
    assert_eq!(
        (build.from.as_str(), build.name.as_deref(), build.line),
        ("node:20-slim", Some("build"), 2)
    );
    assert_eq!(build.instructions[2].text, "RUN npm ci && npm run build");
    assert_eq!(build.instructions[1].flag("chown"), Some("node:node"));
    let copy = &last.instructions[0];
    assert_eq!(
        (copy.keyword, copy.line, copy.flag("from")),
        ("COPY", 9, Some("build"))
    );
    assert_eq!(file.named("BUILD").unwrap().0, 0);
    assert_eq!(file.named("1").unwrap().0, 1);
    assert!(file.named("2").is_none() && file.named("nginx:1.26").is_none());
    assert_eq!(
        last.instructions[1].exec().unwrap(),
        ["nginx", "-g", "daemon off;"]
    );
}

#[test]
fn the_exec_form_is_a_list_in_json_and_nothing_else() {
    let exec = |rest: &str| {
        let file = read(&format!("FROM a\nCMD {rest}"));
        file.stages[0].instructions[0].exec()
    };
    assert_eq!(exec("[\"a\", \"b c\"]").unwrap(), ["a", "b c"]);
    assert_eq!(exec("[ ]").unwrap(), Vec::<String>::new());
    assert_eq!(exec("[\"a\", \\\n \"b\"]").unwrap(), ["a", "b"]);
    assert!(exec("['a', 'b']").is_none(), "these are no quotes in JSON");
    assert!(exec("[\"a\", 1]").is_none());
    assert!(exec("nginx -g x").is_none());
    assert!(exec("[ -f x ] && y").is_none());
}

#[test]
fn a_stage_may_stand_on_an_earlier_one() {
    let file = read("FROM debian AS base\nENV U=app\nFROM base AS more\nUSER $U\nFROM more\nCMD x");
    let chain: Vec<&str> = file
        .chain(file.last().unwrap())
        .map(|stage| stage.from.as_str())
        .collect();
    assert_eq!(chain, ["more", "base", "debian"]);
    assert_eq!(file.stages[1].fill("$U"), "app");
    // A name that comes later, or one's own, is an image.
    let file = read("FROM web AS web\nFROM late\nFROM x AS late");
    assert!(file.stages.iter().all(|stage| stage.base.is_none()));
}

#[test]
fn variables_reach_where_docker_lets_them() {
    let file = read("ARG V=1\nARG W=$V.2\nFROM a:$W\nARG V\nARG X=3\nENV Y ${V}-${X} z\nENV Z=\"q r\" Q=$Z");
    assert_eq!(file.stages[0].from, "a:1.2");
    assert_eq!(file.stages[0].fill("$V/$W/$Y/$Z"), "1/$W/1-3 z/q r");
}

#[test]
fn what_is_no_dockerfile_is_said_with_its_line() {
    for (text, line, what) in [
        ("", 1, "no `FROM`"),
        ("# nothing\n", 1, "no `FROM`"),
        ("FORM nginx", 1, "meant to be `FROM`"),
        ("FROM a\n\nRNU x", 3, "meant to be `RUN`"),
        ("FROM a\npip install flask", 2, "`pip` is not an instruction"),
        ("RUN x\nFROM a", 1, "before the first `FROM`"),
        ("FROM", 1, "followed by an image"),
        ("FROM a b", 1, "followed by an image"),
        ("FROM a AS b c", 1, "followed by an image"),
        ("ARG V=\nFROM ${V}", 2, "followed by an image"),
        ("FROM a\nRUN <<EOF\nx", 2, "has no end"),
        ("# escape=%\nFROM a", 1, "backslash or a backtick"),
    ] {
        let problem = Dockerfile::read(text).unwrap_err();
        assert_eq!(problem.line, line, "{text}: {problem:?}");
        assert!(problem.what.contains(what), "{text}: {problem:?}");
    }
}

/// Pieces that Dockerfiles are made of, put together in every order that a small generator comes to.
#[test]
fn whatever_is_written_is_read_or_refused() {
    const PIECES: [&str; 36] = [
        "FROM",
        "from",
        " ",
        "\t",
        "\n",
        "\r\n",
        "\\",
        "\\\n",
        "`",
        "`\n",
        "# ",
        "# escape=`\n",
        "#syntax=x\n",
        "<<EOF",
        "<<-'E F'",
        "EOF\n",
        "<<",
        "${",
        "}",
        "$A",
        ":-",
        "\"",
        "'",
        "[",
        "]",
        "--from=",
        "--",
        "AS",
        "ARG A=",
        "ENV ",
        "COPY",
        "RUN",
        "ONBUILD",
        "\u{feff}",
        "ü\u{202e}",
        "\0",
    ];
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below as u64).unwrap_or(0)
    };
    let mut sound = 0;
    for _ in 0..4_000 {
        let mut text = if random(2) == 0 {
            "FROM a\n".to_owned()
        } else {
            String::new()
        };
        for _ in 0..random(30) {
            text.push_str(PIECES[random(PIECES.len())]);
        }
        if let Ok(file) = Dockerfile::read(&text) {
            sound += 1;
            for stage in &file.stages {
                assert!(file.chain(stage).count() <= file.stages.len());
                for instruction in &stage.instructions {
                    assert!(instruction.text.starts_with(instruction.keyword), "{text:?}");
                    instruction.exec();
                }
            }
        }
    }
    assert!(sound > 100, "{sound} of them were Dockerfiles");
}

#[test]
fn hostile_sizes_cost_little() {
    let begun = std::time::Instant::now();
    let stage = |n: usize| format!("FROM s{} AS s{n}\n", n.wrapping_sub(1));
    let all = |lines: Vec<String>| lines.concat();
    let variables = all((0..4_000).map(|n| format!("ENV A{n}=$B$B$B$B\n")).collect());
    let stages = all((0..190).map(stage).collect());
    for text in [
        "RUN \\\n".repeat(200_000),
        format!("FROM a\n{}", "RUN x\n".repeat(4_000)),
        format!(
            "ARG B={}\nFROM a AS s0\nARG B\n{variables}{stages}",
            "x".repeat(4_000)
        ),
        format!("FROM a\nRUN {}\n", "<<E ".repeat(100_000)),
        format!("FROM a\nCMD {}", "[".repeat(500_000)),
        format!("FROM {}", "${A:-".repeat(200_000)),
        format!("FROM a\nRUN {}", "\"".repeat(1_000_001)),
        "FROM a\n".repeat(100_000),
    ] {
        let _ = Dockerfile::read(&text)
            .map(|file| file.last().and_then(|stage| stage.instructions.first()?.exec()));
    }
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}
