//! Images as stacks of layers that stand on each other: which box is where.
//!
//! Each image is a column. A layer is one thing in two images only where everything below it is the same too, as its files are changes
//! to what lies below. So images are a forest: what they share is its trunk, and is drawn once, across all the columns above it.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use drydock_protocol::api::ImageView;

use crate::layer::instruction;

/// The lowest and the highest box, in pixels.
const LOWEST: u32 = 24;
const HIGHEST: u32 = 150;
/// For each time that a layer is twice as large, its box is so much higher.
const PER_DOUBLING: f64 = 8.0;
/// Where that begins, in bytes: what is smaller is as good as nothing.
const SMALL: f64 = 100_000.0;

/// All images, drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Picture {
    /// One for each image, from left to right.
    pub(crate) columns: Vec<Column>,
    /// One for each layer, however many images have it.
    pub(crate) boxes: Vec<LayerBox>,
    /// How high the highest stack is, in pixels.
    pub(crate) height: u32,
}

/// An image's place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    /// `sha256:…`
    pub(crate) image: String,
    /// How high its stack is, in pixels.
    pub(crate) top: u32,
    /// Its layers, by their boxes' keys, oldest first.
    pub(crate) layers: Vec<u64>,
}

/// A layer's place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LayerBox {
    /// The same for as long as the layer and what lies below it are.
    pub(crate) key: u64,
    /// `sha256:…` of what it changes.
    pub(crate) diff_id: String,
    /// The box that it stands on, if it is not on the ground.
    pub(crate) on: Option<u64>,
    /// The instruction that made it, as the learner wrote it.
    pub(crate) instruction: String,
    /// Bytes that it added.
    pub(crate) size: u64,
    /// Its first column.
    pub(crate) from: usize,
    /// How many columns it spans: so many images have it.
    pub(crate) span: usize,
    /// Pixels from the ground to its lower edge.
    pub(crate) bottom: u32,
    /// Its own height, in pixels.
    pub(crate) height: u32,
    /// How many layers lie below it.
    pub(crate) depth: usize,
    /// Whether an image ends with it and others go on: it is a base of theirs.
    pub(crate) is_base_end: bool,
}

/// What two images have in common, in layers and bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Comparison {
    /// What both have.
    pub(crate) shared: (usize, u64),
    /// What only the first adds to that.
    pub(crate) first: (usize, u64),
    /// What only the second adds.
    pub(crate) second: (usize, u64),
}

#[derive(Debug, Default)]
struct Node {
    key: u64,
    diff_id: String,
    instruction: String,
    size: u64,
    /// Images that end here.
    ends: Vec<usize>,
    /// The newest image of the whole branch: the newest stands on the left.
    newest: i64,
    above: Vec<Node>,
}

impl Picture {
    /// Works out where everything is.
    pub(crate) fn of(images: &[ImageView]) -> Self {
        let mut ground = Node::default();
        for (number, image) in images.iter().enumerate() {
            ground.grow(number, image);
        }
        ground.sort();
        let mut picture = Self::default();
        picture.place(&ground, images, 0, &mut Vec::new());
        picture
    }

    /// The box of that key.
    pub(crate) fn layer(&self, key: u64) -> Option<&LayerBox> {
        self.boxes.iter().find(|layer| layer.key == key)
    }

    /// The digests of a layer and of all that it stands on, the lowest first, as an image's `RootFS` lists them.
    pub(crate) fn digests(&self, layer: &LayerBox) -> String {
        let below = std::iter::successors(Some(layer), |layer| self.layer(layer.on?));
        let mut digests: Vec<&str> = below.map(|layer| layer.diff_id.as_str()).collect();
        digests.reverse();
        digests.join(" ")
    }

    /// The place of an image.
    pub(crate) fn column(&self, image: &str) -> Option<(usize, &Column)> {
        self.columns
            .iter()
            .enumerate()
            .find(|(_, column)| column.image == image)
    }

