//! Registries run, whatever happens to them, and are gone when they should be.

use bollard::Docker;
use drydock_registry::{
    Client, Config, Error, Layers, Manifest, Reference, Registry, Silent, Visit, purge, push,
};
use tokio_util::sync::CancellationToken;

use crate::made::Image;
use crate::place::{Place, Shared, eventually, unique};

/// An image in a repository, without the way through an archive.
async fn put(client: &Client, repository: &str) {
    let config = format!("{{\"of\":\"{repository}\"}}");
    let digest = drydock_registry::digest_of(config.as_bytes());
    let manifest = format!(
        "{{\"schemaVersion\":2,\"mediaType\":\"application/vnd.docker.distribution.manifest.v2+json\",\
         \"config\":{{\"mediaType\":\"application/vnd.docker.container.image.v1+json\",\"size\":{},\"digest\":\"{digest}\"}},\
         \"layers\":[]}}",
        config.len()
    );
    client
        .put_blob(repository, &digest, config.into())
        .await
        .expect("a blob");
    let manifest = Manifest::new(
        "application/vnd.docker.distribution.manifest.v2+json".to_owned(),
        manifest.into(),
    );
    client
        .put_manifest(repository, "1", &manifest)
        .await
        .expect("a manifest");
}

async fn busybox(place: &Place, client: &Client) -> Reference {
    let name: Reference = "busybox:1.37".parse().expect("a reference");
    let archive = Image::of(&["one", "two"]).save(place.folder.path(), &["busybox:1.37"]);
    push(client, &archive, None, &Layers::default(), &Silent)
        .await
        .expect("it is pushed");
    name
}

#[tokio::test]
async fn one_that_is_killed_is_back_with_what_it_had() {
    let place = Place::open().await;
    let client = place.client().await;
    let name = busybox(&place, &client).await;
    for kill in [true, false] {
        let before = place.id(&place.container()).await.expect("it runs");
        if kill {
            place
                .host
                .kill_container(&before, None)
                .await
                .expect("it is killed");
        } else {
            // Neither dead nor alive.
            place.host.pause_container(&before).await.expect("it is paused");
        }
        let after = eventually("another container", async || {
            place.id(&place.container()).await.filter(|id| *id != before)
        })
        .await;
        assert_ne!(after, before);
        let tags = eventually("the image", async || {
            let tags = place
                .registry
                .client()
                .ok()?
                .tags(&name.repository())
                .await
                .ok()?;
            (!tags.is_empty()).then_some(tags)
        })
        .await;
        assert_eq!(tags, ["1.37"]);
        assert_eq!(place.registry.health().last_error, None);
    }
}

#[tokio::test]
async fn the_next_server_takes_over_what_runs_and_replaces_what_has_changed() {
    let mut place = Place::open().await;
    let client = place.client().await;
    let name = busybox(&place, &client).await;
    let first = place.id(&place.container()).await.expect("it runs");

    place.restart(|_| ());
    place.client().await;
    assert_eq!(place.id(&place.container()).await.as_ref(), Some(&first));

    place.restart(|config| config.memory_bytes = 200 << 20);
    let second = eventually("a container with other limits", async || {
        place.id(&place.container()).await.filter(|id| *id != first)
    })
    .await;
    assert_eq!(
        place.client().await.tags(&name.repository()).await.unwrap(),
        ["1.37"]
    );
    let container = place.host.inspect_container(&second, None).await.unwrap();
    assert_eq!(container.host_config.unwrap().memory, Some(200 << 20));
}

#[tokio::test]
async fn who_only_visits_leaves_it_as_it_was() {
    let place = Place::open().await;
    place.client().await;
    let before = place.id(&place.container()).await;
    let visit = Visit::begin(place.host.clone(), &place.instance, &place.config)
        .await
        .unwrap();
    assert!(visit.client().ready().await);
    visit.end().await.unwrap();
    assert_eq!(place.id(&place.container()).await, before);

    place.stop();
    place.host.kill_container(&place.container(), None).await.unwrap();
    let visit = Visit::begin(place.host.clone(), &place.instance, &place.config)
        .await
        .unwrap();
    assert!(visit.client().ready().await);
    visit.end().await.unwrap();
    assert_eq!(place.id(&place.container()).await, None);
}

