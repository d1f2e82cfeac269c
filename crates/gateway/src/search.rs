//! `docker search`, answered from the classroom's catalogue in Docker Hub's own form.

use std::cmp::Reverse;

use serde::Serialize;

const PAGE: usize = 25;
const PAGE_MAX: usize = 100;
/// Longest text that is searched for.
const QUERY_MAX: usize = 128;

/// An image of the classroom, as it is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// `nginx`, `team/tool`, or with the host where that is not Docker Hub: `ghcr.io/org/tool`.
    pub name: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// What it is, in a sentence.
    pub description: String,
    /// Whether it stands for one of Docker's official images.
    pub official: bool,
    /// How many stars it is shown with.
    pub stars: u32,
}

#[derive(Debug, Serialize)]
pub(crate) struct Found<'a> {
    num_pages: usize,
    num_results: usize,
    page: usize,
    page_size: usize,
    query: &'a str,
    results: Vec<Result<'a>>,
}

#[derive(Debug, Serialize)]
struct Result<'a> {
    name: &'a str,
    description: &'a str,
    star_count: u32,
    is_official: bool,
    is_automated: bool,
}

/// Finds what `query` may mean; the likeliest first, then by stars.
pub(crate) fn find<'a>(
    listings: &'a [Listing],
    query: &'a str,
    size: Option<usize>,
    page: Option<usize>,
) -> Found<'a> {
    let wanted: String = query
        .trim()
        .chars()
        .take(QUERY_MAX)
        .collect::<String>()
        .to_lowercase();
    let wanted = wanted.strip_prefix("library/").unwrap_or(&wanted);
    let mut found: Vec<(u8, &Listing)> = listings
        .iter()
        .filter(|listing| is_on_hub(&listing.name))
        .filter_map(|listing| Some((likeness(listing, wanted)?, listing)))
        .collect();
    found.sort_by(|(one, a), (other, b)| {
        (one, Reverse(a.stars), &a.name).cmp(&(other, Reverse(b.stars), &b.name))
    });
    let size = size.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let page = page.unwrap_or(1).max(1);
    Found {
        num_pages: found.len().div_ceil(size),
        num_results: found.len(),
        page,
        page_size: size,
        query,
        results: found
            .iter()
            .skip(size.saturating_mul(page - 1))
            .take(size)
            .map(|(_, listing)| Result {
                name: &listing.name,
                description: &listing.description,
                star_count: listing.stars,
                is_official: listing.official,
                is_automated: false,
            })
            .collect(),
    }
}

/// Whether a listing's name has no other host in front of it.
pub(crate) fn is_on_hub(name: &str) -> bool {
    name.split_once('/').is_none_or(|(first, _)| !first.contains('.'))
}

/// How well a listing fits, 0 the best.
fn likeness(listing: &Listing, wanted: &str) -> Option<u8> {
    let name = listing.name.to_lowercase();
    let description = listing.description.to_lowercase();
    let mut words = description.split(|character: char| !character.is_alphanumeric());
    if wanted.is_empty() {
        None
    } else if name == wanted {
        Some(0)
    } else if name.starts_with(wanted) {
        Some(1)
    } else if name.contains(wanted) {
        Some(2)
    } else {
        words.any(|word| word == wanted).then_some(3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(name: &str, description: &str, stars: u32) -> Listing {
        Listing {
            name: name.into(),
            tags: vec![],
            description: description.into(),
            official: !name.contains('/'),
            stars,
        }
    }

    fn names(query: &str, size: Option<usize>, page: Option<usize>) -> Vec<String> {
        let listings = [
            listing("debian", "The universal system; what python runs on", 10),
            listing("micropython", "A small one", 1),
            listing("python", "A language", 5),
            listing("python-tools", "Tools", 1),
            listing("team/python", "Ours", 100),
            listing("ghcr.io/org/python", "Elsewhere", 100),
            listing("node", "JavaScript, no pythons", 3),
        ];
        find(&listings, query, size, page)
            .results
            .iter()
            .map(|found| found.name.to_owned())
            .collect()
    }

    #[test]
    fn the_likeliest_comes_first() {
        let all = ["python", "python-tools", "team/python", "micropython", "debian"];
        assert_eq!(names("Python", None, None), all);
        assert_eq!(names("library/python", None, None), all);
        assert_eq!(names("python", Some(2), Some(2)), all[2..4]);
        assert_eq!(names("python", Some(0), Some(0)), all[..1]);
        assert!(names("python", Some(2), Some(usize::MAX)).is_empty());
        assert!(names("", None, None).is_empty());
        assert!(names("cobol", None, None).is_empty());
    }

    #[test]
    fn the_answer_is_of_the_hubs_form() {
        let listings = [listing("nginx", "A web server", 7)];
        let json = serde_json::to_value(find(&listings, "nginx", None, None)).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"num_pages": 1, "num_results": 1, "page": 1, "page_size": 25, "query": "nginx", "results": [
                {"name": "nginx", "description": "A web server", "star_count": 7, "is_official": true, "is_automated": false}
            ]})
        );
    }
}
