//! Which images of the classroom somebody may have meant.

use crate::rules::HUB;
use crate::search::{Listing, is_on_hub};

/// Names in one message.
const NAMED: usize = 5;
/// From this likeness of two names on, 1 being the same, one may have been meant by the other.
const LIKE: f64 = 0.8;

/// A sentence that says what there is.
pub(crate) fn advice(listings: &[Listing], host: &str, name: &str) -> String {
    let wanted = shown(host, name);
    let wanted_last = last(&wanted);
    let mut like: Vec<(f64, &str)> = listings
        .iter()
        .map(|listing| (likeness(&listing.name, wanted_last), listing.name.as_str()))
        .filter(|(likeness, name)| *likeness >= LIKE && *name != wanted)
        .collect();
    like.sort_by(|(one, a), (other, b)| other.total_cmp(one).then_with(|| a.cmp(b)));
    if !like.is_empty() {
        let names: Vec<&str> = like.iter().map(|(_, name)| *name).collect();
        return format!("the classroom has no image {wanted}; it has {}", list(&names));
    }
    let mut all: Vec<&Listing> = listings
        .iter()
        .filter(|listing| is_on_hub(&listing.name))
        .collect();
    all.sort_by(|a, b| b.stars.cmp(&a.stars).then_with(|| a.name.cmp(&b.name)));
    let names: Vec<&str> = all.iter().map(|listing| listing.name.as_str()).collect();
    if names.is_empty() {
        format!("the classroom has no image {wanted}")
    } else {
        format!(
            "the classroom has no image {wanted}; among others it has {}",
            list(&names)
        )
    }
}

/// A repository as people write it.
pub(crate) fn shown(host: &str, name: &str) -> String {
    if host == HUB {
        name.strip_prefix("library/").unwrap_or(name).to_owned()
    } else {
        format!("{host}/{name}")
    }
}

fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

fn likeness(name: &str, wanted: &str) -> f64 {
    let name = last(name);
    if name == wanted || (wanted.len() > 2 && (name.contains(wanted) || wanted.contains(name))) {
        return 1.0;
    }
    // Two letters that changed places are one mistake.
    let distance = strsim::damerau_levenshtein(name, wanted);
    let length = name.chars().count().max(wanted.chars().count()).max(1);
    if distance <= 1 && length > 2 {
        return 0.9;
    }
    1.0 - distance as f64 / length as f64
}

/// Names with commas, not too many.
pub(crate) fn list(names: &[&str]) -> String {
    let more = if names.len() > NAMED { " …" } else { "" };
    format!("{}{more}", names[..names.len().min(NAMED)].join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advice_for(host: &str, name: &str) -> String {
        let listings: Vec<Listing> = ["nginx", "python", "node", "ghcr.io/org/tool"]
            .iter()
            .zip([4, 3, 2, 1])
            .map(|(&name, stars)| Listing {
                name: name.into(),
                tags: vec![],
                description: String::new(),
                official: true,
                stars,
            })
            .collect();
        advice(&listings, host, name)
    }

    #[test]
    fn what_looks_like_it_is_named() {
        assert_eq!(
            advice_for("docker.io", "library/ngnix"),
            "the classroom has no image ngnix; it has nginx"
        );
        assert_eq!(
            advice_for("docker.io", "library/python3"),
            "the classroom has no image python3; it has python"
        );
        assert_eq!(
            advice_for("quay.io", "team/tool"),
            "the classroom has no image quay.io/team/tool; it has ghcr.io/org/tool"
        );
        assert_eq!(
            advice_for("docker.io", "library/postgres"),
            "the classroom has no image postgres; among others it has nginx, python, node"
        );
    }
}
