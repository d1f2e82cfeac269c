//! From the events of the XML parser to SVG of ours. Each byte of it is a literal of this crate, a name from the list,
//! a value that was checked, or escaped text.

use std::collections::BTreeSet;
use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::WHICH;
use super::allowed::{ARROWS, CLASSES, COMMON, ELEMENTS, HUES, Value};
use crate::limits;
use crate::nearest;
use crate::problem::Problem;
use crate::render::escape;
use crate::source::{Source, is_deceptive};

/// The namespace of SVG.
const SVG: &str = "http://www.w3.org/2000/svg";
/// The largest picture, in its own units: wider than any page shows.
const SIDE_MAX: f64 = 2_000.0;

/// The colour of lines that have no other.
const PLAIN: &str = "muted";

/// A picture without its frame.
pub(super) struct Drawn {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) body: String,
}

/// Reads a picture, whole.
pub(super) fn read(source: &Source) -> Result<Drawn, Vec<Problem>> {
    source.check().map_err(|problem| vec![problem])?;
    let mut drawing = Drawing {
        source,
        problems: Vec::new(),
        body: String::new(),
        open: Vec::new(),
        box_: None,
        elements: 0,
        arrows: BTreeSet::new(),
    };
    let mut reader = Reader::from_str(source.text());
    reader.config_mut().expand_empty_elements = true;
    loop {
        let start = position(reader.buffer_position());
        let event = reader.read_event();
        let place = start..position(reader.buffer_position());
        match event {
            Ok(Event::Eof) => break,
            Ok(event) => drawing.event(event, place),
            Err(error) => {
                let at = position(reader.error_position());
                drawing.problem(
                    at..at + 1,
                    format!("this is not XML: {error}"),
                    "mend it, or save it again as SVG",
                );
                break;
            }
        }
        if drawing.problems.len() >= limits::PROBLEMS_MAX {
            break;
        }
    }
    drawing.finish()
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// An element whose end has not come.
struct Open {
    name: &'static str,
    /// The colour of its lines.
    hue: &'static str,
}

struct Drawing<'a> {
    source: &'a Source,
    problems: Vec<Problem>,
    body: String,
    open: Vec<Open>,
    /// Width and height.
    box_: Option<(f64, f64)>,
    elements: usize,
    /// The colours that arrowheads are needed in.
    arrows: BTreeSet<&'static str>,
}

