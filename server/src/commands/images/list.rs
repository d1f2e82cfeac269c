//! Which images the classroom has, and where.

use std::collections::BTreeMap;

use anyhow::bail;
use drydock_registry::{Client, Held, Reference};

use super::{Archive, folder, index};
use crate::settings::Settings;

/// The label that says whose edition an image is.
const EDITION: &str = "drydock.edition";
/// The label that says what it was made from.
const SOURCE: &str = "drydock.source";

/// Prints them.
pub(super) async fn run(settings: &Settings, client: &Client) -> anyhow::Result<()> {
    let index = index(&folder(settings))?.unwrap_or_default();
    let held = drydock_registry::held(client).await?;
    let rows = rows(&index, &held);
    if rows.is_empty() {
        bail!("there are no images yet: run `drydock images build`");
    }
    let width = rows.iter().map(|row| row[0].len()).max().unwrap_or(0);
    for [name, id, size, place, edition] in rows {
        println!(
            "{}",
            format!("{name:<width$}  {id:<12}  {size:>8}  {place:<19}  {edition}").trim_end()
        );
    }
    Ok(())
}

/// A line for each image: its name, id, size, where it is, and its edition.
fn rows(index: &BTreeMap<String, Archive>, held: &[Held]) -> Vec<[String; 5]> {
    let heading = ["NAME", "ID", "SIZE", "IN", "EDITION"].map(str::to_owned);
    let mut rows: BTreeMap<String, [String; 5]> = BTreeMap::new();
    for (name, archive) in index {
        let name = name
            .parse()
            .map_or_else(|_| name.clone(), |name: Reference| name.to_string());
        let row = [
            name.clone(),
            short(&archive.id),
            megabytes(archive.size),
            "archive".to_owned(),
            String::new(),
        ];
        rows.insert(name, row);
    }
    for image in held {
        let name = image.reference.to_string();
        let id = image.image_id.as_deref().unwrap_or(&image.digest);
        let label = |key| image.labels.get(key).map(String::as_str);
        let edition = match (label(EDITION), label(SOURCE)) {
            (Some(edition), Some(source)) => format!("{edition}: {source}"),
            (edition, _) => edition.unwrap_or_default().to_owned(),
        };
        let row = rows.entry(name.clone()).or_insert_with(|| {
            [
                name,
                short(id),
                megabytes(image.size),
                String::new(),
                String::new(),
            ]
        });
        row[3] = match (row[3].is_empty(), row[1] == short(id)) {
            (true, _) => "registry".to_owned(),
            (false, true) => "archive, registry".to_owned(),
            // `images push` brings them together.
            (false, false) => "archive (new)".to_owned(),
        };
        row[4] = edition;
    }
    if rows.is_empty() {
        return Vec::new();
    }
    std::iter::once(heading).chain(rows.into_values()).collect()
}

fn short(id: &str) -> String {
    id.trim_start_matches("sha256:").chars().take(12).collect()
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_stands_in_one_line_wherever_it_is() {
        let archive = |id: &str| Archive {
            file: String::new(),
            size: 2_200_000,
            id: id.to_owned(),
        };
        let index = BTreeMap::from([
            ("nginx:1.26".to_owned(), archive("sha256:aaaaaaaaaaaaaaaa")),
            ("busybox:latest".to_owned(), archive("sha256:bbbbbbbbbbbbbbbb")),
        ]);
        let held = |name: &str, id: &str| Held {
            reference: name.parse().unwrap(),
            digest: String::new(),
            image_id: Some(id.to_owned()),
            size: 1_000_000,
            labels: BTreeMap::from([(EDITION.to_owned(), "classroom".to_owned())]),
        };
        let held = [
            held("nginx:1.26", "sha256:aaaaaaaaaaaaaaaa"),
            held("ghcr.io/org/tool:1", "sha256:cccccccccccccccc"),
        ];
        let rows = rows(&index, &held);
        let text: Vec<String> = rows[1..].iter().map(|row| row.join("|")).collect();
        assert_eq!(
            text,
            [
                "busybox:latest|bbbbbbbbbbbb|2.2 MB|archive|",
                "ghcr.io/org/tool:1|cccccccccccc|1.0 MB|registry|classroom",
                "nginx:1.26|aaaaaaaaaaaa|2.2 MB|archive, registry|classroom",
            ]
        );
    }
}
