//! Pushing to a part of one's own.

use bytes::Bytes;
use http::{Method, StatusCode};

use crate::client::Client;
use crate::room::Room;
use crate::shelf::{Image, MANIFEST_TYPE, Shelf, digest};

pub(crate) const HOST: &str = "registry.example.com";

/// Pushes a blob in one piece, as engines do that know its length.
pub(crate) async fn push_blob(client: &Client, name: &str, bytes: &[u8]) -> StatusCode {
    // As engines do, asked first whether it is there.
    let target = format!("/v2/{name}/blobs/{}", digest(bytes));
    if client.send(HOST, Method::HEAD, &target, &[], "").await.status == StatusCode::OK {
        return StatusCode::CREATED;
    }
    let begun = client
        .send(HOST, Method::POST, &format!("/v2/{name}/blobs/uploads/"), &[], "")
        .await;
    if begun.status != StatusCode::ACCEPTED {
        return begun.status;
    }
    let target = format!("{}&digest={}", begun.location(), digest(bytes));
    client
        .send(HOST, Method::PUT, &target, &[], bytes.to_vec())
        .await
        .status
}

pub(crate) async fn put_manifest(
    client: &Client,
    name: &str,
    reference: &str,
    manifest: &[u8],
) -> StatusCode {
    let target = format!("/v2/{name}/manifests/{reference}");
    let headers = [("content-type", MANIFEST_TYPE)];
    client
        .send(HOST, Method::PUT, &target, &headers, manifest.to_vec())
        .await
        .status
}

