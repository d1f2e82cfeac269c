//! Lists in pages, as the distribution specification has them: `n` at most, after `last`.

use http::{Method, Response, StatusCode};
use serde_json::json;

use super::parameter;
use super::reply::{Repository, json as reply, next_page};
use crate::body::Body;

/// A page of a repository's tags.
pub(super) fn page(
    repository: &Repository,
    tags: Vec<String>,
    method: &Method,
    query: &str,
) -> Response<Body> {
    let (tags, more) = cut(tags, query);
    let mut response = reply(
        method,
        StatusCode::OK,
        &json!({"name": repository.outer, "tags": tags}),
    );
    if let Some((n, last)) = more {
        let target = format!("/v2/{}/tags/list?n={n}&last={last}", repository.outer);
        next_page(&mut response, &target);
    }
    response
}

/// A page of the names of repositories.
pub(super) fn catalog(names: Vec<String>, method: &Method, query: &str) -> Response<Body> {
    let (names, more) = cut(names, query);
    let mut response = reply(method, StatusCode::OK, &json!({"repositories": names}));
    if let Some((n, last)) = more {
        next_page(&mut response, &format!("/v2/_catalog?n={n}&last={last}"));
    }
    response
}

/// What of a sorted list is on the page, and how the next one is asked for if there is one.
fn cut(mut all: Vec<String>, query: &str) -> (Vec<String>, Option<(usize, String)>) {
    if let Some(last) = parameter(query, "last") {
        all.retain(|name| *name > last);
    }
    let Some(n) = parameter(query, "n").and_then(|n| n.parse::<usize>().ok()) else {
        return (all, None);
    };
    let is_cut = all.len() > n;
    all.truncate(n);
    let more = all.last().filter(|_| is_cut).map(|last| (n, last.clone()));
    (all, more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other() {
        let all = || ["1.22", "1.26", "latest"].map(str::to_owned).to_vec();
        assert_eq!(cut(all(), ""), (all(), None));
        assert_eq!(
            cut(all(), "n=2"),
            (all()[..2].to_vec(), Some((2, "1.26".to_owned())))
        );
        assert_eq!(cut(all(), "n=2&last=1.26"), (all()[2..].to_vec(), None));
        assert_eq!(cut(all(), "n=3"), (all(), None));
        assert_eq!(cut(all(), "n=0"), (vec![], None));
        assert_eq!(cut(all(), "n=x&last=latest"), (vec![], None));
    }
}
