//! What has just changed among the images, in a sentence: the picture alone shows that something moved, and not what that means.

use drydock_protocol::api::ImageView;

use crate::picture::{Picture, tags};
use crate::size;

/// What happened between the two. `None`: nothing that can be seen. Code is in backticks.
pub(crate) fn told(before: &[ImageView], after: &[ImageView]) -> Option<String> {
    let (old, new) = (tags(before), tags(after));
    let has = |images: &[ImageView], id: &str| images.iter().any(|image| image.id == id);

    let made: Vec<_> = after.iter().filter(|image| !has(before, &image.id)).collect();
    let gone: Vec<_> = before.iter().filter(|image| !has(after, &image.id)).collect();
    let moved: Vec<_> = new
        .iter()
        .filter_map(|(tag, to)| Some((*tag, *old.get(tag)?, *to)).filter(|(_, from, to)| from != to))
        .collect();
    let added: Vec<_> = new.iter().filter(|(tag, _)| !old.contains_key(*tag)).collect();
    let removed: Vec<_> = old.iter().filter(|(tag, _)| !new.contains_key(*tag)).collect();

    match (&made[..], &gone[..]) {
        ([], []) => names_changed(&moved, &added, &removed, after),
        ([image], []) => {
            let mut said = is_new(image, after);
            if let [(tag, from, _)] = moved[..] {
                said.push_str(&left_behind(tag, from, after));
            }
            Some(said)
        }
        ([], [image]) => Some(is_gone(image, before)),
        ([], gone) => Some(format!("{} images are gone.", gone.len())),
        (made, []) => Some(format!("{} images are new.", made.len())),
        (made, gone) => Some(format!(
            "{} new, {} gone.",
            count(made.len(), "image"),
            gone.len()
        )),
    }
}

/// Tags came, went or moved, and the images stayed.
fn names_changed(
    moved: &[(&str, &str, &str)],
    added: &[(&&str, &&str)],
    removed: &[(&&str, &&str)],
    after: &[ImageView],
) -> Option<String> {
    match (moved, added, removed) {
        ([], [], []) => None,
        ([(tag, from, _)], [], []) => Some(format!(
            "`{tag}` points at another image now; nothing was copied.{}",
            left_behind(tag, from, after)
        )),
        ([], [(tag, id)], []) => {
            let other = names(after, id).find(|name| name != *tag);
            Some(match other {
                Some(other) => {
                    format!("`{tag}` is another name for the image of `{other}`; nothing was copied.")
                }
                None => format!("`{tag}` is the name of an image that had none; nothing was copied."),
            })
        }
        ([], [], [(tag, id)]) => {
            let other = names(after, id).next();
            Some(match other {
                Some(other) => format!("The name `{tag}` is gone; its image is still there, as `{other}`."),
                None => format!(
                    "The name `{tag}` is gone; its image is still there, and has no name left: it is dangling."
                ),
            })
        }
        _ => Some("Several names have changed; the images are the same.".to_owned()),
    }
}

/// What became of the image that a tag has left.
fn left_behind(tag: &str, image: &str, after: &[ImageView]) -> String {
    if !after.iter().any(|known| known.id == image) {
        return String::new();
    }
    match names(after, image).next() {
        Some(other) => format!(" The image that `{tag}` was on is still `{other}`."),
        None => format!(" The image that `{tag}` was on has no name left: it is dangling."),
    }
}

fn is_new(image: &ImageView, after: &[ImageView]) -> String {
    let name = match image.tags.first() {
        Some(tag) => format!("`{tag}`"),
        None => "An image without a name".to_owned(),
    };
    let picture = Picture::of(after);
    let layers = |own: bool| {
        let boxes = picture
            .column(&image.id)
            .into_iter()
            .flat_map(|(_, column)| &column.layers);
        let boxes = boxes.filter_map(|key| picture.layer(*key));
        let boxes: Vec<_> = boxes.filter(|layer| (layer.span == 1) == own).collect();
        (boxes.len(), boxes.iter().map(|layer| layer.size).sum::<u64>())
    };
    let ((own, bytes), (shared, shared_bytes)) = (layers(true), layers(false));
    match (own, shared) {
        (_, 0) => format!("{name} is new: {}, {}.", count(own, "layer"), size::docker(bytes)),
        (0, _) => format!("{name} is new, and has no layer of its own: all are other images' too."),
        _ => format!(
            "{name} is new: {} of its own ({}) on {} that other images have too ({}).",
            count(own, "layer"),
            size::docker(bytes),
            shared,
            size::docker(shared_bytes)
        ),
    }
}

