//! Archives of all kinds, and what becomes of what is in them.

use std::io::Write;
use std::path::PathBuf;

use drydock_registry::{Layers, Reference, Silent, digest_of, export, held, import, push, remove};
use serde_json::{Value, json};

use crate::made::{Image, put};
use crate::place::{Place, eventually};

const IMAGE: &str = "application/vnd.docker.distribution.manifest.v2+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

fn name(text: &str) -> Reference {
    text.parse().expect("a reference")
}

/// Writes an archive that claims to be an image layout.
fn layout(place: &Place, index: &Value, blobs: &[(&str, &[u8])]) -> PathBuf {
    let path = place.folder.path().join("layout.tar");
    let mut tar = tar::Builder::new(std::fs::File::create(&path).expect("a file"));
    put(&mut tar, "oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#);
    put(&mut tar, "index.json", index.to_string().as_bytes());
    for (digest, bytes) in blobs {
        put(&mut tar, &format!("blobs/{}", digest.replace(':', "/")), bytes);
    }
    tar.finish().expect("it can be written");
    path
}

#[tokio::test]
async fn hostile_and_damaged_archives_change_nothing() {
    let place = Place::open().await;
    let client = place.client().await;
    let sound = b"layer".to_vec();
    let layer = digest_of(&sound);
    let config = b"{}".to_vec();
    let config_digest = digest_of(&config);
    let kind = IMAGE;
    let manifest = json!({
        "schemaVersion": 2, "mediaType": kind,
        "config": {"mediaType": "x", "size": config.len(), "digest": config_digest},
        "layers": [{"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": sound.len(), "digest": layer}],
    })
    .to_string();
    let digest = digest_of(manifest.as_bytes());
    let entry = |name: &str, digest: &str| {
        json!({"manifests": [{"mediaType": kind, "size": manifest.len(), "digest": digest,
            "annotations": {"io.containerd.image.name": name}}]})
    };
    let good = entry("docker.io/library/x:1", &digest);
    let all: Vec<(&str, &[u8])> = vec![
        (&digest, manifest.as_bytes()),
        (&config_digest, &config),
        (&layer, &sound),
    ];
    let with = |index: usize, bytes: &'static [u8]| {
        let mut blobs = all.clone();
        blobs[index].1 = bytes;
        blobs
    };
    let loops = json!({"manifests": [{"mediaType": "application/vnd.oci.image.index.v1+json", "size": 2, "digest": config_digest,
        "annotations": {"io.containerd.image.name": "x:1"}}]});
    for (index, blobs, why) in [
        (&good, with(2, b"lAyer"), "damaged"),
        (&good, with(2, b"longer"), "damaged"),
        (&good, with(1, b"[]"), "damaged"),
        (&good, all[..2].to_vec(), "lacks"),
        (
            &entry("docker.io/library/x:1", "sha256:../../../etc"),
            all.clone(),
            "not a digest",
        ),
        (
            &entry("../../etc:1", &digest),
            all.clone(),
            "not the name of an image",
        ),
        (&entry("", &digest), all.clone(), "not the name of an image"),
        (&loops, all.clone(), "neither an image"),
    ] {
        let archive = layout(&place, index, &blobs);
        let said = import(&client, &archive, &Layers::default(), &Silent)
            .await
            .unwrap_err()
            .to_string();
        assert!(said.contains(why), "{why}: {said}");
        assert!(held(&client).await.unwrap().is_empty(), "{why}");
    }
    // The same, undamaged, is taken.
    let taken = import(&client, &layout(&place, &good, &all), &Layers::default(), &Silent)
        .await
        .unwrap();
    assert_eq!(taken[0].digest, digest);

    // A saved image whose layer is another one.
    let image = Image::of(&["one"]);
    let path = image.save(place.folder.path(), &["y:1"]);
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(3).position(|window| window == b"one").unwrap();
    bytes[at] = b'O';
    std::fs::File::create(&path).unwrap().write_all(&bytes).unwrap();
    let said = import(&client, &path, &Layers::default(), &Silent)
        .await
        .unwrap_err()
        .to_string();
    assert!(said.contains("damaged"), "{said}");
    assert!(client.tags(&name("y").repository()).await.unwrap().is_empty());
}

/// An image for two platforms, of which neither has a name of its own.
#[tokio::test]
async fn an_image_for_several_platforms_stays_whole() {
    let (place, other) = (Place::open().await, Place::open().await);
    let client = place.client().await;
    let mut blobs: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |bytes: Vec<u8>| {
        let said = json!({"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": bytes.len(), "digest": digest_of(&bytes)});
        blobs.push((digest_of(&bytes), bytes));
        said
    };
    let mut parts = Vec::new();
    for platform in ["amd64", "arm64"] {
        let config = add(json!({"architecture": platform}).to_string().into_bytes());
        let layer = add(platform.as_bytes().to_vec());
        let manifest = json!({"schemaVersion": 2, "mediaType": IMAGE, "config": config, "layers": [layer]});
        let mut part = add(manifest.to_string().into_bytes());
        part["mediaType"] = IMAGE.into();
        part["platform"] = json!({"os": "linux", "architecture": platform});
        parts.push(part);
    }
    let list = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": parts}).to_string();
    let mut top = add(list.clone().into_bytes());
    top["mediaType"] = INDEX.into();
    top["annotations"] = json!({"io.containerd.image.name": "ghcr.io/org/tool:1"});
    let index = json!({"schemaVersion": 2, "manifests": [top]});
    let files: Vec<(&str, &[u8])> = blobs
        .iter()
        .map(|(digest, bytes)| (digest.as_str(), bytes.as_slice()))
        .collect();
    let archive = layout(&place, &index, &files);
    let taken = import(&client, &archive, &Layers::default(), &Silent)
        .await
        .unwrap();
    assert_eq!(taken[0].digest, digest_of(list.as_bytes()));

    // What nobody names goes when the registry starts again; the parts of a list are named by it.
    let gone = Image::of(&["gone"]).save(place.folder.path(), &["gone:1"]);
    let gone = push(&client, &gone, None, &Layers::default(), &Silent)
        .await
        .unwrap();
    let repository = name("gone").repository();
    remove(&client, &name("gone:1")).await.unwrap();
    assert!(
        client
            .blob_size(&repository, &gone[0].image_id)
            .await
            .unwrap()
            .is_some()
    );
    let before = place.id(&place.container()).await.unwrap();
    place.host.kill_container(&before, None).await.unwrap();
    let client = eventually("the registry again", async || {
        place.id(&place.container()).await.filter(|id| *id != before)?;
        let client = place.registry.client().ok()?;
        client.ready().await.then_some(client)
    })
    .await;
    assert_eq!(
        client.blob_size(&repository, &gone[0].image_id).await.unwrap(),
        None
    );

    let file = place.folder.path().join("out.tar");
    export(&client, &[], &file, &Silent).await.unwrap();
    let second = other.client().await;
    import(&second, &file, &Layers::default(), &Silent).await.unwrap();
    assert_eq!(held(&client).await.unwrap(), held(&second).await.unwrap());
    let repository = name("ghcr.io/org/tool").repository();
    for part in &parts {
        let digest = part["digest"].as_str().unwrap();
        assert!(second.manifest(&repository, digest).await.unwrap().is_some());
    }
    remove(&second, &name("ghcr.io/org/tool:1")).await.unwrap();
    let digest = parts[0]["digest"].as_str().unwrap();
    assert_eq!(second.manifest(&repository, digest).await.unwrap(), None);
}
