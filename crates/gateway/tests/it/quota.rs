//! How much a learner may push.

use bytes::Bytes;
use http::{Method, StatusCode};

use crate::push::{HOST, push, push_blob, put_manifest};
use crate::room::{Room, eventually};
use crate::shelf::{Image, Shelf, digest};

const QUOTA: u64 = 1 << 20;

fn long_manifest() -> Vec<u8> {
    serde_json::json!({"schemaVersion": 2, "annotations": {"long": "x".repeat(64 << 10)}})
        .to_string()
        .into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_over_the_quota_is_told_how_to_make_room() {
    let shelf = Shelf::start().await;
    let room = Room::with(Some(&shelf), &[], |config| config.push_quota_bytes = QUOTA).await;
    let guest = room.guest(2);
    let big = Image::new(vec![1; 900 << 10]);
    push(&guest, "app", "1", &big).await;
    // Once more is no more.
    push(&guest, "app", "2", &big).await;
    for blob in [&big.config, &big.layer] {
        let target = format!("/v2/copy/blobs/uploads/?mount={}&from=app", digest(blob));
        assert_eq!(
            guest.send(HOST, Method::POST, &target, &[], "").await.status,
            StatusCode::CREATED
        );
    }
    assert_eq!(
        put_manifest(&guest, "copy", "1", &big.manifest).await,
        StatusCode::CREATED
    );

    // Known to be too long at the beginning, and found out on the way.
    let upload = async || {
        guest
            .send(HOST, Method::POST, "/v2/app/blobs/uploads/", &[], "")
            .await
    };
    let begun = upload().await;
    let long = guest
        .send(HOST, Method::PATCH, &begun.location(), &[], vec![2; 300 << 10])
        .await;
    let begun = upload().await;
    let pieces = vec![Bytes::from(vec![2; 64 << 10]); 32];
    let slow = guest
        .send_chunked(HOST, Method::PATCH, &begun.location(), pieces)
        .await;
    for answer in [long, slow] {
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::FORBIDDEN, "DENIED")
        );
        assert!(
            answer.message().contains("is full: 1 MiB is what everybody has"),
            "{}",
            answer.message()
        );
        assert!(
            answer.message().contains("curl -X DELETE"),
            "{}",
            answer.message()
        );
    }
    // What came to nothing is not kept.
    eventually("the upload is cancelled", || async {
        guest.get(HOST, &begun.location()).await.status == StatusCode::NOT_FOUND
    })
    .await;
    assert_eq!(
        push_blob(&guest, "app", &vec![3; 100 << 10]).await,
        StatusCode::CREATED
    );
    assert_eq!(
        put_manifest(&guest, "app", "3", &long_manifest()).await,
        StatusCode::FORBIDDEN
    );
    // Another learner has a quota of their own.
    push(&room.guest(3), "app", "1", &Image::new(vec![4; 900 << 10])).await;

    let target = format!("/v2/app/manifests/{}", big.digest());
    assert_eq!(
        guest.send(HOST, Method::DELETE, &target, &[], "").await.status,
        StatusCode::ACCEPTED
    );
    // Another repository has it still.
    assert_eq!(
        push_blob(&guest, "app", &vec![5; 300 << 10]).await,
        StatusCode::FORBIDDEN
    );
    let target = format!("/v2/copy/manifests/{}", big.digest());
    assert_eq!(
        guest.send(HOST, Method::DELETE, &target, &[], "").await.status,
        StatusCode::ACCEPTED
    );
    assert_eq!(
        push_blob(&guest, "app", &vec![5; 300 << 10]).await,
        StatusCode::CREATED
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_charged_is_what_the_registry_has_kept() {
    let shelf = Shelf::start().await;
    let room = Room::with(Some(&shelf), &[], |config| config.push_quota_bytes = QUOTA).await;
    let guest = room.guest(2);
    assert_eq!(push_blob(&guest, "app", b"small").await, StatusCode::CREATED);
    let small = digest(b"small");
    // Go passes over a parameter that is not rightly encoded, and prefers a form's fields to the query's.
    for (number, first) in [(1, "%zz"), (2, "%zz"), (3, small.as_str())] {
        let big = vec![number; if number < 3 { 400 << 10 } else { 100 << 10 }];
        let uploads = "/v2/app/blobs/uploads/";
        let opened = guest.send(HOST, Method::POST, uploads, &[], "").await;
        let begun = guest
            .send(HOST, Method::PATCH, &opened.location(), &[], big.clone())
            .await;
        let target = format!("{}&digest={first}", begun.location());
        let (target, headers, body) = if number == 3 {
            let form = ("content-type", "application/x-www-form-urlencoded");
            (target, vec![form], format!("digest={}", digest(&big)))
        } else {
            (format!("{target}&digest={}", digest(&big)), vec![], String::new())
        };
        let put = guest.send(HOST, Method::PUT, &target, &headers, body).await;
        assert_eq!(put.status == StatusCode::CREATED, number < 3, "{number}");
    }
    assert_eq!(
        push_blob(&guest, "app", &vec![4; 300 << 10]).await,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_do_not_get_past_it() {
    let shelf = Shelf::start().await;
    let room = Room::with(Some(&shelf), &[], |config| config.push_quota_bytes = QUOTA).await;
    let guest = room.guest(2);
    let pushes = (0..10u8).map(|number| {
        let guest = guest.clone();
        async move {
            let begun = guest
                .send(HOST, Method::POST, "/v2/app/blobs/uploads/", &[], "")
                .await;
            let pieces = vec![Bytes::from(vec![number; 32 << 10]); 8];
            guest
                .send_chunked(HOST, Method::PATCH, &begun.location(), pieces)
                .await
                .status
        }
    });
    let done = futures::future::join_all(pushes).await;
    let accepted = done
        .iter()
        .filter(|status| **status == StatusCode::ACCEPTED)
        .count();
    assert!((1..=4).contains(&accepted), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_book_is_written_anew_after_a_start() {
    let shelf = Shelf::start().await;
    let base = Image::new(vec![1; 800 << 10]);
    shelf.fill("classroom/docker.io/library/python", "3", &base).await;
    let change = |config: &mut drydock_gateway::Config| config.push_quota_bytes = QUOTA;
    let room = Room::with(Some(&shelf), &[], change).await;
    let mine = Image::new(vec![2; 800 << 10]);
    push(&room.guest(2), "team/app", "1", &mine).await;
    drop(room);

    let room = Room::with(Some(&shelf), &[], change).await;
    let guest = room.guest(2);
    assert_eq!(
        push_blob(&guest, "app", &vec![3; 300 << 10]).await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        push_blob(&guest, "app", &vec![3; 100 << 10]).await,
        StatusCode::CREATED
    );
    // Of the classroom's layers, nothing counts; and whoever is new has room.
    let other = room.guest(3);
    push(&other, "app", "1", &base).await;
    assert_eq!(
        push_blob(&other, "app", &vec![3; 150 << 10]).await,
        StatusCode::CREATED
    );
    // A learner who was removed with all that they had begins anew.
    room.gateway.forget("l2").await;
    assert_eq!(
        push_blob(&guest, "app", &vec![3; 300 << 10]).await,
        StatusCode::FORBIDDEN
    );
}