    /// The images that have a layer.
    pub(crate) fn having<'a>(&'a self, layer: &LayerBox) -> impl Iterator<Item = &'a str> {
        let columns = self.columns.iter().skip(layer.from).take(layer.span);
        columns.map(|column| column.image.as_str())
    }

    /// What two images share, and what each adds.
    pub(crate) fn compare(&self, first: &str, second: &str) -> Option<Comparison> {
        let (_, first) = self.column(first)?;
        let (_, second) = self.column(second)?;
        let shared = first
            .layers
            .iter()
            .zip(&second.layers)
            .take_while(|(a, b)| a == b)
            .count();
        let sizes: HashMap<u64, u64> = self.boxes.iter().map(|layer| (layer.key, layer.size)).collect();
        let sum = |layers: &[u64]| {
            let bytes = layers.iter().filter_map(|key| sizes.get(key)).sum();
            (layers.len(), bytes)
        };
        Some(Comparison {
            shared: sum(&first.layers[..shared]),
            first: sum(&first.layers[shared..]),
            second: sum(&second.layers[shared..]),
        })
    }

    /// Places what stands on a node: first the images that end with it, then its branches, from left to right.
    fn place(&mut self, node: &Node, images: &[ImageView], bottom: u32, below: &mut Vec<u64>) {
        for image in &node.ends {
            self.columns.push(Column {
                image: images[*image].id.clone(),
                top: bottom,
                layers: below.clone(),
            });
            self.height = self.height.max(bottom);
        }
        for branch in &node.above {
            let from = self.columns.len();
            let height = height(branch.size);
            let at = self.boxes.len();
            self.boxes.push(LayerBox {
                key: branch.key,
                diff_id: branch.diff_id.clone(),
                on: below.last().copied(),
                instruction: branch.instruction.clone(),
                size: branch.size,
                from,
                span: 0,
                bottom,
                height,
                depth: below.len(),
                is_base_end: !branch.ends.is_empty() && !branch.above.is_empty(),
            });
            below.push(branch.key);
            self.place(branch, images, bottom + height, below);
            below.pop();
            self.boxes[at].span = self.columns.len() - from;
        }
    }
}

impl Node {
    /// Adds an image's layers, one upon the other.
    fn grow(&mut self, number: usize, image: &ImageView) {
        let mut node = self;
        for line in &image.history {
            let Some(diff_id) = &line.diff_id else { continue };
            let known = node.above.iter().position(|above| above.diff_id == *diff_id);
            let place = known.unwrap_or(node.above.len());
            if known.is_none() {
                let mut key = DefaultHasher::new();
                (node.key, diff_id).hash(&mut key);
                node.above.push(Self {
                    key: key.finish(),
                    diff_id: diff_id.clone(),
                    instruction: instruction(&line.created_by),
                    size: line.size,
                    newest: i64::MIN,
                    ..Self::default()
                });
            }
            node = &mut node.above[place];
            node.newest = node.newest.max(image.created);
        }
        node.ends.push(number);
    }

    fn sort(&mut self) {
        self.above.sort_by_key(|branch| std::cmp::Reverse(branch.newest));
        self.above.iter_mut().for_each(Self::sort);
    }
}

/// How high the box of a layer is: by the logarithm, or one large layer would leave nothing to see of the others.
fn height(size: u64) -> u32 {
    let doublings = (1.0 + size as f64 / SMALL).log2();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a few hundred at most
    let more = (PER_DOUBLING * doublings).round() as u32;
    (LOWEST + more).min(HIGHEST)
}

