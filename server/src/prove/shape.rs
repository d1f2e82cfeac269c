//! Whether what a command printed has the shape of the sample on the page.
//!
//! Words, columns, names and versions have to be the same. What differs from run to run may differ: ids and digests, times,
//! dates and durations, sizes, percentages, addresses, large numbers, progress bars, names that Docker makes up. A `…` or `...`
//! stands for anything: in a line for a part of it, alone in a line for any lines.

use std::sync::LazyLock;

use regex::Regex;

/// What may differ: how it is recognised in a sample; anything else that is recognised so is as good.
const KINDS: [&str; 16] = [
    // Compose counts what it has not told of yet.
    r"\[\+\] [A-Z][a-z]+ \d+/\d+",
    // A progress bar.
    r"\[[=>\s-]+\]",
    // Dates and times of day.
    r"\d{4}[-/]\d{2}[-/]\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?(?:Z|[+-]\d{2}:?\d{2}))?(?: [A-Z]{3,4})?)?",
    r"\d{2}/(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4}",
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? (?:\d{1,2} )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(?: \d{1,2})?(?: \d{4})?(?: \d{2}:\d{2}:\d{2})?(?: [A-Z]{3,4})?(?: \d{4})?",
    r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{1,2} (?:\d{2}:\d{2}|\d{4})",
    r"\b\d{1,2}:\d{2}:\d{2}(?:\.\d+)?\b",
    // How long ago, and for how long.
    r"\b(?:About |Less than )?(?:an?|\d+) (?:second|minute|hour|day|week|month|year)s?(?: ago)?\b",
    r"\b(?:\d+h)?(?:\d+m)?\d+(?:\.\d+)?(?:ms|µs|us|ns|s|m|h)\b",
    // Sizes and shares.
    r"\b\d+(?:\.\d+)? ?(?:B|[kKMGT]i?B)\b",
    r"\b\d+(?:\.\d+)?%",
    // Digests and ids.
    r"sha256:[0-9a-f]{6,64}",
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
    r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b",
    r"\b[0-9a-f]{7,64}\b",
    // Addresses.
    r"\b\d{1,3}(?:\.\d{1,3}){3}\b",
];
/// Those of them that are looked at again.
const HEX: usize = 14;
const ADDRESS: usize = 15;

/// Names that Docker makes up: `eager_turing`.
const MADE_UP: &str = r"\b[a-z]{3,}_[a-z]{3,}\d?\b";
/// Whole numbers. Small ones matter (a status, a count, a port), large ones do not.
const NUMBER: &str = r"\d+";
const LARGE: usize = 1_000;
/// A step of a build that is cut is at least so long.
const STEP_CUT: usize = 50;

/// All of the above, each in a group of its own.
static ALL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let kinds = KINDS.iter().chain([&MADE_UP, &NUMBER]);
    let groups: Vec<String> = kinds.map(|kind| format!("({kind})")).collect();
    Regex::new(&format!(r"(…|\.\.\.)|{}", groups.join("|"))).ok()
});

/// A sample and what was printed, compared.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    /// Lines of the sample that nothing printed looks like: their number in the sample, from 0, the line, and what comes
    /// nearest to it.
    pub(super) missing: Vec<Missing>,
    /// Far more was printed than the sample shows: so many lines.
    pub(super) more: Option<usize>,
}

/// A line of a sample that was not printed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) number: usize,
    pub(super) line: String,
    pub(super) nearest: Option<String>,
}

impl Difference {
    /// Whether there is none.
    pub(super) fn is_none(&self) -> bool {
        self.missing.is_empty() && self.more.is_none()
    }
}

/// Compares them. The order of lines is not looked at, as much of what Docker prints comes in any; nor is how often a line of
/// one shape comes, as long as it is not far more than the sample shows.
pub(super) fn compare(sample: &str, printed: &str) -> Difference {
    let printed: Vec<String> = printed
        .lines()
        .map(squeezed)
        .filter(|line| !line.is_empty())
        .collect();
    // Processes are numbered anew each time.
    let all_numbers = sample
        .lines()
        .take(3)
        .any(|line| line.split_whitespace().any(|word| matches!(word, "PID" | "PIDS")));
    let mut shown = 0;
    let mut left_out = false;
    let mut missing = Vec::new();
    for (number, line) in sample.lines().enumerate() {
        let line = squeezed(line);
        if matches!(line.as_str(), "…" | "...") {
            left_out = true;
        }
        if line.is_empty() {
            continue;
        }
        shown += 1;
        let pattern = pattern(&line, all_numbers);
        if !printed
            .iter()
            .any(|printed| matches(pattern.as_ref(), &line, printed))
        {
            missing.push(Missing {
                nearest: nearest(&line, &printed),
                number,
                line,
            });
        }
    }
    if left_out {
        missing.retain(|missing| !matches!(missing.line.as_str(), "…" | "..."));
    }
    let room = shown + (shown / 2).max(3);
    Difference {
        missing,
        more: (!left_out && printed.len() > room).then_some(printed.len()),
    }
}

