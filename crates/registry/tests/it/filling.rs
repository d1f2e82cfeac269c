//! Images into the registry, and out of it.

use bollard::query_parameters::{ImportImageOptionsBuilder, RemoveImageOptionsBuilder};
use drydock_registry::{
    Catalogue, Client, Content, Error, Layers, Reference, Silent, export, held, import, push,
    push_from_engine, remove,
};
use futures::StreamExt;

use crate::made::Image;
use crate::place::{Place, finally, host, unique};

fn name(text: &str) -> Reference {
    text.parse().expect("a reference")
}

async fn digest(client: &Client, reference: &str) -> Option<String> {
    let reference = name(reference);
    client
        .manifest_digest(&reference.repository(), &reference.tag)
        .await
        .expect("the registry answers")
}

#[tokio::test]
async fn a_second_push_sends_nothing_and_ids_stay() {
    let place = Place::open().await;
    let client = place.client().await;
    let image = Image::of(&["one", "two", "one"]);
    let archive = image.save(place.folder.path(), &["nginx:1.26"]);
    let book = place.folder.path().join("layers.json");

    let first = push(&client, &archive, None, &Layers::open(&book), &Silent)
        .await
        .unwrap();
    assert!(first[0].sent > 0 && first[0].changed);
    assert_eq!(first[0].image_id, image.id());
    assert!(
        drydock_registry::has(&client, &name("nginx:1.26"), &image.id())
            .await
            .unwrap()
    );

    // Bytes of the configuration are those of the archive; the layers are compressed; the manifest is what every engine takes.
    let repository = name("nginx").repository();
    assert_eq!(repository, "classroom/docker.io/library/nginx");
    let manifest = client.manifest(&repository, "1.26").await.unwrap().unwrap();
    assert_eq!(
        manifest.media_type,
        "application/vnd.docker.distribution.manifest.v2+json"
    );
    let Content::Image { config, layers } = manifest.content().unwrap() else {
        panic!("not an image");
    };
    assert_eq!(
        (config.digest.as_str(), config.size),
        (image.id().as_str(), image.config.len() as u64)
    );
    assert_eq!(layers.len(), 3);
    assert_eq!(layers[0], layers[2]);
    for layer in &layers {
        assert_eq!(
            layer.media_type,
            "application/vnd.docker.image.rootfs.diff.tar.gzip"
        );
        assert_eq!(
            client.blob_size(&repository, &layer.digest).await.unwrap(),
            Some(layer.size)
        );
    }

    let again = push(&client, &archive, None, &Layers::open(&book), &Silent)
        .await
        .unwrap();
    assert_eq!((again[0].sent, again[0].changed), (0, false));
    // Under another name its layers are there already.
    let other = name("ghcr.io/org/tool:1");
    let there = push(&client, &archive, Some(&other), &Layers::open(&book), &Silent)
        .await
        .unwrap();
    assert_eq!((there[0].sent, there[0].changed), (0, true));
    assert_eq!(there[0].digest, first[0].digest);
    // Without the book they are compressed once more, to the same bytes.
    let anew = push(&client, &archive, None, &Layers::default(), &Silent)
        .await
        .unwrap();
    assert_eq!((anew[0].changed, &anew[0].digest), (false, &first[0].digest));
}

#[tokio::test]
async fn a_name_that_moves_on_leaves_nothing_behind() {
    let place = Place::open().await;
    let client = place.client().await;
    let layers = Layers::default();
    let repository = name("app").repository();
    let old = Image::of(&["old"]).save(place.folder.path(), &["app:1", "app:2"]);
    let old = push(&client, &old, None, &layers, &Silent).await.unwrap();
    let new = Image::of(&["new"]).save(place.folder.path(), &["app:2"]);
    let new = push(&client, &new, None, &layers, &Silent).await.unwrap();
    assert_eq!(digest(&client, "app:1").await.as_ref(), Some(&old[0].digest));
    assert_eq!(digest(&client, "app:2").await.as_ref(), Some(&new[0].digest));

    push(
        &client,
        &Image::of(&["new"]).save(place.folder.path(), &["app:1"]),
        None,
        &layers,
        &Silent,
    )
    .await
    .unwrap();
    assert_eq!(client.manifest(&repository, &old[0].digest).await.unwrap(), None);

    // Both names are of one image now: taking one away leaves the other.
    remove(&client, &name("app:1")).await.unwrap();
    assert_eq!(client.tags(&repository).await.unwrap(), ["2"]);
    assert_eq!(digest(&client, "app:2").await.as_ref(), Some(&new[0].digest));
    remove(&client, &name("app:2")).await.unwrap();
    assert!(client.tags(&repository).await.unwrap().is_empty());
    assert!(matches!(
        remove(&client, &name("app:2")).await,
        Err(Error::NoImage { .. })
    ));
}

