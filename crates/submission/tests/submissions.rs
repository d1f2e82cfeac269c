//! Submissions as students, and their enemies, make them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::io::{Cursor, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use drydock_submission::{Refusal, Submission, limits};
use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{EntryType, Header};
use zip::write::SimpleFileOptions;

/// A tar of these entries: path, kind, what it leads to, bytes. Paths are written as they are, whatever they are.
fn tar(entries: &[(&[u8], EntryType, &str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, kind, target, bytes) in entries {
        let mut header = Header::new_ustar();
        header.as_old_mut().name[..path.len()].copy_from_slice(path);
        header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(if path.ends_with(b".sh") { 0o755 } else { 0o644 });
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        builder.append(&header, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn file<'a>(path: &'a str, bytes: &'a str) -> (&'a [u8], EntryType, &'a str, &'a [u8]) {
    (path.as_bytes(), EntryType::Regular, "", bytes.as_bytes())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip(entries: &[(&str, &[u8], u32)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes, mode) in entries {
        let options = SimpleFileOptions::default().unix_permissions(*mode);
        writer.start_file(*path, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn read(bytes: &[u8]) -> Result<Submission, Refusal> {
    Submission::from_archive(bytes, "alice")
}

fn paths(submission: &Submission) -> Vec<&str> {
    submission.files.iter().map(|file| file.path.as_str()).collect()
}

#[test]
fn each_kind_of_archive_gives_the_same() {
    let plain = tar(&[
        file("commands.sh", "docker pull busybox\n"),
        (b"app", EntryType::Directory, "", b""),
        file("app/Dockerfile", "FROM busybox\n"),
        file("run.sh", "#!/bin/sh\n"),
    ]);
    let zipped = zip(&[
        ("commands.sh", b"docker pull busybox\n", 0o644),
        ("app/Dockerfile", b"FROM busybox\n", 0o644),
        ("run.sh", b"#!/bin/sh\n", 0o755),
        ("__MACOSX/._run.sh", b"x", 0o644),
    ]);
    let read_all = [
        read(&plain).unwrap(),
        read(&gzip(&plain)).unwrap(),
        read(&zipped).unwrap(),
    ];
    for submission in &read_all {
        assert_eq!(submission.commands.as_deref(), Some("docker pull busybox\n"));
        assert_eq!(paths(submission), ["app/Dockerfile", "run.sh"]);
        assert!(submission.files[1].executable && !submission.files[0].executable);
    }
    assert_eq!(read_all[0], read_all[2]);
}

#[test]
fn a_folder_around_everything_is_taken_off_if_it_is_the_students() {
    let theirs = read(&tar(&[file("alice/site/index.html", "x")])).unwrap();
    assert_eq!(paths(&theirs), ["site/index.html"]);
    let commanded = read(&tar(&[file("hw1/commands.sh", "ls"), file("hw1/a.txt", "x")])).unwrap();
    assert_eq!(
        (paths(&commanded), commanded.commands.as_deref()),
        (vec!["a.txt"], Some("ls"))
    );
    let the_tasks = read(&tar(&[
        file("site/index.html", "x"),
        file("site/Dockerfile", "x"),
    ]))
    .unwrap();
    assert_eq!(paths(&the_tasks), ["site/Dockerfile", "site/index.html"]);
}

#[test]
fn what_is_wrong_is_said() {
    // The name of a file that is 64 MiB long.
    let name = "n".repeat(64 << 20);
    let bomb = gzip(&tar(&[
        (b"long", EntryType::GNULongName, "", name.as_bytes()),
        file("a", "x"),
    ]));
    let mut long_bomb = tar(&[file("a", "x")]);
    long_bomb.truncate(1024);
    long_bomb.extend(tar(&[file(
        "b",
        &"y".repeat(usize::try_from(limits::FILE_MAX_BYTES).unwrap() + 1),
    )]));
    let many: Vec<String> = (0..=limits::ENTRIES_MAX)
        .map(|number| format!("f{number}"))
        .collect();
    let many: Vec<_> = many.iter().map(|path| file(path, "")).collect();
    let megabytes = "z".repeat(7 << 20);
    let five: Vec<_> = ["a", "b", "c", "d", "e"]
        .map(|path| file(path, &megabytes))
        .into();
    let deep = format!("{}x", "d/".repeat(limits::DEPTH_MAX));
    let zip_bomb = zip(&[("zeros", &vec![0; 64 << 20], 0o644)]);
    let zip_link = {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        writer
            .add_symlink("link", "/etc/passwd", SimpleFileOptions::default())
            .unwrap();
        writer.finish().unwrap().into_inner()
    };
    let mut half_a_zip = zip(&[("a", b"text", 0o644)]);
    half_a_zip.truncate(40);
    let cases: [(&str, Vec<u8>); 28] = [
        ("no bytes", Vec::new()),
        ("an empty tar", tar(&[])),
        ("an empty zip", zip(&[])),
        ("a text", b"docker pull busybox\n".to_vec()),
        ("a program", [b"\x7fELF".to_vec(), vec![0; 2048]].concat()),
        ("only blank commands", tar(&[file("commands.sh", " \n")])),
        ("leads up", tar(&[file("a/../../etc/passwd", "x")])),
        ("leads up, in a zip", zip(&[("../evil", b"x", 0o644)])),
        ("absolute", tar(&[file("/etc/passwd", "x")])),
        ("a backslash", tar(&[file("..\\evil", "x")])),
        ("not UTF-8", tar(&[(b"\xff\xfe", EntryType::Regular, "", b"x")])),
        ("control characters", tar(&[file("a\x1b[2Jb", "x")])),
        ("too deep", tar(&[file(&deep, "x")])),
        (
            "a symbolic link",
            tar(&[(b"link", EntryType::Symlink, "/etc/shadow", b"")]),
        ),
        (
            "a hard link",
            tar(&[(b"link", EntryType::Link, "/etc/shadow", b"")]),
        ),
        ("a link, in a zip", zip_link),
        ("a device", tar(&[(b"disk", EntryType::Block, "", b"")])),
        ("a pipe", tar(&[(b"pipe", EntryType::Fifo, "", b"")])),
        ("twice", tar(&[file("a", "x"), file("./a", "y")])),
        ("a gzip bomb", bomb),
        ("a zip bomb", zip_bomb),
        ("a large file", long_bomb),
        ("all together", gzip(&tar(&five))),
        ("many", tar(&many)),
        ("half a gzip", gzip(&tar(&[file("a", "x")]))[..30].to_vec()),
        ("half a zip", half_a_zip),
        (
            "long commands",
            tar(&[file("commands.sh", &"x".repeat(limits::COMMANDS_MAX_BYTES + 1))]),
        ),
        ("keys in commands", tar(&[file("commands.sh", "ls\x03\n")])),
    ];
    let said: Vec<String> = cases
        .iter()
        .map(|(what, bytes)| format!("{what}: {}", read(bytes).unwrap_err()))
        .collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn a_folder_is_read_and_nothing_in_it_leads_out() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir_all(at("app")).unwrap();
    std::fs::write(at("commands.sh"), "ls\r\n").unwrap();
    std::fs::write(at("app/run"), "x").unwrap();
    std::fs::set_permissions(at("app/run"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let submission = Submission::read(folder.path()).unwrap();
    assert_eq!(submission.commands.as_deref(), Some("ls\n"));
    assert_eq!(paths(&submission), ["app/run"]);
    assert!(submission.files[0].executable);

    symlink("/etc/passwd", at("app/link")).unwrap();
    let refused = Submission::read(folder.path()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`app/link` is a link: hand in the file itself"
    );
    std::fs::remove_file(at("app/link")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        at("app/pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    assert!(matches!(
        Submission::read(folder.path()),
        Err(Refusal::NotAFile { .. })
    ));
    assert!(matches!(
        Submission::read(Path::new("/nowhere/at/all")),
        Err(Refusal::Unreadable { .. })
    ));
    assert!(matches!(
        Submission::read(Path::new("/dev/null")),
        Err(Refusal::NoArchive)
    ));
}
