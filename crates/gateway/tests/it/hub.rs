//! What Docker Hub has beside its registry: the search.

use http::StatusCode;

use crate::room::{Room, listing};

const INDEX: &str = "index.docker.io";

#[tokio::test]
async fn the_search_is_answered_from_the_catalogue() {
    let room = Room::open(None).await;
    let guest = room.guest(2);
    let ping = guest.get(INDEX, "/v1/_ping").await;
    assert_eq!((ping.status, ping.text().as_str()), (StatusCode::OK, "true"));
    let found = guest.get(INDEX, "/v1/search?q=python&n=25").await.json();
    assert_eq!(
        found,
        serde_json::json!({
            "num_pages": 1, "num_results": 1, "page": 1, "page_size": 25, "query": "python",
            "results": [{"name": "python", "description": "The classroom's python", "is_official": true, "is_automated": false, "star_count": 8}],
        })
    );
    // What the catalogue has is what is found, from now on.
    room.listings.send_replace([listing("alpine", 3)].into());
    assert_eq!(
        guest.get(INDEX, "/v1/search?q=python").await.json()["num_results"],
        0
    );
    assert_eq!(
        guest.get(INDEX, "/v1/search?q=alp%69ne&n=1").await.json()["num_results"],
        1
    );
    assert_eq!(
        guest.get("ghcr.io", "/v1/search?q=alpine").await.status,
        StatusCode::NOT_FOUND
    );
    let line = room.lines(5).await.remove(1);
    assert_eq!(
        (
            serde_json::to_value(line.kind).unwrap().as_str(),
            line.path.as_str()
        ),
        (Some("search"), "/v1/search")
    );
}
