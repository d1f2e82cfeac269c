//! Opening files beneath a folder without a link leading out of it.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

use super::path::RelPath;
use crate::error::Error;

/// The kernel asks to try again when a folder on the way is renamed meanwhile; so often we do.
const ATTEMPTS: usize = 8;

/// Opens `path` beneath `root`. Links are followed as long as they stay beneath.
///
/// # Errors
/// [`Error::Outside`] if a link leads out; [`Error::NotFound`] and the others as [`RelPath::failed`] says.
pub(super) fn open(root: &OwnedFd, path: &RelPath, flags: OFlags, mode: Mode) -> Result<OwnedFd, Error> {
    try_open(root.as_fd(), path, flags, mode).map_err(|source| path.failed("open", source))
}

/// Opens the folder `path`, and makes it and those on the way if need be.
pub(super) fn open_or_make_folder(root: &OwnedFd, path: &RelPath) -> Result<OwnedFd, Error> {
    let flags = OFlags::PATH | OFlags::DIRECTORY;
    match try_open(root.as_fd(), path, flags, Mode::empty()) {
        Err(Errno::NOENT) => {}
        opened => return opened.map_err(|source| path.failed("open", source)),
    }
    let Some((parent, name)) = path.split() else {
        return open(root, path, flags, Mode::empty());
    };
    let parent = open_or_make_folder(root, &parent)?;
    match rustix::fs::mkdirat(&parent, name, Mode::from_raw_mode(0o777)) {
        // Another may have made it just now.
        Ok(()) | Err(Errno::EXIST) => open(root, path, flags, Mode::empty()),
        Err(source) => Err(path.failed("make the folder", source)),
    }
}

fn try_open(root: BorrowedFd<'_>, path: &RelPath, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
    let flags = flags | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    let text = path.to_string();
    for _ in 0..ATTEMPTS {
        match rustix::fs::openat2(root, text.as_str(), flags, mode, resolve) {
            Err(Errno::AGAIN | Errno::INTR) => {}
            // An old kernel, or a seccomp profile that does not know the call.
            Err(Errno::NOSYS) => return walk(root, path, flags, mode),
            opened => return opened,
        }
    }
    Err(Errno::AGAIN)
}

/// Opens `path` name by name and follows no link at all: stricter than need be, and right without help from the kernel.
fn walk(root: BorrowedFd<'_>, path: &RelPath, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
    let step = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let Some((last, folders)) = path.names().split_last() else {
        return rustix::fs::openat(root, ".", flags, mode);
    };
    let mut at = rustix::fs::openat(root, ".", step, Mode::empty())?;
    for name in folders {
        at = rustix::fs::openat(&at, name.as_str(), step, Mode::empty())
            .map_err(|source| link_or(&at, name, source))?;
    }
    rustix::fs::openat(&at, last.as_str(), flags | OFlags::NOFOLLOW, mode)
        .map_err(|source| link_or(&at, last, source))
}

/// With O_DIRECTORY, a link is reported as "not a directory": tell the two apart.
fn link_or(folder: &OwnedFd, name: &str, source: Errno) -> Errno {
    let is_link = source == Errno::NOTDIR
        && rustix::fs::statat(folder, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW).is_ok_and(|stat| {
            rustix::fs::FileType::from_raw_mode(stat.st_mode) == rustix::fs::FileType::Symlink
        });
    if is_link { Errno::LOOP } else { source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    type Opener = fn(BorrowedFd<'_>, &RelPath, OFlags, Mode) -> Result<OwnedFd, Errno>;

    /// Both ways must refuse what leads out; only the kernel's follows what stays in.
    #[test]
    fn links_do_not_lead_out() {
        let outside = tempfile::tempdir().unwrap();
        let home = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), "x").unwrap();
        std::fs::create_dir(home.path().join("in")).unwrap();
        std::fs::write(home.path().join("in/file"), "x").unwrap();
        symlink(outside.path(), home.path().join("out")).unwrap();
        symlink("..", home.path().join("in/up")).unwrap();
        symlink("../..", home.path().join("in/far")).unwrap();
        symlink("/etc/passwd", home.path().join("passwd")).unwrap();
        symlink("in/file", home.path().join("alias")).unwrap();
        let root = rustix::fs::open(home.path(), OFlags::PATH | OFlags::DIRECTORY, Mode::empty()).unwrap();

        for (opener, follows) in [(try_open as Opener, true), (walk as Opener, false)] {
            let open = |path: &str| {
                opener(
                    root.as_fd(),
                    &RelPath::parse(path).unwrap(),
                    OFlags::RDONLY,
                    Mode::empty(),
                )
                .err()
            };
            assert_eq!(open("in/file"), None);
            assert_eq!(open(""), None);
            assert_eq!(open("missing"), Some(Errno::NOENT));
            assert_eq!(open("in/file/x"), Some(Errno::NOTDIR));
            for path in ["out", "out/secret", "in/far", "in/far/etc", "passwd"] {
                assert!(
                    matches!(open(path), Some(Errno::XDEV | Errno::LOOP)),
                    "{path}: {:?}",
                    open(path)
                );
            }
            for path in ["alias", "in/up/in/file"] {
                assert_eq!(open(path).is_none(), follows, "{path}");
            }
        }
    }

    #[test]
    fn folders_are_made_but_not_through_a_link_that_leads_out() {
        let outside = tempfile::tempdir().unwrap();
        let home = tempfile::tempdir().unwrap();
        symlink(outside.path(), home.path().join("out")).unwrap();
        let root = rustix::fs::open(home.path(), OFlags::PATH | OFlags::DIRECTORY, Mode::empty()).unwrap();
        open_or_make_folder(&root, &RelPath::parse("a/b/c").unwrap()).unwrap();
        open_or_make_folder(&root, &RelPath::parse("a/b/c").unwrap()).unwrap();
        assert!(home.path().join("a/b/c").is_dir());
        let escaped = open_or_make_folder(&root, &RelPath::parse("out/d").unwrap());
        assert!(matches!(escaped, Err(Error::Outside(_))));
        assert!(!outside.path().join("d").exists());
    }
}