/// Tags by the image that they are on, in order.
pub(crate) fn tags(images: &[ImageView]) -> BTreeMap<&str, &str> {
    images
        .iter()
        .flat_map(|image| image.tags.iter().map(|tag| (tag.as_str(), image.id.as_str())))
        .collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use drydock_protocol::api::LayerView;

    use super::*;

    /// An image of these layers, each so many bytes; a layer that begins with `#` changed metadata only.
    pub(crate) fn image(id: &str, created: i64, tags: &[&str], layers: &[(&str, u64)]) -> ImageView {
        ImageView {
            id: id.into(),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            created,
            size: layers.iter().map(|(_, size)| size).sum(),
            shared_size: 0,
            containers: 0,
            history: layers
                .iter()
                .map(|(layer, size)| LayerView {
                    diff_id: (!layer.starts_with('#')).then(|| (*layer).to_owned()),
                    created_by: format!("RUN /bin/sh -c {layer} # buildkit"),
                    size: *size,
                })
                .collect(),
        }
    }

    fn drawn(picture: &Picture) -> Vec<(&str, usize, usize, usize)> {
        let boxes = picture.boxes.iter();
        boxes
            .map(|layer| (layer.diff_id.as_str(), layer.depth, layer.from, layer.span))
            .collect()
    }

    #[test]
    fn what_two_images_share_is_drawn_once_across_both() {
        let images = [
            image(
                "app",
                3,
                &["app:1"],
                &[("base", 80), ("pip", 9), ("#CMD", 0), ("copy", 1)],
            ),
            image("python", 1, &["python:3.13"], &[("base", 80), ("pip", 9)]),
            image("other", 2, &[], &[("base", 80), ("apt", 7)]),
        ];
        let picture = Picture::of(&images);
        assert_eq!(
            drawn(&picture),
            [
                ("base", 0, 0, 3),
                ("pip", 1, 0, 2),
                ("copy", 2, 1, 1),
                ("apt", 1, 2, 1)
            ]
        );
        let columns: Vec<_> = picture
            .columns
            .iter()
            .map(|column| column.image.as_str())
            .collect();
        assert_eq!(columns, ["python", "app", "other"]);
        assert!(picture.boxes[1].is_base_end && !picture.boxes[0].is_base_end);
        let having: Vec<_> = picture.having(&picture.boxes[1]).collect();
        assert_eq!(having, ["python", "app"]);
    }

    #[test]
    fn the_same_change_on_another_ground_is_another_layer() {
        let images = [
            image("a", 2, &[], &[("base", 80), ("app", 1)]),
            image("b", 1, &[], &[("slim", 40), ("app", 1)]),
        ];
        let picture = Picture::of(&images);
        assert_eq!(
            picture
                .boxes
                .iter()
                .filter(|layer| layer.diff_id == "app")
                .count(),
            2
        );
        assert_eq!(picture.compare("a", "b").unwrap().shared, (0, 0));
    }

    #[test]
    fn images_that_differ_in_metadata_alone_share_every_layer() {
        let images = [
            image("a", 2, &["a:1"], &[("base", 80), ("#CMD a", 0)]),
            image("b", 1, &["b:1"], &[("base", 80), ("#CMD b", 0)]),
            image("scratch", 3, &[], &[]),
        ];
        let picture = Picture::of(&images);
        assert_eq!(drawn(&picture), [("base", 0, 1, 2)]);
        assert_eq!(picture.column("scratch").unwrap().1.top, 0);
        let compared = picture.compare("a", "b").unwrap();
        assert_eq!(
            (compared.shared, compared.first, compared.second),
            ((1, 80), (0, 0), (0, 0))
        );
    }

    #[test]
    fn boxes_stand_on_each_other_and_grow_with_their_size() {
        let images = [image(
            "a",
            1,
            &[],
            &[("base", 80_000_000), ("empty", 0), ("huge", 600_000_000)],
        )];
        let picture = Picture::of(&images);
        let [base, empty, huge] = &picture.boxes[..] else {
            panic!()
        };
        assert_eq!(base.bottom, 0);
        assert_eq!(empty.bottom, base.height);
        assert_eq!(empty.height, LOWEST);
        assert_eq!(huge.bottom, base.height + empty.height);
        assert!(huge.height > base.height && huge.height <= HIGHEST);
        assert_eq!(picture.height, huge.bottom + huge.height);
    }
}