/// Whether a text has the shape of a sample's line, or of its beginning.
pub(super) fn looks_like(sample: &str, text: &str) -> bool {
    let sample = squeezed(sample);
    matches(pattern(&sample, false).as_ref(), &sample, &squeezed(text))
}

fn matches(pattern: Option<&Regex>, sample: &str, printed: &str) -> bool {
    // A step of a build is cut where the terminal ends: here at the one end, there at the other.
    let cut = || {
        let (sample, printed) = (without_time(sample), without_time(printed));
        printed.len() >= STEP_CUT && printed.starts_with("=> ") && sample.starts_with(printed)
    };
    sample == printed || pattern.is_some_and(|pattern| pattern.is_match(printed)) || cut()
}

/// A line with single spaces.
fn squeezed(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The shape of a line, as a regular expression. None: it can only be taken literally.
fn pattern(sample: &str, all_numbers: bool) -> Option<Regex> {
    let all = ALL.as_ref()?;
    // A step of a build is cut where the terminal ends, and its time stands behind it.
    let step = sample.starts_with("=> ");
    let sample = if step { without_time(sample) } else { sample };
    let mut pattern = String::from("^");
    let mut done = 0;
    for found in all.captures_iter(sample) {
        let Some(whole) = found.get(0) else { continue };
        pattern.push_str(&regex::escape(&sample[done..whole.start()]));
        done = whole.end();
        let kind = (1..found.len()).find(|group| found.get(*group).is_some())?;
        let any = if kind == 1 {
            Some(".*".to_owned())
        } else {
            stands_for(kind - 2, sample, whole.range(), all_numbers)
        };
        match any {
            Some(any) => {
                pattern.push_str("(?:");
                pattern.push_str(&any);
                pattern.push(')');
            }
            None => pattern.push_str(&regex::escape(whole.as_str())),
        }
    }
    pattern.push_str(&regex::escape(&sample[done..]));
    if !step {
        pattern.push('$');
    }
    Regex::new(&pattern).ok()
}

/// What else could stand in place of something of this kind. None: only itself.
fn stands_for(kind: usize, sample: &str, range: std::ops::Range<usize>, all_numbers: bool) -> Option<String> {
    let text = &sample[range.clone()];
    match kind {
        HEX => {
            let digits = text.chars().filter(char::is_ascii_digit).count();
            let is_id = (digits > 0 && digits < text.len()) || matches!(text.len(), 12 | 64);
            if is_id {
                // The one may be short and the other long.
                Some(KINDS[HEX].to_owned())
            } else {
                (digits == text.len()).then(|| NUMBER.to_owned())
            }
        }
        ADDRESS if matches!(text, "0.0.0.0" | "127.0.0.1") => None,
        kind if kind < KINDS.len() => Some(KINDS[kind].to_owned()),
        kind if kind == KINDS.len() => Some(MADE_UP.to_owned()),
        _ => {
            // Part of a name, a version, a port: it matters. Five digits are never one of these.
            let stands_alone =
                |side: Option<char>| side.is_none_or(|c| c.is_whitespace() || "\",()".contains(c));
            let alone = stands_alone(sample[..range.start].chars().next_back())
                && stands_alone(sample[range.end..].chars().next());
            let large = text.parse::<usize>().is_ok_and(|number| number >= LARGE);
            (text.len() >= 5 || (alone && (large || all_numbers))).then(|| NUMBER.to_owned())
        }
    }
}

fn without_time(step: &str) -> &str {
    match step.rsplit_once(' ') {
        Some((rest, time)) if time.ends_with('s') && time.starts_with(|c: char| c.is_ascii_digit()) => rest,
        _ => step,
    }
}

/// The line that shares the most words with it, if it shares any.
fn nearest(line: &str, printed: &[String]) -> Option<String> {
    let words: Vec<&str> = line.split(' ').collect();
    let shared = |other: &String| other.split(' ').filter(|word| words.contains(word)).count();
    printed
        .iter()
        .max_by_key(|other| shared(other))
        .filter(|other| shared(other) > 0)
        .cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(sample: &str, printed: &str) -> bool {
        compare(sample, printed).is_none()
    }

    #[test]
    fn what_differs_from_run_to_run_may_differ() {
        let pairs = [
            (
                "nginx   1.26   361902a9795f   2 hours ago   88.4MB",
                "nginx  1.26  aaaaaaaaaaa1  About a minute ago  90MB",
            ),
            ("Up 2 seconds (healthy)", "Up Less than a second (healthy)"),
            (
                "Digest: sha256:11ec2c2f0b70",
                "Digest: sha256:99ec2c2f0b70c08e1db7abea",
            ),
            (
                " => [2/2] COPY index.html /usr/share/nginx/html/   0.1s",
                "=> [2/2] COPY index.html /usr/share/nginx/html/ 12.3s",
            ),
            (
                " => writing image sha256:6d3f5c512c72974  0.0s",
                "=> writing image sha256:aa3f5c512c7297458026f44de8c59c 0.0s",
            ),
            (
                "[+] Building 0.4s (7/7) FINISHED    docker:default",
                "[+] Building 31.0s (7/7) FINISHED docker:default",
            ),
            ("172.17.0.2", "172.17.0.9"),
            ("0d1f web   eager_turing", "0d1f web   happy_lamport"),
            ("2026-11-23T10:00:00.123456789Z", "2027-01-02T11:11:11.5Z"),
            ("Total reclaimed space: 1.2kB", "Total reclaimed space: 0B"),
            ("  \"Size\": 88412345,", "\"Size\": 99,"),
            ("size: 1361", "size: 1362"),
            (
                "172.17.0.1 - - [23/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 615",
                "172.17.0.4 - - [24/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 615",
            ),
            ("UID   PID   CMD\nroot  123   nginx", "UID PID CMD\nroot 7 nginx"),
            (
                "c0ffee123456: Pull complete",
                "aaaaaaaaaaa1: Pull complete\nbbbbbbbbbbb2: Pull complete",
            ),
        ];
        for (sample, printed) in pairs {
            assert!(
                same(sample, printed),
                "{sample} / {printed}: {:?}",
                compare(sample, printed)
            );
        }
    }

    #[test]
    fn what_matters_has_to_be_the_same() {
        let pairs = [
            ("REPOSITORY   TAG   IMAGE ID", "NAME   TAG   IMAGE ID"),
            ("nginx   1.26", "nginx   1.22"),
            ("0", "1"),
            ("Exited (0) 2 seconds ago", "Exited (137) 2 seconds ago"),
            ("0.0.0.0:8080->80/tcp", "0.0.0.0:8081->80/tcp"),
            ("0.0.0.0:8080->80/tcp", "127.0.0.1:8080->80/tcp"),
            ("nginx@sha256:11ec2c2f0b70", "busybox@sha256:11ec2c2f0b70"),
            (
                " => CACHED [2/2] COPY index.html   0.0s",
                " => [2/2] COPY index.html   0.0s",
            ),
            ("Deleted: facade", "Deleted: defaced"),
        ];
        for (sample, printed) in pairs {
            assert!(!same(sample, printed), "{sample} / {printed}");
        }
    }

    #[test]
    fn what_is_left_out_may_be_anything() {
        assert!(same("first\n…\nlast", "first\n2\n3\n4\n5\n6\n7\n8\n9\n10\nlast"));
        assert!(!same("first\n...\nlast", "first\n2"));
        assert!(same(
            "Error … not found",
            "Error response from daemon: it was not found"
        ));
        assert!(same("\"/docker-entrypoint.…\"", "\"/docker-entrypoint.…\""));
        assert!(same("…", ""));
    }

    #[test]
    fn a_difference_is_told_with_what_comes_nearest() {
        let found = compare(
            "REPOSITORY   TAG\nnginx        1.26",
            "REPOSITORY   TAG\nnginx        1.22\nbusybox   latest",
        );
        assert_eq!(
            found.missing,
            [Missing {
                number: 1,
                line: "nginx 1.26".into(),
                nearest: Some("nginx 1.22".into())
            }]
        );
        assert_eq!(found.more, None);
        assert_eq!(compare("one", "one\n2\n3\n4\n5").more, Some(5));
    }
}
