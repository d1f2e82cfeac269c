//! The labels above the columns: tags, what has none, and the containers that were made of an image.

use drydock_protocol::api::ImageView;
use drydock_protocol::workbench::ContainerView;

use crate::picture::Picture;

/// So many tags, and so many containers, are hung above one column; the others are counted.
const SHOWN_MAX: usize = 4;

/// One label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    /// The same for as long as it is the same thing: a tag that moves keeps it.
    pub(crate) key: String,
    /// The image that it hangs above.
    pub(crate) image: String,
    /// The image's column.
    pub(crate) column: usize,
    /// 0 is the lowest.
    pub(crate) row: usize,
    /// What it says.
    pub(crate) what: Says,
}

/// What a label says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    /// A tag, in two parts: `registry.example.com/me/nginx` and `:1.26`.
    Tag(String, String),
    /// The image has no name.
    NoName,
    /// A container was made of it: its name and its state.
    Container(String, String),
    /// There are more tags.
    MoreTags(usize),
    /// There are more containers.
    MoreContainers(usize),
}

/// All labels, from the lowest of the first column on.
pub(crate) fn labels(images: &[ImageView], containers: &[ContainerView], picture: &Picture) -> Vec<Label> {
    let mut labels = Vec::new();
    for (column, place) in picture.columns.iter().enumerate() {
        let Some(image) = images.iter().find(|image| image.id == place.image) else {
            continue;
        };
        let mut says: Vec<(String, Says)> = Vec::new();
        if image.tags.is_empty() {
            says.push((format!("none {}", image.id), Says::NoName));
        }
        for tag in image.tags.iter().take(SHOWN_MAX) {
            let (repository, name) = parts(tag);
            says.push((tag.clone(), Says::Tag(repository.to_owned(), name.to_owned())));
        }
        if image.tags.len() > SHOWN_MAX {
            let more = image.tags.len() - SHOWN_MAX;
            says.push((format!("tags {}", image.id), Says::MoreTags(more)));
        }
        let made: Vec<_> = containers
            .iter()
            .filter(|container| container.image_id == image.id)
            .collect();
        for container in made.iter().take(SHOWN_MAX) {
            let what = Says::Container(container.name.clone(), container.state.clone());
            says.push((container.id.clone(), what));
        }
        if made.len() > SHOWN_MAX {
            let more = made.len() - SHOWN_MAX;
            says.push((format!("containers {}", image.id), Says::MoreContainers(more)));
        }
        let of_column = says.into_iter().enumerate().map(|(row, (key, what))| Label {
            key,
            image: image.id.clone(),
            column,
            row,
            what,
        });
        labels.extend(of_column);
    }
    labels
}

/// A tag's repository, and its last part with the colon. The colon of a registry's port comes before a slash.
fn parts(tag: &str) -> (&str, &str) {
    match tag.rfind(':') {
        Some(colon) if !tag[colon..].contains('/') => tag.split_at(colon),
        _ => (tag, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::tests::image;

    #[test]
    fn a_registrys_port_is_no_tag() {
        assert_eq!(parts("nginx:1.26"), ("nginx", ":1.26"));
        assert_eq!(
            parts("registry.example.com:5000/me/app"),
            ("registry.example.com:5000/me/app", "")
        );
        assert_eq!(
            parts("registry.example.com:5000/me/app:1"),
            ("registry.example.com:5000/me/app", ":1")
        );
    }

    #[test]
    fn what_is_too_much_is_counted() {
        let tags: Vec<String> = (0..200).map(|number| format!("a:{number}")).collect();
        let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
        let images = [
            image("a", 2, &tags, &[("base", 1)]),
            image("b", 1, &[], &[("base", 1)]),
        ];
        let labels = labels(&images, &[], &Picture::of(&images));
        let said: Vec<_> = labels
            .iter()
            .map(|label| (label.column, label.row, &label.what))
            .collect();
        assert_eq!(said.len(), SHOWN_MAX + 2);
        assert_eq!(said[SHOWN_MAX], (0, SHOWN_MAX, &Says::MoreTags(200 - SHOWN_MAX)));
        assert_eq!(said[SHOWN_MAX + 1], (1, 0, &Says::NoName));
    }
}
