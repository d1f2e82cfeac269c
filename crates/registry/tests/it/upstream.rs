//! A cache of a registry elsewhere: what was asked for once is there, whatever becomes of the other one.

use bollard::query_parameters::LogsOptionsBuilder;
use drydock_registry::{Client, Config, Content, Layers, Reference, Silent, Upstream, Visit, push};
use futures::{StreamExt, TryStreamExt};

use crate::elsewhere::{Elsewhere, PASSWORD, USER};
use crate::made::Image;
use crate::place::{Place, Shared, eventually};

/// Takes all of an image; how many bytes its layers have is the answer.
async fn pull(client: &Client, repository: &str, reference: &str) -> Option<usize> {
    let manifest = client.manifest(repository, reference).await.ok()??;
    let Ok(Content::Image { config, layers }) = manifest.content() else {
        return None;
    };
    let mut total = 0;
    for blob in layers.into_iter().chain([config]) {
        let (_, bytes) = client.blob(repository, &blob.digest).await.ok()?;
        let bytes: Vec<bytes::Bytes> = bytes.try_collect().await.ok()?;
        let bytes = bytes.concat();
        if drydock_registry::digest_of(&bytes) != blob.digest {
            return None;
        }
        total += bytes.len();
    }
    Some(total)
}

#[tokio::test]
async fn what_was_pulled_through_is_there_without_the_upstream() {
    let own = Shared::new();
    // A registry elsewhere, filled while nobody had to show a token.
    let mut place = Place::open_with(Config {
        enabled: false,
        ..Config::default()
    })
    .await;
    let other = Config::default();
    let visit = Visit::begin(place.host.clone(), &place.instance, &other)
        .await
        .unwrap();
    let name: Reference = "tool:1".parse().unwrap();
    let archive = Image::of(&["one", "two"]).save(place.folder.path(), &["tool:1"]);
    let pushed = push(
        &visit.client(),
        &archive,
        Some(&name),
        &Layers::default(),
        &Silent,
    )
    .await
    .unwrap();
    visit.end().await.unwrap();
    let volume = format!("drydock-{}-registry", place.instance);
    let elsewhere = Elsewhere::open(
        &place.host,
        &format!("drydock-{}-elsewhere", place.instance),
        &volume,
    )
    .await;

    let upstream = Upstream {
        host: "docker.io".to_owned(),
        url: elsewhere.url.clone(),
        username: USER.to_owned(),
        password: PASSWORD.to_owned(),
    };
    place.restart(|config| {
        config.enabled = true;
        // The classroom's own must not have what the upstream has.
        config.volume = own.name.clone();
        config.upstreams = vec![upstream];
    });
    let cache = || place.registry.caches()["docker.io"].clone();
    let client = Client::new(place.up(cache()).await);

    // Through, with a token for the password.
    let repository = name.repository();
    let size = pull(&client, &repository, "1")
        .await
        .expect("it is pulled through");
    assert!(size > 0 && elsewhere.tokens() > 0);

    // Cached: the second time nothing is asked, once what came has been kept.
    let digest = &pushed[0].digest;
    eventually("a pull that asks nobody", async || {
        let before = elsewhere.asked();
        let pulled = pull(&client, &repository, digest).await;
        (pulled == Some(size) && elsewhere.asked() == before).then_some(())
    })
    .await;

    // Away: by digest and by name.
    elsewhere.cut();
    assert_eq!(pull(&client, &repository, digest).await, Some(size));
    assert_eq!(pull(&client, &repository, "1").await, Some(size));
    assert_eq!(pull(&client, "library/other", "1").await, None);

    // Also after the cache itself has ended.
    let container = format!("drydock-{}-cache-docker.io", place.instance);
    discreet(&place, &container).await;
    let before = place.id(&container).await.expect("it runs");
    place.host.kill_container(&before, None).await.unwrap();
    eventually("the cache again", async || {
        let client = Client::new((*cache().borrow())?);
        place.id(&container).await.filter(|id| *id != before)?;
        (pull(&client, &repository, "1").await == Some(size)).then_some(())
    })
    .await;
    discreet(&place, &container).await;
}

/// The password is neither in what the engine says about the container nor in its log.
async fn discreet(place: &Place, container: &str) {
    let said = place.host.inspect_container(container, None).await;
    let said = serde_json::to_string(&said.expect("it is there")).expect("it is text");
    assert!(said.contains("REGISTRY_PROXY_REMOTEURL") && !said.contains(PASSWORD));
    let options = LogsOptionsBuilder::new().stdout(true).stderr(true).build();
    let log: Vec<_> = place.host.logs(container, Some(options)).collect().await;
    assert!(!format!("{log:?}").contains(PASSWORD));
}
