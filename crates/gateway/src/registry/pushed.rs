//! What a learner pushed, for whoever checks it.

use super::route::{Reference, is_name};
use super::upstream::Away;
use super::walk;
use crate::gateway::{Gateway, Pushed};

const LATEST: &str = "latest";

/// Looks a reference up in a learner's part of a registry. The learner's id is of the right shape.
pub(crate) async fn pushed(
    gateway: &Gateway,
    learner: &str,
    reference: &str,
) -> Result<Option<Pushed>, Away> {
    let Some((host, name, reference)) = parse(reference) else {
        return Ok(None);
    };
    let Some(host) = gateway.rules.push_host(host) else {
        return Ok(None);
    };
    let repository = format!("learners/{learner}/{}/{name}", host.normal);
    let classroom = &gateway.registry.classroom;
    let Some((digest, manifest, _)) = walk::manifest(classroom, &repository, reference.as_str()).await?
    else {
        return Ok(None);
    };
    let image = match (manifest.image_id(), manifest.likeliest_child()) {
        (Some(id), _) => Some(id.to_owned()),
        (None, Some(child)) => walk::manifest(classroom, &repository, child)
            .await?
            .and_then(|(_, manifest, _)| manifest.image_id().map(ToOwned::to_owned)),
        (None, None) => None,
    };
    Ok(image.map(|image_id| Pushed {
        manifest: digest,
        image_id,
    }))
}

/// Host, repository and tag or digest of a reference.
fn parse(reference: &str) -> Option<(&str, &str, Reference)> {
    let (host, rest) = reference.split_once('/')?;
    let (name, reference) = if let Some((name, digest)) = rest.split_once('@') {
        // With both, the digest is what counts.
        let name = name.split_once(':').map_or(name, |(name, _)| name);
        (
            name,
            Reference::parse(digest).filter(|parsed| matches!(parsed, Reference::Digest(_)))?,
        )
    } else {
        let (name, tag) = rest.split_once(':').unwrap_or((rest, LATEST));
        (
            name,
            Reference::parse(tag).filter(|parsed| matches!(parsed, Reference::Tag(_)))?,
        )
    };
    is_name(name).then_some((host, name, reference))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_taken_apart() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let tag = |tag: &str| Reference::Tag(tag.to_owned());
        let host = "registry.example.com";
        assert_eq!(
            parse("registry.example.com/team/app"),
            Some((host, "team/app", tag("latest")))
        );
        assert_eq!(
            parse("registry.example.com/app:1.0"),
            Some((host, "app", tag("1.0")))
        );
        let with_both = format!("registry.example.com/app:1.0@{digest}");
        assert_eq!(parse(&with_both), Some((host, "app", Reference::Digest(digest))));
        for wrong in [
            "app",
            "registry.example.com/",
            "registry.example.com/App",
            "h/../x",
            "h/a:b:c",
            "h/a@latest",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
