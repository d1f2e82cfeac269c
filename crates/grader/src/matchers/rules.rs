//! What a text (a history, a log) has and has not.

use drydock_lesson::expect::{Pattern, TextRules};

use super::Failure;
use crate::text::{code, shown};

/// The first rule that a text breaks. `place` is where the text stands (`the history of …`), `look` what shows it.
pub(super) fn check<'t, L>(
    field: &'static str,
    place: &str,
    look: &str,
    rules: &TextRules,
    lines: L,
) -> Option<Failure>
where
    L: IntoIterator<Item = &'t str> + Clone,
{
    let find = |pattern: &Pattern| lines.clone().into_iter().find_map(|line| pattern.find(line));
    if let Some(pattern) = rules.has.iter().find(|pattern| find(pattern).is_none()) {
        let plain = pattern.plain();
        let message = format!("Nothing in {place} matches `{plain}`. {look}");
        return Some(Failure::new(field, message).wanting(pattern));
    }
    rules.has_not.iter().find_map(|pattern| {
        let line = find(pattern)?;
        let plain = pattern.plain();
        let message = format!(
            "In {place} stands {}, and nothing there is to match `{plain}`. {look}",
            code(line)
        );
        Some(Failure::new(field, message).against(pattern, shown(line)))
    })
}