impl Drawing<'_> {
    fn event(&mut self, event: Event<'_>, place: Range<usize>) {
        match event {
            Event::Start(start) => self.start(&start, place),
            Event::End(_) => {
                if let Some(open) = self.open.pop()
                    && !matches!(open.name, "" | "svg")
                {
                    self.body.extend(["</", open.name, ">"]);
                }
            }
            Event::Text(text) => {
                let text = String::from_utf8_lossy(&text.into_inner()).into_owned();
                self.text(&text, place);
            }
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref() {
                    Ok(Some(character)) => Some(character),
                    _ => match &*reference.into_inner() {
                        b"amp" => Some('&'),
                        b"lt" => Some('<'),
                        b"gt" => Some('>'),
                        b"quot" => Some('"'),
                        b"apos" => Some('\''),
                        _ => None,
                    },
                };
                match character.filter(|character| !is_deceptive(*character)) {
                    Some(character) => self.text(character.encode_utf8(&mut [0; 4]), place),
                    None => self.problem(
                        place,
                        "this stands for no character that a picture may have",
                        "write the character itself",
                    ),
                }
            }
            Event::Comment(_) | Event::Decl(_) | Event::Eof => {}
            Event::DocType(_) | Event::PI(_) | Event::CData(_) | Event::Empty(_) => {
                self.problem(
                    place,
                    "this does not belong in a picture",
                    "a picture is elements and text only",
                );
            }
        }
    }

    fn start(&mut self, start: &BytesStart<'_>, place: Range<usize>) {
        self.elements += 1;
        if self.elements > limits::FIGURE_MAX_ELEMENTS || self.open.len() >= limits::FIGURE_MAX_DEPTH {
            if self.elements == limits::FIGURE_MAX_ELEMENTS + 1 || self.open.len() == limits::FIGURE_MAX_DEPTH
            {
                self.problem(
                    place,
                    "the picture has too many elements, or they nest too deep",
                    "draw it with fewer",
                );
            }
            self.open.push(Open { name: "", hue: PLAIN });
            return;
        }
        let hue = self.open.last().map_or(PLAIN, |open| open.hue);
        let given = String::from_utf8_lossy(start.name().as_ref()).into_owned();
        let known = ELEMENTS.iter().find(|(name, _)| *name == given);
        let is_root = self.open.is_empty();
        let Some((name, own)) = known.filter(|(name, _)| (*name == "svg") == is_root) else {
            let names: Vec<&str> = ELEMENTS.iter().map(|(name, _)| *name).skip(1).collect();
            let (message, help) = if is_root {
                (
                    "a picture is one `<svg>`".to_owned(),
                    "begin with `<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 480 240\">`"
                        .to_owned(),
                )
            } else {
                (
                    format!("`<{given}>` does not belong in a picture"),
                    format!("known here: {}", nearest::list(&names)),
                )
            };
            self.problem(place, message, help);
            self.open.push(Open { name: "", hue });
            return;
        };
        if self.open.iter().any(|open| open.name.is_empty()) {
            self.open.push(Open { name: "", hue });
            return;
        }
        if is_root {
            if self.box_.is_some() {
                self.problem(
                    place.clone(),
                    "there is a second `<svg>`",
                    "a file is one picture",
                );
            }
            self.root(start, place);
            self.open.push(Open { name, hue });
            return;
        }
        let inside_text = self.open.iter().any(|open| open.name == "text");
        if (*name == "tspan") != inside_text {
            let help = "`<tspan>` stands in `<text>`, and nothing else does";
            self.problem(place.clone(), format!("`<{name}>` does not belong here"), help);
        }
        self.body.extend(["<", name]);
        let hue = self.attributes(start, own, hue, &place);
        self.body.push('>');
        self.open.push(Open { name, hue });
    }

    /// The frame: only its box is of interest.
    fn root(&mut self, start: &BytesStart<'_>, place: Range<usize>) {
        for (key, value) in self.pairs(start, &place) {
            match key.as_str() {
                "xmlns" if value == SVG => {}
                "xmlns" => {
                    let help = format!("write `xmlns=\"{SVG}\"`, or leave it out");
                    self.problem(place.clone(), "this is no SVG", help);
                }
                "viewBox" => self.box_ = view_box(&value),
                // The page decides how large it is shown.
                "width" | "height" if Value::Number.fits(&value) => {}
                _ => self.refuse_attribute("svg", &key, &["xmlns", "viewBox"], place.clone()),
            }
        }
        if self.box_.is_none() {
            self.problem(
                place,
                "the picture does not say how large it is",
                format!("write `viewBox=\"0 0 WIDTH HEIGHT\"`, each above 0 and at most {SIDE_MAX}"),
            );
        }
    }

    /// Writes an element's attributes. Gives the colour of its lines.
    fn attributes(
        &mut self,
        start: &BytesStart<'_>,
        own: &[(&'static str, Value)],
        hue: &'static str,
        place: &Range<usize>,
    ) -> &'static str {
        let mut hue = hue;
        let mut ends: &[&str] = &[];
        for (key, value) in self.pairs(start, place) {
            if key == "class" {
                (hue, ends) = self.classes(&value, hue, place);
                continue;
            }
            let Some((name, kind)) = own.iter().chain(&COMMON).find(|(name, _)| *name == key) else {
                let known: Vec<&str> = own
                    .iter()
                    .chain(&COMMON)
                    .map(|(name, _)| *name)
                    .chain(["class"])
                    .collect();
                let element = String::from_utf8_lossy(start.name().as_ref()).into_owned();
                self.refuse_attribute(&element, &key, &known, place.clone());
                continue;
            };
            if !kind.fits(&value) {
                let shown: String = value.chars().take(40).collect();
                let help = match (*name, kind) {
                    ("fill" | "stroke", _) => "colours are classes, so that they fit both themes: `class=\"accent\"`, `class=\"ok-soft\"` …".to_owned(),
                    _ => format!("it is {}", kind.expected()),
                };
                self.problem(
                    place.clone(),
                    format!("`{name}=\"{shown}\"` cannot be drawn"),
                    help,
                );
                continue;
            }
            self.body
                .extend([" ", name, "=\"", &escape::escape(value.trim()), "\""]);
        }
        for end in ends {
            self.arrows.insert(hue);
            self.body.extend([" ", end, "=\"url(#"]);
            self.body.push(WHICH);
            self.body.extend(["-", hue, ")\""]);
        }
        hue
    }

    /// Writes the classes. Gives the colour of lines, and the ends that have arrowheads.
    fn classes(
        &mut self,
        value: &str,
        hue: &'static str,
        place: &Range<usize>,
    ) -> (&'static str, &'static [&'static str]) {
        let mut hue = hue;
        let mut ends: &'static [&'static str] = &[];
        let mut names = String::new();
        for class in value.split_ascii_whitespace() {
            if let Some((_, at)) = ARROWS.iter().find(|(name, _)| *name == class) {
                ends = at;
                continue;
            }
            let Some(known) = HUES.iter().chain(&CLASSES).find(|known| **known == class) else {
                let all: Vec<&str> = HUES
                    .iter()
                    .chain(&CLASSES)
                    .copied()
                    .chain(ARROWS.iter().map(|(name, _)| *name))
                    .collect();
                self.problem(
                    place.clone(),
                    format!("pictures have no class `{class}`"),
                    nearest::help(class, &all),
                );
                continue;
            };
            if HUES.contains(known) {
                hue = known;
            }
            if !names.is_empty() {
                names.push(' ');
            }
            names.extend(["fig-", known]);
        }
        if !names.is_empty() {
            self.body.extend([" class=\"", &names, "\""]);
        }
        (hue, ends)
    }

    /// An element's attributes as they stand.
    fn pairs(&mut self, start: &BytesStart<'_>, place: &Range<usize>) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        for attribute in start.attributes() {
            match attribute {
                Ok(attribute) => pairs.push((
                    String::from_utf8_lossy(attribute.key.as_ref()).into_owned(),
                    String::from_utf8_lossy(&attribute.value).into_owned(),
                )),
                Err(error) => {
                    self.problem(
                        place.clone(),
                        format!("this is not XML: {error}"),
                        "mend it, or save it again as SVG",
                    );
                    break;
                }
            }
        }
        pairs
    }

    fn text(&mut self, text: &str, place: Range<usize>) {
        match self.open.last().map(|open| open.name) {
            Some("text" | "tspan") => escape::push(&mut self.body, text),
            // What stands in something that was refused was refused with it.
            Some("") => {}
            _ if text.trim().is_empty() => {}
            _ => self.problem(
                place,
                "there is text outside of `<text>`",
                "put it into a `<text x=\"…\" y=\"…\">`",
            ),
        }
    }

    fn refuse_attribute(&mut self, element: &str, key: &str, known: &[&str], place: Range<usize>) {
        let help = match key {
            "style" => "colours and sizes are classes, so that they fit both themes".to_owned(),
            _ if key.starts_with("on") || key.ends_with("href") => {
                "a picture does nothing and leads nowhere".to_owned()
            }
            _ => nearest::help(key, known),
        };
        self.problem(
            place,
            format!("`<{element}>` has no attribute `{key}` here"),
            help,
        );
    }

    fn problem(&mut self, range: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(self.source.problem(range, message).help(help));
    }

    fn finish(mut self) -> Result<Drawn, Vec<Problem>> {
        let end = self.source.text().len();
        if self.problems.is_empty() && !self.open.is_empty() {
            self.problem(
                end..end,
                "the picture has no end",
                "close every element that is opened",
            );
        }
        let Some((width, height)) = self.box_ else {
            if self.problems.is_empty() {
                self.problem(
                    0..0,
                    "there is no picture in the file",
                    "a picture is one `<svg>`",
                );
            }
            return Err(self.problems);
        };
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        Ok(Drawn {
            width,
            height,
            body: format!("{}{}", heads(&self.arrows), self.body),
        })
    }
}

/// Arrowheads in these colours.
fn heads(hues: &BTreeSet<&'static str>) -> String {
    if hues.is_empty() {
        return String::new();
    }
    let head = |hue: &&str| {
        format!(
            "<marker id=\"{WHICH}-{hue}\" class=\"fig-{hue}\" viewBox=\"0 0 10 10\" refX=\"8\" refY=\"5\" markerWidth=\"6\" \
             markerHeight=\"6\" orient=\"auto-start-reverse\"><path class=\"fig-solid\" d=\"M0 1 9 5 0 9z\"></path></marker>"
        )
    };
    format!("<defs>{}</defs>", hues.iter().map(head).collect::<String>())
}

/// Width and height out of `0 0 480 240`.
fn view_box(value: &str) -> Option<(f64, f64)> {
    let numbers: Vec<f64> = value
        .split([' ', ','])
        .filter(|part| !part.is_empty())
        .map(|part| Value::Number.fits(part).then(|| part.parse().ok()).flatten())
        .collect::<Option<_>>()?;
    let side = |side: f64| side > 0.0 && side <= SIDE_MAX;
    match numbers[..] {
        [x, y, width, height] if x == 0.0 && y == 0.0 && side(width) && side(height) => Some((width, height)),
        _ => None,
    }
}
