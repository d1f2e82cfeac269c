//! Shows how far work has got: bars where somebody watches, a line for each piece of work where the output goes to a file.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::{Duration, Instant};

use drydock_registry::{Progress, Step};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// How often a bar is drawn.
const REDRAW: Duration = Duration::from_millis(120);
/// As wide as the names in what `images/build` prints.
const NAME: usize = 34;

/// Shows on standard error.
pub(super) struct Shown {
    /// None: nobody watches.
    bars: Option<MultiProgress>,
}

impl Default for Shown {
    fn default() -> Self {
        Self {
            bars: std::io::stderr().is_terminal().then(MultiProgress::new),
        }
    }
}

impl Shown {
    /// Says something that is done.
    pub(super) fn line(&self, what: &str, how: &str) {
        print(self.bars.as_ref(), &format!("{what:<NAME$} {how}"));
    }
}

impl Progress for Shown {
    fn begin(&self, what: &str, bytes: u64) -> Arc<dyn Step> {
        let bar = self.bars.as_ref().map(|bars| {
            let bar = bars.add(ProgressBar::new(bytes));
            // A template that is wrong would be a mistake of ours; then the bar looks plain.
            let style = ProgressStyle::with_template(
                "{msg:34} {bar:24} {decimal_bytes:>10} of {decimal_total_bytes} {decimal_bytes_per_sec}",
            )
            .unwrap_or_else(|_| ProgressStyle::default_bar());
            bar.set_style(style);
            bar.set_message(what.to_owned());
            bar.enable_steady_tick(REDRAW);
            bar
        });
        Arc::new(Work {
            what: what.to_owned(),
            started: Instant::now(),
            bars: self.bars.clone(),
            bar,
        })
    }
}

struct Work {
    what: String,
    started: Instant,
    bars: Option<MultiProgress>,
    bar: Option<ProgressBar>,
}

impl Step for Work {
    fn advance(&self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.inc(bytes);
        }
    }

    fn end(&self, how: &str) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let seconds = self.started.elapsed().as_secs_f64();
        print(
            self.bars.as_ref(),
            &format!("{:<NAME$} {how} ({seconds:.1} s)", self.what),
        );
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A line above the bars, if there are any.
fn print(bars: Option<&MultiProgress>, line: &str) {
    match bars {
        Some(bars) => bars.suspend(|| eprintln!("{line}")),
        None => eprintln!("{line}"),
    }
}