#[tokio::test]
async fn what_is_exported_is_imported_digest_for_digest() {
    let (from, to) = (Place::open().await, Place::open().await);
    let (client, other) = (from.client().await, to.client().await);
    let layers = Layers::default();
    for (texts, names) in [
        (&["base", "nginx"][..], &["nginx:1.26", "nginx:latest"][..]),
        (&["base", "tool"], &["ghcr.io/org/tool:1"]),
        (&["other"], &["localhost:5000/a/b:c"]),
    ] {
        let archive = Image::of(texts).save(from.folder.path(), names);
        push(&client, &archive, None, &layers, &Silent).await.unwrap();
    }
    let file = from.folder.path().join("all.tar");
    assert_eq!(export(&client, &[], &file, &Silent).await.unwrap(), 4);

    let taken = import(&other, &file, &Layers::default(), &Silent).await.unwrap();
    assert_eq!(taken.len(), 4);
    assert_eq!(held(&client).await.unwrap(), held(&other).await.unwrap());
    let again = import(&other, &file, &Layers::default(), &Silent).await.unwrap();
    assert!(again.iter().all(|one| one.sent == 0 && !one.changed));

    // What comes out of the other one is the same file.
    let back = from.folder.path().join("back.tar");
    export(&other, &[], &back, &Silent).await.unwrap();
    assert!(std::fs::read(&file).unwrap() == std::fs::read(&back).unwrap());

    let some = from.folder.path().join("some.tar");
    assert_eq!(
        export(&client, &[name("nginx")], &some, &Silent).await.unwrap(),
        1
    );
    assert!(std::fs::metadata(&some).unwrap().len() < std::fs::metadata(&file).unwrap().len());
    let missing = export(&client, &[name("none:1")], &some.with_extension("x"), &Silent).await;
    assert!(matches!(missing, Err(Error::NoImage { .. })));
    assert!(!some.with_extension("x").exists());
}

#[tokio::test]
async fn what_a_search_finds_is_what_is_there() {
    let place = Place::open().await;
    let client = place.client().await;
    let catalogue = Catalogue::parse(include_str!("../../../../images/classroom/catalog.toml")).unwrap();
    assert_eq!(catalogue.listings(&client).await.unwrap(), []);
    let archive = Image::of(&["x"]).save(
        place.folder.path(),
        &["nginx:1.26", "nginx:latest", "ghcr.io/org/tool:1", "gone:1"],
    );
    push(&client, &archive, None, &Layers::default(), &Silent)
        .await
        .unwrap();
    remove(&client, &name("gone:1")).await.unwrap();
    let found = catalogue.listings(&client).await.unwrap();
    let names: Vec<(&str, Vec<&str>, bool)> = found
        .iter()
        .map(|one| {
            (
                one.name.as_str(),
                one.tags.iter().map(String::as_str).collect(),
                one.official,
            )
        })
        .collect();
    assert_eq!(
        names,
        [
            ("nginx", vec!["1.26", "latest"], true),
            ("ghcr.io/org/tool", vec!["1"], false)
        ]
    );
    assert!(found[0].stars > 0 && found[0].description.contains("nginx"));
}

/// Removes an image of the host engine at the end.
struct OnHost(String);

impl Drop for OnHost {
    fn drop(&mut self) {
        let name = std::mem::take(&mut self.0);
        finally(async move {
            let options = RemoveImageOptionsBuilder::new().build();
            let _ = host().await.remove_image(&name, Some(options), None).await;
        });
    }
}

#[tokio::test]
async fn an_image_of_the_engine_keeps_its_id() {
    let place = Place::open().await;
    let client = place.client().await;
    let image = Image::of(&[&place.instance]);
    let on_host = OnHost(format!("drydock-test/{}:1", unique()));
    let archive = image.save(place.folder.path(), &[&on_host.0]);
    let bytes = std::fs::read(archive).unwrap();
    let options = ImportImageOptionsBuilder::new().quiet(true).build();
    let loaded: Vec<_> = place
        .host
        .import_image(options, bollard::body_full(bytes.into()), None)
        .collect()
        .await;
    assert!(loaded.iter().all(Result::is_ok), "{loaded:?}");

    let reference = name(&on_host.0);
    let (folder, layers) = (place.folder.path(), Layers::default());
    let pushed = push_from_engine(place.host.clone(), &reference, folder, &client, &layers, &Silent)
        .await
        .unwrap();
    assert_eq!(pushed.image_id, image.id());
    let missing = name(&format!("drydock-test/{}:none", unique()));
    let missing = push_from_engine(place.host.clone(), &missing, folder, &client, &layers, &Silent).await;
    assert!(matches!(missing, Err(Error::NoHostImage { .. })));
}
