//! Pictures from strangers: what gets through is shapes and text, and everything else is refused with its place.

use super::Figure;
use crate::source::Source;

fn read(text: &str) -> Result<Figure, String> {
    Figure::read(&Source::new("figures/x.svg", text)).map_err(|problems| {
        problems
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    })
}

fn svg(inside: &str) -> String {
    format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 320 120\">\n{inside}\n</svg>\n")
}

#[test]
fn a_picture_is_written_anew() {
    let text = svg(r#"<!-- an image, and a container on it -->
<g class="soft" transform="translate(10, 10)">
  <rect x="0" y="0" width="120" height="40" rx="6"/>
  <text class="small mono" x="60" y="25" text-anchor="middle">nginx &amp; <tspan class="strong">1.26</tspan> &#60;</text>
</g>
<path class="arrow accent thick" d="M130,30 h40"/>
<g class="ok"><line class="arrow-both dashed" x1="0" y1="60" x2="9" y2="60"/></g>
<polyline points="0,0 1.5 2" fill="none" stroke="currentColor" stroke-width="2"/>"#);
    let figure = read(&format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}")).unwrap();
    insta::assert_snapshot!(
        figure
            .html(2, "An \"image\" & a container", "What runs, and on what")
            .replace("><", ">\n<")
    );
    assert!(
        read(&text.replace("320", "600"))
            .unwrap()
            .html(1, "a", "")
            .contains("tabindex"),
        "a wide one scrolls"
    );
}

#[test]
fn what_does_not_belong_in_a_picture_is_said() {
    let said = [
        svg("<script>alert(1)</script>"),
        svg("<rect onclick=\"alert(1)\" width=\"1\" height=\"1\"/>"),
        svg("<image href=\"https://evil.example/a.png\"/>"),
        svg("<foreignObject><p>x</p></foreignObject>"),
        svg("<rect style=\"fill: red\" width=\"10px\" fill=\"#f00\" clas=\"a\"/>"),
        svg("<path d=\"M0 0\" class=\"acent blink\"/>"),
        svg("<g><text>a <rect/></text> loose</g>"),
        svg("<path d=\"url(javascript:alert(1))\" transform=\"matrix(1 0 0 1 0 0)\"/>"),
        svg("<text>&xxe; &#x202e;</text>"),
        svg("<svg viewBox=\"0 0 1 1\"/>"),
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100%\"></svg>".to_owned(),
        "<svg xmlns=\"http://example.com/\" viewBox=\"0 0 0 9999\"/>".to_owned(),
        "<!DOCTYPE svg [<!ENTITY a \"x\">]><svg viewBox=\"0 0 1 1\"/>".to_owned(),
        "<html/>".to_owned(),
        "<svg viewBox=\"0 0 1 1\"><g></svg>".to_owned(),
        "<svg viewBox=\"0 0 1 1\"><g>".to_owned(),
        "<svg viewBox=\"0 0 1 1\"/><svg viewBox=\"0 0 1 1\"/>".to_owned(),
        String::new(),
    ]
    .map(|text| read(&text).expect_err(&text));
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn hostile_pictures_cost_little() {
    let deep = svg(&format!("{}{}", "<g>".repeat(5_000), "</g>".repeat(5_000)));
    let many = svg(&"<g/>".repeat(9_000));
    let wrong = svg(&"<b/>".repeat(9_000));
    for text in [deep, many, wrong] {
        let said = read(&text).expect_err("refused");
        assert!(said.lines().count() < 1_000, "{}", said.lines().count());
    }
}
