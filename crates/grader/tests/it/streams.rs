//! The engine's event stream may be lost, and what it tells is not all for everybody.

use std::sync::Arc;

use bollard::models::VolumeCreateRequest;
use bollard::query_parameters::RemoveVolumeOptions;
use drydock_grader::{Exercise, Memories, watch};
use serde_json::json;

use crate::engine::{Corner, with_engine};
use crate::relay::Relay;
use crate::sandbox::Desk;
use crate::watch::{reads, until};

#[tokio::test]
async fn what_happens_while_the_stream_is_lost_is_seen_when_it_is_back() {
    with_engine(async |corner: &Corner| {
        corner.load("v1", &["one"], json!({})).await;
        let name = &corner.name;
        let exercise = reads(&format!(
            "[{{image: '{name}:v2', mode: hold}}, {{absent: {{volume: {name}-gone}}}}]"
        ));
        let relay = Relay::start().await;
        let desk = Arc::new(Desk::new(&relay.docker));
        let (_watch, mut updates) = watch(desk, vec![exercise], Memories::new(), None);
        until(&mut updates, |update| update.verdict.points == 0).await;

        // Nobody can hear of it, and of the volume nothing is left.
        relay.cut();
        corner.tag("v1", "v2").await;
        let gone = format!("{name}-gone");
        let volume = VolumeCreateRequest {
            name: Some(gone.clone()),
            ..VolumeCreateRequest::default()
        };
        corner.docker.create_volume(volume).await.unwrap();
        corner
            .docker
            .remove_volume(&gone, None::<RemoveVolumeOptions>)
            .await
            .unwrap();
        relay.mend();
        until(&mut updates, |update| update.verdict.passed).await;

        // And it goes on being heard.
        corner.untag("v2").await;
        until(&mut updates, |update| !update.verdict.passed).await;
    })
    .await;
}

#[tokio::test]
async fn what_an_event_cannot_touch_is_not_looked_at_again() {
    with_engine(async |corner: &Corner| {
        corner.load("v1", &["one"], json!({})).await;
        let name = &corner.name;
        let exercise = |id: &str, yaml: String| Exercise {
            id: id.into(),
            ..reads(&yaml)
        };
        let exercises = vec![
            exercise("first", format!("[{{image: '{name}:v2'}}]")),
            exercise("second", format!("[{{image: '{name}:v3'}}]")),
            exercise("third", format!("[{{image: '{name}:v4'}}]")),
            exercise("quiet", "[file: quiet]".to_owned()),
        ];
        let desk = Arc::new(Desk::new(&corner.docker));
        let (_watch, mut updates) = watch(Arc::clone(&desk), exercises, Memories::new(), None);
        // An event that is heard comes after the streams' opening, which touches everything.
        for _ in 0..4 {
            until(&mut updates, |update| !update.verdict.passed).await;
        }
        corner.tag("v1", "v2").await;
        until(&mut updates, |update| update.verdict.passed).await;

        // It would be found if it were looked for: in the round of either tag.
        desk.write_quietly("quiet", "x");
        for tag in ["v3", "v4"] {
            corner.tag("v1", tag).await;
            let passed = until(&mut updates, |update| update.verdict.passed).await;
            assert_ne!(passed.verdict.exercise, "quiet", "{tag}");
        }
        desk.write("quiet", "x", 0o644);
        let passed = until(&mut updates, |update| update.verdict.passed).await;
        assert_eq!(passed.verdict.exercise, "quiet");
    })
    .await;
}
