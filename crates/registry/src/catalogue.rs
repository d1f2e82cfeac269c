//! What `docker search` finds: the images that the classroom registry has, with what the catalog says about them.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::client::Client;
use crate::names::CLASSROOM;
use crate::{Error, Reference};

/// The texts of `images/classroom/catalog.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    entries: Vec<Entry>,
    /// By an image's name without its tag.
    about: BTreeMap<String, About>,
}

/// A recipe of the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Entry {
    references: Vec<String>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    official: bool,
    #[serde(default)]
    stars: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct About {
    description: String,
    official: bool,
    stars: u32,
}

/// One line of what a search finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// `nginx`, `ghcr.io/org/tool`.
    pub name: String,
    /// Those that the registry has, in the alphabet's order.
    pub tags: Vec<String>,
    /// Empty for an image that the catalog does not know.
    pub description: String,
    /// Whether the image of this name on Docker Hub is an official one.
    pub official: bool,
    /// As many as the image of this name on Docker Hub had.
    pub stars: u32,
}

impl Catalogue {
    /// Reads the catalog.
    pub fn parse(text: &str) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct File {
            #[serde(default)]
            image: Vec<Entry>,
        }
        let wrong = |why: String| Error::Archive {
            path: "images/classroom/catalog.toml".into(),
            why,
        };
        let file: File = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let mut about = BTreeMap::new();
        for entry in &file.image {
            for reference in &entry.references {
                let reference: Reference = reference.parse()?;
                about.entry(reference.name()).or_insert_with(|| About {
                    description: entry.description.clone(),
                    official: entry.official,
                    stars: entry.stars,
                });
            }
        }
        Ok(Self {
            entries: file.image,
            about,
        })
    }

    /// The references that the catalog has, in its order.
    pub fn references(&self) -> impl Iterator<Item = &str> {
        self.entries
            .iter()
            .flat_map(|entry| entry.references.iter().map(String::as_str))
    }

    /// What the classroom registry really has. Names from which every tag is gone are left out.
    pub async fn listings(&self, client: &Client) -> Result<Vec<Listing>, Error> {
        let mut found = Vec::new();
        for repository in client.repositories(CLASSROOM).await? {
            let tags = client.tags(&repository).await?;
            let Some(first) = tags.first() else { continue };
            let Some(reference) = Reference::of_repository(&repository, first) else {
                continue;
            };
            let name = reference.name();
            let about = self.about.get(&name).cloned().unwrap_or_default();
            found.push(Listing {
                name,
                tags,
                description: about.description,
                official: about.official,
                stars: about.stars,
            });
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalog_can_be_read() {
        let text = include_str!("../../../images/classroom/catalog.toml");
        let catalogue = Catalogue::parse(text).unwrap();
        assert!(catalogue.references().any(|reference| reference == "nginx:1.26"));
        let nginx = &catalogue.about["nginx"];
        assert!(nginx.official && nginx.stars > 0 && !nginx.description.is_empty());
        assert!(catalogue.references().count() > catalogue.about.len());
    }

    #[test]
    fn a_catalog_with_a_wrong_name_is_refused() {
        let text = "[[image]]\nreferences = [\"Nginx:1\"]\n";
        assert!(
            Catalogue::parse(text)
                .unwrap_err()
                .to_string()
                .contains("Nginx:1")
        );
        assert!(Catalogue::parse("[[").is_err());
    }
}
