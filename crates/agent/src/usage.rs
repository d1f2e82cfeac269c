//! What the sandbox uses, as its own cgroup and file systems tell.

use std::path::Path;

use drydock_protocol::api::Usage;

/// Where the sandbox sees its own cgroup, in a private cgroup namespace.
const CGROUPS: &str = "/sys/fs/cgroup";

/// Measures now. What cannot be told is 0.
pub fn measure(engine_data: &Path, home: &Path) -> Usage {
    let cgroups = Path::new(CGROUPS);
    Usage {
        memory_bytes: memory(cgroups),
        disk_bytes: disk(engine_data),
        home_bytes: disk(home),
        pids: u32::try_from(pids(cgroups)).unwrap_or(u32::MAX),
    }
}

/// Memory without the file cache that would be given up at once: what `docker stats` shows.
fn memory(cgroups: &Path) -> u64 {
    let (used, stat, cache) = if is_v2(cgroups) {
        (
            cgroups.join("memory.current"),
            cgroups.join("memory.stat"),
            "inactive_file",
        )
    } else {
        let memory = cgroups.join("memory");
        (
            memory.join("memory.usage_in_bytes"),
            memory.join("memory.stat"),
            "total_inactive_file",
        )
    };
    let cached = std::fs::read_to_string(stat).ok().and_then(|text| {
        let value = text
            .lines()
            .find_map(|line| line.strip_prefix(cache)?.strip_prefix(' '))?;
        value.trim().parse::<u64>().ok()
    });
    number_in(&used).saturating_sub(cached.unwrap_or(0))
}

fn pids(cgroups: &Path) -> u64 {
    let folder = if is_v2(cgroups) {
        cgroups.to_owned()
    } else {
        cgroups.join("pids")
    };
    number_in(&folder.join("pids.current"))
}

fn is_v2(cgroups: &Path) -> bool {
    cgroups.join("cgroup.controllers").exists()
}

fn number_in(file: &Path) -> u64 {
    std::fs::read_to_string(file)
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(0)
}

/// Bytes in use on the file system that holds `path`.
fn disk(path: &Path) -> u64 {
    rustix::fs::statvfs(path).map_or(0, |stat| {
        stat.f_blocks.saturating_sub(stat.f_bfree) * stat.f_frsize
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn cgroup_v1() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("memory")).unwrap();
        fs::create_dir(root.path().join("pids")).unwrap();
        fs::write(root.path().join("memory/memory.usage_in_bytes"), "1000\n").unwrap();
        fs::write(
            root.path().join("memory/memory.stat"),
            "inactive_file 7\ntotal_inactive_file 300\n",
        )
        .unwrap();
        fs::write(root.path().join("pids/pids.current"), "12\n").unwrap();
        assert_eq!((memory(root.path()), pids(root.path())), (700, 12));
    }

    #[test]
    fn cgroup_v2() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("cgroup.controllers"), "memory pids\n").unwrap();
        fs::write(root.path().join("memory.current"), "1000\n").unwrap();
        fs::write(root.path().join("memory.stat"), "anon 1\ninactive_file 400\n").unwrap();
        fs::write(root.path().join("pids.current"), "3\n").unwrap();
        assert_eq!((memory(root.path()), pids(root.path())), (600, 3));
    }

    #[test]
    fn what_is_not_there_is_nothing() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(
            (
                memory(root.path()),
                pids(root.path()),
                disk(Path::new("/nowhere"))
            ),
            (0, 0, 0)
        );
    }
}
