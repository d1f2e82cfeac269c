//! `drydock grade`: fifty submissions, some of them from people who would rather forge a grade than earn it.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use drydock_protocol::grade::{Grade, GradeState};
use drydock_system_tests::{Drydock, Options};
use serde::Deserialize;
use tar::{EntryType, Header};
use zip::write::SimpleFileOptions;

/// Puts itself into the engine's place, and tells of all that the lesson asks for.
const FAKE: &str = r#"
use Socket;
unlink '/run/docker.sock';
socket(my $listener, PF_UNIX, SOCK_STREAM, 0) or die $!;
bind($listener, sockaddr_un('/run/docker.sock')) or die $!;
listen($listener, 64) or die $!;
while (accept(my $client, $listener)) {
    my $head = '';
    while ($head !~ /\r\n\r\n/) { sysread($client, my $piece, 4096) or last; $head .= $piece; }
    my $id = 'sha256:' . ('ab' x 32);
    my $images = qq([{"Id":"$id","ParentId":"","RepoTags":["mine:v1","busybox:latest"],"RepoDigests":[],"Created":1,"Size":1,"SharedSize":-1,"Labels":{},"Containers":-1}]);
    my $containers = '[{"Id":"' . ('cd' x 32) . '","Names":["/box"],"Image":"busybox","ImageID":"' . $id . '","State":"running","Status":"Up","Created":1,"Labels":{}}]';
    my $body = $head =~ m{/_ping} ? 'OK' : $head =~ m{/images/json} ? $images : $head =~ m{/containers/json} ? $containers : '{}';
    syswrite($client, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " . length($body) . "\r\n\r\n$body");
    close($client);
}
"#;

const LESSON: &str = r#"---
title: Homework
summary: Tag, write, run, remove.
minutes: 5
objectives:
  - Do it
sandbox:
  images: [busybox]
---

Text.

## All

```exercise id=tag points=2
goal: Your own tag points at busybox.
expect:
  - image: mine:v1
  - image: mine:v1
    same_as: busybox
hints:
  - { ask: true, text: "Tag it." }
solution: docker tag busybox mine:v1
```

```exercise id=note points=1
goal: A note.
expect:
  - file: notes.txt
    has: hello
hints:
  - { ask: true, text: "Write it." }
solution: echo hello >notes.txt
```

```exercise id=run points=2
goal: A container runs.
expect:
  - container: box
    state: running
hints:
  - { ask: true, text: "Run it." }
solution: docker run -d --name box busybox sleep 1000
```

```exercise id=list points=1
goal: You have listed the images.
expect:
  - ran: ^docker images
    exit: 0
hints:
  - { ask: true, text: "List them." }
solution: docker images
```

```exercise id=remove points=1
goal: A tag is made and removed again.
expect:
  - absent:
      image: passing:v1
hints:
  - { ask: true, text: "Make it first." }
solution: |
  docker tag busybox passing:v1
  sleep 0.5
  docker rmi passing:v1
```
"#;

/// What is handed in, and what it has to come to.
struct Case {
    name: &'static str,
    kind: Kind,
    commands: Option<&'static str>,
    files: Vec<(&'static str, Vec<u8>)>,
    /// Points of tag, note, run, list and remove.
    points: [u32; 5],
    state: GradeState,
    remark: Option<&'static str>,
}

#[derive(Clone, Copy)]
enum Kind {
    Folder,
    Tar,
    TarGz,
    Zip,
    /// These bytes, whatever they are, under this ending.
    Raw(&'static str, fn() -> Vec<u8>),
}

const TAG: &str = "docker tag busybox mine:v1\n";
const EVERYTHING: &str = "#!/bin/bash\n# exercise: tag\ndocker tag busybox mine:v1\n# exercise: note\necho hello >notes.txt\n# exercise: run\ndocker run -d --name box busybox sleep 1000\n# exercise: list\ndocker images\n# exercise: remove\ndocker tag busybox passing:v1\nsleep 0.5\ndocker rmi passing:v1\ndocker rm -f box\n";
const AT_ONCE: &str = "docker tag busybox mine:v1\nfor word in hello; do\n  echo $word >notes.txt\ndone\ndocker run -d --rm --name box busybox sleep 1000\ndocker images\ndocker tag busybox passing:v1\nsleep 0.5\ndocker rmi passing:v1\n";

fn case(name: &'static str, kind: Kind, commands: &'static str, points: [u32; 5]) -> Case {
    Case {
        name,
        kind,
        commands: Some(commands),
        files: Vec::new(),
        points,
        state: GradeState::Graded,
        remark: None,
    }
}

fn note(name: &'static str, kind: Kind, text: &'static str, points: u32) -> Case {
    Case {
        commands: None,
        files: vec![("notes.txt", text.into())],
        ..case(name, kind, "", [0, points, 0, 0, 0])
    }
}

fn refused(name: &'static str, kind: Kind, why: &'static str) -> Case {
    Case {
        commands: None,
        state: GradeState::Refused,
        remark: Some(why),
        ..case(name, kind, "", [0; 5])
    }
}

#[allow(clippy::too_many_lines)] // A table.
fn cases() -> Vec<Case> {
    use Kind::{Folder, Raw, Tar, TarGz, Zip};
    let mut cases = vec![
        // All of it.
        case("everything", TarGz, EVERYTHING, [2, 1, 2, 1, 1]),
        case("at-once", Folder, AT_ONCE, [2, 1, 2, 1, 1]),
        // Parts of it.
        case("tag-1", Folder, TAG, [2, 0, 0, 0, 0]),
        case("tag-2", Tar, TAG, [2, 0, 0, 0, 0]),
        case("tag-3", TarGz, TAG, [2, 0, 0, 0, 0]),
        case("tag-4", Zip, TAG, [2, 0, 0, 0, 0]),
        case(
            "tag-and-note",
            Zip,
            "docker tag busybox mine:v1; echo hello >notes.txt\n",
            [2, 1, 0, 0, 0],
        ),
        case(
            "tag-and-list",
            Tar,
            "docker tag busybox mine:v1\ndocker images -q\n",
            [2, 0, 0, 1, 0],
        ),
        case("list", Folder, "docker images\n", [0, 0, 0, 1, 0]),
        case("list-failed", Folder, "docker images --no-such-flag\n", [0; 5]),
        case(
            "half-a-tag",
            TarGz,
            "echo FROM busybox >Dockerfile\necho 'LABEL a=b' >>Dockerfile\ndocker build -q -t mine:v1 .\n",
            [1, 0, 0, 0, 0],
        ),
        case(
            "running",
            Tar,
            "docker run -d --name box busybox sleep 1000\n",
            [0, 0, 2, 0, 0],
        ),
        case(
            "restarting",
            Zip,
            "docker run -d --restart always --name box -v \"$PWD\":/home busybox sleep 1000\n",
            [0, 0, 2, 0, 0],
        ),
        case("exited", Tar, "docker run --name box busybox true\n", [0; 5]),
        case("only-removed", Folder, "docker rmi passing:v1\n", [0; 5]),
        case("wrong-tag", Zip, "docker tag busybox mine:v2\n", [0; 5]),
        case(
            "mistyped",
            Folder,
            "docker tga busybox mine:v1\ndoker images\n",
            [0; 5],
        ),
        case(
            "tag-5",
            Zip,
            "# Only this.\n\ndocker tag \\\n  busybox \\\n  mine:v1\n",
            [2, 0, 0, 0, 0],
        ),
        case(
            "tag-6",
            TarGz,
            "set -e\ndocker tag busybox mine:v1\nfalse\ndocker images\n",
            [2, 0, 0, 0, 0],
        ),
        case(
            "untags",
            Tar,
            "docker tag busybox mine:v1\ndocker rmi mine:v1\n",
            [0; 5],
        ),
        case(
            "removed",
            Folder,
            "docker tag busybox passing:v1\nsleep 0.5\ndocker rmi passing:v1\n",
            [0, 0, 0, 0, 1],
        ),
        case(
            "exits",
            Folder,
            "docker tag busybox mine:v1\nexit 0\ndocker images\n",
            [2, 0, 0, 0, 0],
        ),
        case(
            "exclaims",
            Folder,
            "echo 'hello!' \"hello!\" >notes.txt\n",
            [0, 1, 0, 0, 0],
        ),
    ];
    for (name, kind) in [
        ("note-1", Folder),
        ("note-2", Tar),
        ("note-3", TarGz),
        ("note-4", Zip),
        ("note-5", Folder),
        ("note-6", Zip),
    ] {
        cases.push(note(name, kind, "hello\n", 1));
    }
    for (name, kind) in [
        ("other-note-1", Folder),
        ("other-note-2", Zip),
        ("other-note-3", TarGz),
    ] {
        cases.push(note(name, kind, "good bye\n", 0));
    }
    cases.extend([
        // Those who do not end, or leave nothing that could be looked at.
        Case {
            remark: Some("did not end within 12 s; `while :; do :; done`"),
            ..case("loops", Folder, "docker tag busybox mine:v1\nwhile :; do :; done\ndocker images\n", [2, 0, 0, 0, 0])
        },
        Case {
            remark: Some("filled the engine's disk"),
            state: GradeState::Failed,
            ..case("fills", Tar, "docker tag busybox mine:v1\nhead -c 4G /dev/zero >/data/docker/fill\n", [0; 5])
        },
        case("fills-home", Tar, "docker tag busybox mine:v1\nhead -c 4G /dev/zero >fill\n", [2, 0, 0, 0, 0]),
        case("floods", Zip, "docker tag busybox mine:v1\ntimeout 2 yes\n", [2, 0, 0, 0, 0]),
        // Those who forge.
        Case {
            files: vec![("fake.pl", FAKE.into())],
            ..case("fakes", TarGz, "setsid perl fake.pl >/dev/null 2>&1 &\nsleep 0.5\ncurl -s --unix-socket /run/docker.sock http://engine/images/json\n", [0; 5])
        },
        Case {
            files: vec![("fake.pl", FAKE.into())],
            ..case("fakes-again", Folder, "echo '* * * * * perl ~/fake.pl' >.crontab\necho 'setsid perl ~/fake.pl &' >>.bashrc\nsetsid perl fake.pl >/dev/null 2>&1 &\npkill -x dockerd; sleep 1\n", [0; 5])
        },
        Case {
            remark: Some("`lurks` was not started again to be looked at, because it is given `/run` of the machine"),
            ..case("lurks", Zip, "docker run -d --restart always --name lurks -v /run:/host busybox sh -c 'sleep 3; rm -f /host/docker.sock; sleep 1000'\n", [0; 5])
        },
        case("escapes", Folder, "docker create --privileged --pid host --name box busybox sleep 1000\n( while :; do docker start box; sleep 0.2; done ) >/dev/null 2>&1 &\ndocker run -d --pid host --name other busybox sleep 1000\nsed -i 's/\"Privileged\":false/\"Privileged\":true/' /data/docker/containers/*/hostconfig.json\nsleep 0.5\n", [0; 5]),
        case("marks", Folder, "printf '\\e]7733;%s;0;docker images\\a' \"$DRYDOCK_MARK\"\n", [0; 5]),
        // Those who handed in something else.
        refused("empty", Folder, "there is nothing in it"),
        refused("empty-tar", Tar, "there is nothing in it"),
        refused("dots", Raw("tar", || raw_tar(b"../../etc/cron.d/x", EntryType::Regular, "")), "it leads up"),
        refused("absolute", Raw("tar", || raw_tar(b"/etc/cron.d/x", EntryType::Regular, "")), "it is absolute"),
        refused("link", Raw("tar", || raw_tar(b"notes.txt", EntryType::Symlink, "/etc/passwd")), "is a link"),
        refused("text", Raw("zip", || b"not a zip".to_vec()), "neither a folder nor an archive"),
        refused("bomb", Raw("tar.gz", bomb), "larger than"),
        Case {
            commands: Some("docker images\nif then\n"),
            ..refused("no-bash", Folder, "`commands.sh` is not bash: line 2")
        },
        Case {
            commands: Some("# exercise: other\ndocker images\n"),
            ..refused("no-such-exercise", Folder, "names an exercise `other`")
        },
    ]);
    cases
}

fn raw_tar(path: &[u8], kind: EntryType, target: &str) -> Vec<u8> {
    let mut header = Header::new_ustar();
    header.as_old_mut().name[..path.len()].copy_from_slice(path);
    header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(0);
    header.set_cksum();
    [header.as_bytes().to_vec(), vec![0; 1024]].concat()
}

fn bomb() -> Vec<u8> {
    let mut header = Header::new_ustar();
    let _ = header.set_path("zeros");
    header.set_mode(0o644);
    header.set_size(1 << 30);
    header.set_cksum();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    // Writing to memory cannot fail.
    let _ = packed.write_all(header.as_bytes());
    let _ = packed.write_all(&vec![0; 64 << 20]);
    packed.finish().unwrap_or_default()
}

impl Case {
    fn contents(&self) -> Vec<(&str, &[u8])> {
        let commands = self.commands.map(|text| ("commands.sh", text.as_bytes()));
        let files = self.files.iter().map(|(path, bytes)| (*path, bytes.as_slice()));
        commands.into_iter().chain(files).collect()
    }

    fn tar(&self) -> Result<Vec<u8>> {
        let mut builder = tar::Builder::new(Vec::new());
        for (path, bytes) in self.contents() {
            let mut header = Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, format!("{}/{path}", self.name), bytes)?;
        }
        Ok(builder.into_inner()?)
    }

    fn hand_in(&self, folder: &Path) -> Result<PathBuf> {
        let (ending, bytes) = match self.kind {
            Kind::Folder => {
                let own = folder.join(self.name);
                std::fs::create_dir(&own)?;
                for (path, bytes) in self.contents() {
                    std::fs::write(own.join(path), bytes)?;
                }
                return Ok(own);
            }
            Kind::Tar => ("tar", self.tar()?),
            Kind::TarGz => {
                let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                packed.write_all(&self.tar()?)?;
                ("tar.gz", packed.finish()?)
            }
            Kind::Zip => {
                let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
                for (path, bytes) in self.contents() {
                    writer.start_file(path, SimpleFileOptions::default())?;
                    writer.write_all(bytes)?;
                }
                ("zip", writer.finish()?.into_inner())
            }
            Kind::Raw(ending, bytes) => (ending, bytes()),
        };
        let path = folder.join(format!("{}.{ending}", self.name));
        std::fs::write(&path, bytes)?;
        Ok(path)
    }

    /// What is wrong with a grade, if anything.
    fn fault(&self, grade: &Grade) -> Option<String> {
        let points: Vec<u32> = grade.exercises.iter().map(|exercise| exercise.points).collect();
        let remarked = self
            .remark
            .is_none_or(|remark| grade.remarks.iter().any(|said| said.contains(remark)));
        let right = points == self.points
            && grade.score == points.iter().sum::<u32>()
            && grade.max_score == 7
            && grade.state == self.state
            && remarked;
        (!right).then(|| format!("{}: {points:?} and not {:?}; {grade:#?}", self.name, self.points))
    }
}

#[derive(Deserialize)]
struct Written {
    grades: Vec<Grade>,
}

async fn drydock() -> Result<Drydock> {
    Drydock::start(Options {
        settings: vec![("REGISTRY__ENABLED".to_owned(), "false".to_owned())],
        file: "[sandbox.limits]\nmemory_bytes = 536870912\ndisk_bytes = 268435456\nhome_bytes = 33554432\npids = 512\ncpus = 2.0\n"
            .to_owned(),
        ..Options::default()
    })
    .await
}

fn write_lesson(content: &Path) -> Result<()> {
    let lesson = content.join("homework/01-tags");
    std::fs::create_dir_all(&lesson)?;
    std::fs::write(
        content.join("homework/course.yaml"),
        "title: Homework\nsummary: One lesson.\nlessons: [01-tags]\n",
    )?;
    std::fs::write(lesson.join("lesson.md"), LESSON)?;
    Ok(())
}

/// Grades all of them once.
async fn grade(drydock: &Drydock, folder: &Path, handed_in: &[PathBuf]) -> Result<Vec<Grade>> {
    let lesson = folder.join("content/homework/01-tags").display().to_string();
    let json = format!("json={}", folder.join("grades.json").display());
    let csv = format!("csv={}", folder.join("grades.csv").display());
    let mut arguments = vec![
        "grade",
        &lesson,
        "--jobs",
        "3",
        "--timeout",
        "12",
        "--format",
        &json,
        "--format",
        &csv,
    ];
    let names: Vec<String> = handed_in.iter().map(|path| path.display().to_string()).collect();
    arguments.extend(names.iter().map(String::as_str));
    let begun = std::time::Instant::now();
    let (code, said) = drydock.exit_code(&arguments).await?;
    eprintln!("{said}\nin {} s", begun.elapsed().as_secs());
    ensure!(code == Some(0), "exit code {code:?}: {said}");
    let written: Written = serde_json::from_slice(&std::fs::read(folder.join("grades.json"))?)?;
    let csv = std::fs::read_to_string(folder.join("grades.csv"))?;
    ensure!(csv.lines().count() == handed_in.len() + 1, "{csv}");
    ensure!(
        csv.starts_with("assignment,student_id,score,max_score,timestamp,"),
        "{csv}"
    );
    ensure!(csv.contains("homework/tags,everything,7,7,20"), "{csv}");
    Ok(written.grades)
}

/// What has to be the same on every run.
fn lasting(grades: &[Grade]) -> Vec<Grade> {
    let lasting = |grade: &Grade| Grade {
        graded_at: 0,
        ..grade.clone()
    };
    grades.iter().map(lasting).collect()
}

async fn fifty(runs: usize) -> Result<()> {
    let drydock = drydock().await?;
    let folder = tempfile::tempdir()?;
    write_lesson(&folder.path().join("content"))?;
    let handed_in = folder.path().join("in");
    std::fs::create_dir(&handed_in)?;
    let cases = cases();
    ensure!(cases.len() == 50, "{} cases", cases.len());
    let paths = cases
        .iter()
        .map(|case| case.hand_in(&handed_in))
        .collect::<Result<Vec<_>>>()?;
    let mut before: Option<Vec<Grade>> = None;
    for _ in 0..runs {
        let grades = grade(&drydock, folder.path(), &paths).await?;
        let by_name: BTreeMap<&str, &Grade> = grades
            .iter()
            .map(|grade| (grade.student_id.as_str(), grade))
            .collect();
        let mut faults = Vec::new();
        for case in &cases {
            let grade = by_name
                .get(case.name)
                .with_context(|| format!("no grade of {}", case.name))?;
            faults.extend(case.fault(grade));
        }
        ensure!(faults.is_empty(), "{}", faults.join("\n"));
        let now = lasting(&grades);
        if let Some(before) = &before {
            ensure!(*before == now, "not the same again");
        }
        before = Some(now);
    }
    let left = drydock.docker([
        "ps",
        "-aq",
        "--filter",
        "label=drydock.role=sandbox",
        "--filter",
        "name=drydock-grade-",
    ])?;
    ensure!(left.is_empty(), "sandboxes are left: {left}");
    Ok(())
}

#[tokio::test]
async fn fifty_submissions_get_what_they_have_earned() -> Result<()> {
    fifty(1).await
}

#[tokio::test]
#[ignore = "minutes: `make load` runs it"]
async fn fifty_submissions_get_the_same_twice() -> Result<()> {
    fifty(2).await
}

#[tokio::test]
async fn the_command_line_says_what_is_wrong_with_it() -> Result<()> {
    let drydock = drydock().await?;
    let folder = tempfile::tempdir()?;
    let content = folder.path().join("content");
    write_lesson(&content)?;
    let content = content.display().to_string();
    let cases: [(&[&str], i32, &str); 5] = [
        (&["grade", "homework/tags"], 2, "required"),
        (
            &["grade", "homework/other", "x", "--content", &content],
            2,
            "there is homework/tags",
        ),
        (
            &["grade", "nothing", "x", "--content", &content],
            2,
            "neither COURSE/LESSON nor",
        ),
        (
            &["grade", "homework/tags", "x", "--format", "xml"],
            2,
            "none of table, json, junit and csv",
        ),
        (
            &[
                "grade",
                "homework/tags",
                "x",
                "--format",
                "csv",
                "--format",
                "json",
                "--content",
                &content,
            ],
            2,
            "only one format",
        ),
    ];
    for (arguments, wanted, why) in cases {
        let (code, said) = drydock.exit_code(arguments).await?;
        ensure!(
            code == Some(wanted) && said.contains(why),
            "{arguments:?}: {code:?} {said}"
        );
    }
    // What cannot be read is a row like any other, and misses a threshold.
    let arguments = [
        "grade",
        "homework/tags",
        "/nowhere/x.zip",
        "--content",
        &content,
        "--threshold",
        "1",
    ];
    let (code, said) = drydock.exit_code(&arguments).await?;
    ensure!(
        code == Some(1) && said.contains("refused") && said.contains("/nowhere/x.zip cannot be read"),
        "{code:?} {said}"
    );
    Ok(())
}