pub(crate) async fn push(client: &Client, name: &str, tag: &str, image: &Image) {
    assert_eq!(push_blob(client, name, &image.config).await, StatusCode::CREATED);
    assert_eq!(push_blob(client, name, &image.layer).await, StatusCode::CREATED);
    assert_eq!(
        put_manifest(client, name, tag, &image.manifest).await,
        StatusCode::CREATED
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pushed_is_there_for_its_learner_only() {
    let shelf = Shelf::start().await;
    let room = Room::open(Some(&shelf)).await;
    let (mine, other) = (room.guest(2), room.guest(3));
    let image = Image::new(vec![3; 10_000]);
    push(&mine, "team/app", "1.0", &image).await;

    let manifest = mine
        .send(
            HOST,
            Method::GET,
            "/v2/team/app/manifests/1.0",
            &[("accept", MANIFEST_TYPE)],
            "",
        )
        .await;
    assert_eq!(manifest.body, image.manifest);
    let blob = format!("/v2/team/app/blobs/{}", digest(&image.layer));
    assert_eq!(mine.get(HOST, &blob).await.body, image.layer);
    assert_eq!(
        mine.get(HOST, "/v2/_catalog").await.json(),
        serde_json::json!({"repositories": ["team/app"]})
    );
    assert_eq!(
        mine.get(HOST, "/v2/team/app/tags/list").await.json(),
        serde_json::json!({"name": "team/app", "tags": ["1.0"]})
    );

    for target in [
        "/v2/team/app/manifests/1.0",
        "/v2/team/app/tags/list",
        blob.as_str(),
    ] {
        let answer = other.get(HOST, target).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{target}");
        assert!(!answer.text().contains("learners/"), "{}", answer.text());
    }
    assert_eq!(
        other.get(HOST, "/v2/_catalog").await.json(),
        serde_json::json!({"repositories": []})
    );
    // No name leads into another's part, or into the classroom's.
    for name in [
        "learners/l2/registry.example.com/team/app",
        "../../l2/registry.example.com/team/app",
        "..%2fl2%2fteam%2fapp",
        "classroom/docker.io/library/nginx",
    ] {
        let answer = other.get(HOST, &format!("/v2/{name}/manifests/1.0")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{name}");
    }
    let stolen = format!("/v2/mine/blobs/uploads/?mount={}&from=", digest(&image.layer));
    for from in [
        "team/app",
        "learners/l2/registry.example.com/team/app",
        "../../l2/registry.example.com/team/app",
        "%2e%2e/l2",
    ] {
        let answer = other
            .send(HOST, Method::POST, &format!("{stolen}{from}"), &[], "")
            .await;
        assert_eq!(
            answer.status,
            StatusCode::ACCEPTED,
            "an upload is to begin, {from}"
        );
    }
    assert_eq!(
        other
            .get(HOST, &format!("/v2/mine/blobs/{}", digest(&image.layer)))
            .await
            .status,
        404
    );
    // The same under one's own names is another thing altogether.
    push(&other, "team/app", "1.0", &Image::new("other")).await;
    assert_eq!(
        mine.get(HOST, "/v2/team/app/manifests/1.0")
            .await
            .header("docker-content-digest"),
        image.digest()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_pushed_can_be_looked_up() {
    let shelf = Shelf::start().await;
    let room = Room::open(Some(&shelf)).await;
    let image = Image::new("x");
    push(&room.guest(2), "team/app", "1.0", &image).await;
    let pushed = room
        .gateway
        .pushed("l2", "registry.example.com/team/app:1.0")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (pushed.manifest, pushed.image_id),
        (image.digest(), digest(&image.config))
    );
    let by_digest = format!("registry.example.com/team/app@{}", image.digest());
    assert!(room.gateway.pushed("l2", &by_digest).await.unwrap().is_some());
    for (learner, reference) in [
        ("l2", "registry.example.com/team/app:2.0"),
        ("l4", "registry.example.com/team/app:1.0"),
        ("l2", "docker.io/team/app:1.0"),
        ("../l2", "registry.example.com/team/app:1.0"),
    ] {
        assert_eq!(
            room.gateway.pushed(learner, reference).await.unwrap(),
            None,
            "{learner} {reference}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_go_in_every_way_that_clients_know() {
    let shelf = Shelf::start().await;
    let room = Room::open(Some(&shelf)).await;
    let guest = room.guest(2);
    let uploads = "/v2/app/blobs/uploads/";

    // In pieces, of a length that is not told.
    let pieces = vec![Bytes::from(vec![1; 70_000]), Bytes::from(vec![2; 30_000])];
    let whole = pieces.concat();
    let begun = guest.send(HOST, Method::POST, uploads, &[], "").await;
    assert_eq!(begun.status, StatusCode::ACCEPTED);
    assert!(
        begun
            .header("location")
            .starts_with("https://registry.example.com/v2/app/blobs/uploads/")
    );
    let gone_on = guest
        .send_chunked(HOST, Method::PATCH, &begun.location(), pieces)
        .await;
    assert_eq!(
        (gone_on.status, gone_on.header("range")),
        (StatusCode::ACCEPTED, "0-99999")
    );
    let asked = guest.get(HOST, &gone_on.location()).await;
    assert_eq!(
        (asked.status, asked.header("range")),
        (StatusCode::NO_CONTENT, "0-99999")
    );
    let target = format!("{}&digest={}", gone_on.location(), digest(&whole));
    let done = guest.send(HOST, Method::PUT, &target, &[], "").await;
    assert_eq!(done.status, StatusCode::CREATED);
    assert_eq!(done.location(), format!("/v2/app/blobs/{}", digest(&whole)));
    assert_eq!(guest.get(HOST, &done.location()).await.body, whole);

    // In two pieces of known length, the last one with the completion.
    let begun = guest.send(HOST, Method::POST, uploads, &[], "").await;
    let headers = [
        ("content-type", "application/octet-stream"),
        ("content-range", "0-2"),
    ];
    let gone_on = guest
        .send(HOST, Method::PATCH, &begun.location(), &headers, "abc")
        .await;
    assert_eq!(gone_on.status, StatusCode::ACCEPTED, "{}", gone_on.text());
    let target = format!("{}&digest={}", gone_on.location(), digest(b"abcdef"));
    assert_eq!(
        guest.send(HOST, Method::PUT, &target, &[], "def").await.status,
        StatusCode::CREATED
    );

    // In one request.
    let target = format!("{uploads}?digest={}", digest(b"at once"));
    assert_eq!(
        guest
            .send(HOST, Method::POST, &target, &[], "at once")
            .await
            .status,
        StatusCode::CREATED
    );
    assert_eq!(
        guest
            .get(HOST, &format!("/v2/app/blobs/{}", digest(b"at once")))
            .await
            .text(),
        "at once"
    );

    // With a digest that is not its.
    let begun = guest.send(HOST, Method::POST, uploads, &[], "").await;
    let target = format!("{}&digest={}", begun.location(), digest(b"good"));
    let wrong = guest.send(HOST, Method::PUT, &target, &[], "evil").await;
    assert_eq!(
        (wrong.status, wrong.code().as_str()),
        (StatusCode::BAD_REQUEST, "DIGEST_INVALID")
    );

    // Given up.
    let begun = guest.send(HOST, Method::POST, uploads, &[], "").await;
    assert_eq!(
        guest
            .send(HOST, Method::DELETE, &begun.location(), &[], "")
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        guest.get(HOST, &begun.location()).await.code(),
        "BLOB_UPLOAD_UNKNOWN"
    );

    // A manifest that names what is not there, and one that is none.
    let image = Image::new("never pushed");
    assert_eq!(
        put_manifest(&guest, "app", "1", &image.manifest).await,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        put_manifest(&guest, "app", "1", b"{}").await,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        put_manifest(&guest, "app", "1", &vec![b' '; 5 << 20]).await,
        StatusCode::PAYLOAD_TOO_LARGE
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_classroom_has_is_not_carried_again() {
    let shelf = Shelf::start().await;
    let base = Image::new(vec![9; 100_000]);
    shelf
        .fill("classroom/docker.io/library/python", "3.13-slim", &base)
        .await;
    let room = Room::with(Some(&shelf), &[], |config| config.push_quota_bytes = 50_000).await;
    let guest = room.guest(2);
    let layer = digest(&base.layer);

    // An engine asks first whether it is there.
    let head = guest
        .send(HOST, Method::HEAD, &format!("/v2/app/blobs/{layer}"), &[], "")
        .await;
    assert_eq!(
        (head.status, head.header("content-length")),
        (StatusCode::OK, "100000")
    );
    // A builder wants to mount it.
    let target = format!("/v2/app2/blobs/uploads/?mount={layer}&from=library/python");
    let mounted = guest.send(HOST, Method::POST, &target, &[], "").await;
    assert_eq!(mounted.status, StatusCode::CREATED);
    assert_eq!(mounted.location(), format!("/v2/app2/blobs/{layer}"));
    // From one repository of one's own into another.
    assert_eq!(push_blob(&guest, "app", b"mine").await, StatusCode::CREATED);
    let target = format!("/v2/app2/blobs/uploads/?mount={}&from=app", digest(b"mine"));
    assert_eq!(
        guest.send(HOST, Method::POST, &target, &[], "").await.status,
        StatusCode::CREATED
    );
    assert_eq!(push_blob(&guest, "app2", &base.config).await, StatusCode::CREATED);
    assert_eq!(
        put_manifest(&guest, "app2", "latest", &base.manifest).await,
        StatusCode::CREATED
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_pushed_can_be_taken_away() {
    let shelf = Shelf::start().await;
    let room = Room::open(Some(&shelf)).await;
    let guest = room.guest(2);
    let image = Image::new("x");
    push(&guest, "app", "1", &image).await;
    let by_tag = guest
        .send(HOST, Method::DELETE, "/v2/app/manifests/1", &[], "")
        .await;
    assert_eq!(
        (by_tag.status, by_tag.code().as_str()),
        (StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED")
    );
    let target = format!("/v2/app/manifests/{}", image.digest());
    assert_eq!(
        guest.send(HOST, Method::DELETE, &target, &[], "").await.status,
        StatusCode::ACCEPTED
    );
    let gone = guest.get(HOST, "/v2/app/manifests/1").await;
    assert_eq!(
        (gone.status, gone.code().as_str()),
        (StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN")
    );
    assert!(!gone.text().contains("learners/"), "{}", gone.text());
    let blob = format!("/v2/app/blobs/{}", digest(&image.layer));
    assert_eq!(
        guest.send(HOST, Method::DELETE, &blob, &[], "").await.status,
        StatusCode::ACCEPTED
    );
    assert_eq!(guest.get(HOST, &blob).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_that_is_nobodys_has_no_part_of_its_own() {
    let shelf = Shelf::start().await;
    let room = Room::open(Some(&shelf)).await;
    for guest in [
        room.admit(2, None),
        room.admit(3, Some("../l2")),
        room.admit(4, Some("L2")),
    ] {
        let answer = guest
            .send(HOST, Method::POST, "/v2/app/blobs/uploads/", &[], "")
            .await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::FORBIDDEN, "DENIED")
        );
        assert_eq!(
            guest.get(HOST, "/v2/_catalog").await.status,
            StatusCode::FORBIDDEN
        );
        assert_eq!(guest.get(HOST, "/v2/").await.status, StatusCode::OK);
    }
    assert_eq!(room.refusals(), 6);
}
