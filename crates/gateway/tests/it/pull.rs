//! Pulling: what a client of the distribution specification does to read.

use http::{Method, StatusCode};

use crate::client::finish;
use crate::room::Room;
use crate::shelf::{Image, MANIFEST_TYPE, Shelf, digest};

const HUB: &str = "registry-1.docker.io";

#[tokio::test(flavor = "multi_thread")]
async fn the_classrooms_images_are_read_under_their_own_names() {
    let shelf = Shelf::start().await;
    let image = Image::new(vec![7; 100_000]);
    shelf
        .fill("classroom/docker.io/library/nginx", "1.26", &image)
        .await;
    shelf
        .fill("classroom/docker.io/library/nginx", "latest", &image)
        .await;
    shelf.fill("classroom/ghcr.io/org/tool", "v1", &image).await;
    let room = Room::open(Some(&shelf)).await;
    let guest = room.guest(2);

    let ping = guest.get(HUB, "/v2/").await;
    assert_eq!(ping.status, StatusCode::OK);
    assert_eq!(ping.header("docker-distribution-api-version"), "registry/2.0");
    assert_eq!(ping.header("www-authenticate"), "");

    let accept = [("accept", MANIFEST_TYPE)];
    let target = "/v2/library/nginx/manifests/1.26";
    let head = guest.send(HUB, Method::HEAD, target, &accept, "").await;
    assert_eq!(head.status, StatusCode::OK);
    assert_eq!(head.header("docker-content-digest"), image.digest());
    assert_eq!(head.header("content-length"), image.manifest.len().to_string());
    assert_eq!(head.header("content-type"), MANIFEST_TYPE);
    let by_tag = guest.send(HUB, Method::GET, target, &accept, "").await;
    assert_eq!(by_tag.body, image.manifest);
    let by_digest = format!("/v2/library/nginx/manifests/{}", image.digest());
    assert_eq!(
        guest.send(HUB, Method::GET, &by_digest, &accept, "").await.body,
        image.manifest
    );

    let blob = format!("/v2/library/nginx/blobs/{}", digest(&image.layer));
    assert_eq!(guest.get(HUB, &blob).await.body, image.layer);
    let head = guest.send(HUB, Method::HEAD, &blob, &[], "").await;
    assert_eq!(
        (head.status, head.header("content-length")),
        (StatusCode::OK, "100000")
    );
    let part = guest
        .send(HUB, Method::GET, &blob, &[("range", "bytes=99990-")], "")
        .await;
    assert_eq!(part.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.header("content-range"), "bytes 99990-99999/100000");
    assert_eq!(part.body.len(), 10);
    assert_eq!(
        guest
            .send(HUB, Method::GET, &blob, &[("range", "bytes=100000-")], "")
            .await
            .status,
        416
    );

    assert_eq!(
        guest.get("ghcr.io", "/v2/org/tool/manifests/v1").await.status,
        StatusCode::OK
    );
    // A host's images are not another's.
    assert_eq!(
        guest.get("quay.io", "/v2/org/tool/manifests/v1").await.status,
        StatusCode::NOT_FOUND
    );

    let tags = guest.get(HUB, "/v2/library/nginx/tags/list").await;
    assert_eq!(
        tags.json(),
        serde_json::json!({"name": "library/nginx", "tags": ["1.26", "latest"]})
    );
    let page = guest.get(HUB, "/v2/library/nginx/tags/list?n=1").await;
    assert_eq!(page.json()["tags"], serde_json::json!(["1.26"]));
    assert_eq!(
        page.header("link"),
        "</v2/library/nginx/tags/list?n=1&last=1.26>; rel=\"next\""
    );
    let rest = guest.get(HUB, "/v2/library/nginx/tags/list?n=1&last=1.26").await;
    assert_eq!(
        (rest.json()["tags"][0].as_str(), rest.header("link")),
        (Some("latest"), "")
    );

    let referrers = guest
        .get(HUB, &format!("/v2/library/nginx/referrers/{}", image.digest()))
        .await;
    assert_eq!(referrers.status, StatusCode::NOT_FOUND);
    let line = room.lines(room.count()).await.remove(3);
    assert_eq!(
        (line.host.as_str(), line.path.as_str(), line.status),
        (HUB, by_digest.as_str(), 200)
    );
    assert_eq!(line.bytes_out, image.manifest.len() as u64);
    assert_eq!(
        (line.sandbox.as_str(), line.learner.as_deref()),
        ("s2", Some("l2"))
    );
    assert_eq!(room.looked_up(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_what_there_is_not_is_told_what_there_is() {
    let shelf = Shelf::start().await;
    shelf
        .fill("classroom/docker.io/library/nginx", "1.26", &Image::new("x"))
        .await;
    let room = Room::open(Some(&shelf)).await;
    let guest = room.guest(2);

    let tag = guest.get(HUB, "/v2/library/nginx/manifests/9").await;
    assert_eq!(
        (tag.status, tag.code().as_str()),
        (StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN")
    );
    assert_eq!(
        tag.message(),
        "manifest unknown; the classroom has no tag 9 of nginx, it has 1.26"
    );
    let name = guest.get(HUB, "/v2/library/ngnix/manifests/latest").await;
    assert_eq!(
        (name.status, name.code().as_str()),
        (StatusCode::NOT_FOUND, "DENIED")
    );
    assert_eq!(
        name.message(),
        "requested access to the resource is denied; the classroom has no image ngnix; it has nginx"
    );
    let other = guest.get("quay.io", "/v2/team/tool/manifests/v1").await;
    assert_eq!(other.code(), "NAME_UNKNOWN");
    let blob = guest
        .get(HUB, &format!("/v2/library/nginx/blobs/{}", digest(b"nothing")))
        .await;
    assert_eq!(blob.code(), "BLOB_UNKNOWN");
    for answer in [&tag, &name, &other, &blob] {
        assert!(!answer.text().contains("classroom/"), "{}", answer.text());
    }

    // Nobody pushes there, over a classroom image or beside it, and nobody lists all of it.
    for (method, target) in [
        (Method::POST, "/v2/library/nginx/blobs/uploads/"),
        (Method::PUT, "/v2/library/nginx/manifests/1.26"),
        (Method::PUT, "/v2/me/mine/manifests/1"),
        (Method::DELETE, "/v2/library/nginx/manifests/1.26"),
        (Method::GET, "/v2/_catalog"),
    ] {
        let answer = guest
            .send(HUB, method, target, &[("content-type", MANIFEST_TYPE)], "{}")
            .await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::FORBIDDEN, "DENIED"),
            "{target}"
        );
        assert_eq!(answer.message(), "requested access to the resource is denied");
        // Without one, docker would try for a minute.
        assert!(answer.json()["errors"][0]["detail"].is_object());
    }
    assert_eq!(room.refusals(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_is_asked_for_what_the_classroom_has_not_and_once() {
    let (shelf, mut hub) = (Shelf::start().await, Shelf::start().await);
    let (ours, theirs) = (Image::new("ours"), Image::new(vec![1; 50_000]));
    hub.fill("library/redis", "7", &theirs).await;
    hub.fill("library/nginx", "1.26", &theirs).await;
    shelf
        .fill("classroom/docker.io/library/nginx", "1.26", &ours)
        .await;
    let cache = Shelf::cache_of(&hub).await;
    let room = Room::with(Some(&shelf), &[("docker.io", &cache)], |_| {}).await;
    let guest = room.guest(2);
    let manifest = async |reference: &str| {
        let target = format!("/v2/library/{reference}");
        guest
            .send(HUB, Method::GET, &target, &[("accept", MANIFEST_TYPE)], "")
            .await
    };

    assert_eq!(manifest("nginx/manifests/1.26").await.body, ours.manifest);
    assert_eq!(manifest("redis/manifests/7").await.body, theirs.manifest);
    let blob = format!("/v2/library/redis/blobs/{}", digest(&theirs.layer));
    assert_eq!(guest.get(HUB, &blob).await.body, theirs.layer);
    assert_eq!(
        guest.get(HUB, "/v2/library/redis/tags/list").await.json()["tags"][0],
        "7"
    );
    assert_eq!(manifest("nginx/manifests/2").await.code(), "MANIFEST_UNKNOWN");
    assert_eq!(manifest("nothing/manifests/2").await.code(), "DENIED");
    // Only Docker Hub has a cache here.
    assert_eq!(
        guest.get("ghcr.io", "/v2/library/redis/manifests/7").await.code(),
        "NAME_UNKNOWN"
    );

    // What has been pulled is there without the upstream.
    hub.kill();
    assert_eq!(manifest("redis/manifests/7").await.body, theirs.manifest);
    assert_eq!(guest.get(HUB, &blob).await.body, theirs.layer);
    hub.again().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_serves_many_requests_each_decided_by_itself() {
    let shelf = Shelf::start().await;
    let image = Image::new("x");
    shelf
        .fill("classroom/docker.io/library/nginx", "1.26", &image)
        .await;
    let room = Room::open(Some(&shelf)).await;
    let guest = room.guest(2);
    let mut connection = guest.open(HUB).await;
    let request = |method: Method, host: &str| {
        let body = http_body_util::Empty::new();
        http::Request::builder()
            .method(method)
            .uri("/v2/library/nginx/manifests/1.26")
            .header("host", host)
            .body(http_body_util::BodyExt::boxed_unsync(
                http_body_util::BodyExt::map_err(body, |never: std::convert::Infallible| match never {}),
            ))
            .unwrap()
    };
    for _ in 0..3 {
        connection.ready().await.unwrap();
        let answer = finish(connection.send_request(request(Method::GET, HUB)).await.unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    connection.ready().await.unwrap();
    let denied = finish(
        connection
            .send_request(request(Method::DELETE, HUB))
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN);
    // The sandbox has gone.
    room.evict(2);
    connection.ready().await.unwrap();
    let gone = finish(connection.send_request(request(Method::GET, HUB)).await.unwrap()).await;
    assert_eq!(gone.status, StatusCode::FORBIDDEN);
    assert!(gone.text().contains("no sandbox is known"));
    assert_eq!(room.lines(5).await[4].sandbox, "");
}