fn is_gone(image: &ImageView, before: &[ImageView]) -> String {
    let name = match image.tags.first() {
        Some(tag) => format!("`{tag}`"),
        None => "An image without a name".to_owned(),
    };
    let picture = Picture::of(before);
    let boxes = picture
        .column(&image.id)
        .into_iter()
        .flat_map(|(_, column)| &column.layers);
    let own: Vec<_> = boxes
        .filter_map(|key| picture.layer(*key))
        .filter(|layer| layer.span == 1)
        .collect();
    if own.is_empty() {
        return format!("{name} is gone. Its layers are still there: other images have them.");
    }
    let bytes = own.iter().map(|layer| layer.size).sum();
    format!(
        "{name} is gone, with {} that no other image had ({}).",
        count(own.len(), "layer"),
        size::docker(bytes)
    )
}

/// The names of an image.
fn names<'a>(images: &'a [ImageView], id: &str) -> impl Iterator<Item = &'a str> {
    let image = images.iter().find(|image| image.id == id);
    image
        .into_iter()
        .flat_map(|image| &image.tags)
        .map(String::as_str)
}

/// `1 layer`, `3 layers`.
pub(crate) fn count(number: usize, what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {what}{s}")
}

#[cfg(test)]
mod tests {
    use drydock_protocol::api::ImageView;

    use super::told;
    use crate::picture::tests::image;

    fn nginx(tags: &[&str]) -> ImageView {
        image("nginx", 1, tags, &[("base", 80_000_000), ("nginx", 9_000_000)])
    }

    fn app(id: &str, tags: &[&str]) -> ImageView {
        image(id, 2, tags, &[("base", 80_000_000), (id, 1_000_000)])
    }

    #[test]
    fn a_second_name_copies_nothing() {
        let said = told(
            &[nginx(&["nginx:1.26"])],
            &[nginx(&["my-nginx:v1", "nginx:1.26"])],
        );
        assert_eq!(
            said.unwrap(),
            "`my-nginx:v1` is another name for the image of `nginx:1.26`; nothing was copied."
        );
    }

    #[test]
    fn a_build_says_what_is_new_and_what_was_there() {
        let said = told(
            &[nginx(&["nginx:1.26"])],
            &[app("app", &["app:1"]), nginx(&["nginx:1.26"])],
        );
        assert_eq!(
            said.unwrap(),
            "`app:1` is new: 1 layer of its own (1MB) on 1 that other images have too (80MB)."
        );
    }

    #[test]
    fn a_rebuild_leaves_a_dangling_image() {
        let said = told(
            &[app("old", &["app:1"])],
            &[app("new", &["app:1"]), app("old", &[])],
        );
        assert_eq!(
            said.unwrap(),
            "`app:1` is new: 1 layer of its own (1MB) on 1 that other images have too (80MB). The image that `app:1` was on has no name left: it is dangling."
        );
    }

    #[test]
    fn a_name_that_goes_is_not_an_image_that_goes() {
        let both = [nginx(&["my-nginx:v1", "nginx:1.26"])];
        let said = told(&both, &[nginx(&["nginx:1.26"])]);
        assert_eq!(
            said.unwrap(),
            "The name `my-nginx:v1` is gone; its image is still there, as `nginx:1.26`."
        );
        let said = told(
            &[nginx(&["nginx:1.26"]), app("app", &["app:1"])],
            &[nginx(&["nginx:1.26"])],
        );
        assert_eq!(
            said.unwrap(),
            "`app:1` is gone, with 1 layer that no other image had (1MB)."
        );
    }

    #[test]
    fn a_tag_that_moves_says_what_it_left() {
        let before = [nginx(&["a:1", "b:1"]), app("app", &["c:1"])];
        let after = [nginx(&["b:1"]), app("app", &["a:1", "c:1"])];
        assert_eq!(
            told(&before, &after).unwrap(),
            "`a:1` points at another image now; nothing was copied. The image that `a:1` was on is still `b:1`."
        );
    }

    #[test]
    fn nothing_new_is_no_news() {
        let images = [nginx(&["nginx:1.26"])];
        assert_eq!(told(&images, &images), None);
    }
}