#[tokio::test]
async fn a_learner_is_forgotten_and_nobody_else() {
    let place = Place::open().await;
    let client = place.client().await;
    let of = |learner: &str| format!("learners/{learner}/registry.example.com/app");
    for learner in ["7f-a", "7f", "7f-ab"] {
        put(&client, &of(learner)).await;
    }
    assert_eq!(place.registry.learners().await.unwrap(), ["7f", "7f-a", "7f-ab"]);
    place.registry.forget("7f-a").await.unwrap();
    assert!(client.tags(&of("7f-a")).await.unwrap().is_empty());
    assert_eq!(client.manifest(&of("7f-a"), "1").await.unwrap(), None);
    assert_eq!(place.registry.learners().await.unwrap(), ["7f", "7f-ab"]);
    for learner in ["7f", "7f-ab"] {
        assert_eq!(client.tags(&of(learner)).await.unwrap(), ["1"]);
    }
    // Again, and one who never was.
    place.registry.forget("7f-a").await.unwrap();
    for id in ["..", "", "7f/..", "a b", "*"] {
        let refused = place.registry.forget(id).await;
        assert!(matches!(refused, Err(Error::Name { .. })), "{id}");
    }
}

#[tokio::test]
async fn who_cannot_be_forgotten_now_is_forgotten_later() {
    let place = Place::open().await;
    let client = place.client().await;
    put(&client, "learners/7f/registry.example.com/app").await;
    let container = place.id(&place.container()).await.unwrap();
    place.host.pause_container(&container).await.unwrap();
    let mut address = place.registry.classroom();
    address.wait_for(Option::is_none).await.unwrap();
    assert!(matches!(place.registry.forget("7f").await, Err(Error::Away)));
    eventually("nothing of the learner", async || {
        let learners = place.registry.learners().await.ok()?;
        learners.is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn without_an_image_it_says_so_and_goes_on() {
    let place = Place::open_with(Config {
        image: format!("drydock/{}:none", unique()),
        ..Config::default()
    })
    .await;
    let why = eventually("a reason", async || place.registry.health().last_error).await;
    assert!(why.contains("drydock images build"), "{why}");
    assert!(matches!(place.registry.client(), Err(Error::Away)));
}

#[tokio::test]
async fn without_an_engine_it_waits() {
    let nowhere = Docker::connect_with_http("127.0.0.1:1", 5, bollard::API_DEFAULT_VERSION).unwrap();
    let stop = CancellationToken::new();
    let registry = Registry::start(nowhere, &unique(), Config::default(), stop.clone()).unwrap();
    let why = eventually("a reason", async || registry.health().last_error).await;
    assert!(
        why.contains("does not answer") && why.contains("refused"),
        "{why}"
    );
    assert!(matches!(registry.forget("7f").await, Err(Error::Away)));
    stop.cancel();
}

#[tokio::test]
async fn a_purge_leaves_nothing() {
    let place = Place::open().await;
    place.client().await;
    assert!(!place.things().await.is_empty());
    place.stop();
    purge(place.host.clone(), &place.instance).await.unwrap();
    assert_eq!(place.things().await, Vec::<String>::new());
}

#[tokio::test]
async fn two_instances_can_share_a_volume_that_is_neithers() {
    let shared = Shared::new();
    let config = Config {
        volume: shared.name.clone(),
        ..Config::default()
    };
    let one = Place::open_with(config.clone()).await;
    let two = Place::open_with(config).await;
    let name = busybox(&one, &one.client().await).await;
    assert_eq!(
        two.client().await.tags(&name.repository()).await.unwrap(),
        ["1.37"]
    );
    one.stop();
    purge(one.host.clone(), &one.instance).await.unwrap();
    assert_eq!(one.things().await, Vec::<String>::new());
    assert_eq!(
        two.client().await.tags(&name.repository()).await.unwrap(),
        ["1.37"]
    );
}
