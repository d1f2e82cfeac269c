//! Code and output as finished HTML: focusable, because long lines scroll, and named for those who listen.

use super::escape::escape;
use super::highlight::Language;

/// Code to read and copy.
pub(crate) fn code(language: Language, text: &str) -> String {
    let label = if language == Language::TEXT {
        "Text".to_owned()
    } else {
        format!("{} code", language.name)
    };
    format!(
        "<div class=\"code\" data-language=\"{key}\"><pre tabindex=\"0\" role=\"group\" aria-label=\"{label}\"><code \
         class=\"language-{key}\">{html}</code></pre></div>\n",
        key = language.key,
        html = language.highlight(text),
    )
}

/// What a program prints.
pub(crate) fn output(text: &str) -> String {
    format!(
        "<pre class=\"output\" tabindex=\"0\" role=\"group\" aria-label=\"Sample output\"><samp>{}</samp></pre>\n",
        escape(text.trim_end_matches('\n'))
    )
}
