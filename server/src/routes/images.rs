//! The learner's images, with what pictures of them need.

use axum::Json;
use axum::extract::State;
use bollard::Docker;
use bollard::errors::Error as EngineError;
use bollard::query_parameters::{ListContainersOptionsBuilder, ListImagesOptionsBuilder};
use drydock_protocol::api::{ImageView, LayerView, Problem};
use futures::{StreamExt, TryStreamExt, stream};

use super::engine;
use crate::problem::ApiError;
use crate::session::Learner;
use crate::state::App;

/// As many images as anybody would look at, newest first.
const IMAGES_MAX: usize = 200;
/// An image has at most 127 layers; instructions that only change metadata come on top.
const LAYERS_MAX: usize = 512;
/// An instruction is cut at this many characters.
const INSTRUCTION_MAX: usize = 4096;
/// How many images are asked about at one time.
const AT_ONCE: usize = 8;

/// The images in the learner's engine, each with its history, oldest line first.
#[utoipa::path(get, path = "/sandbox/images", tag = "sandbox",
    responses((status = 200, body = Vec<ImageView>), (status = 409, body = Problem), (status = 503, body = Problem)))]
pub async fn list(
    State(app): State<App>,
    learner: Option<Learner>,
) -> Result<Json<Vec<ImageView>>, ApiError> {
    let sandbox = app.ready_sandbox(learner.as_ref())?;
    engine::answer(images(sandbox.engine())).await.map(Json)
}

async fn images(engine: &Docker) -> Result<Vec<ImageView>, EngineError> {
    let sized = ListImagesOptionsBuilder::new().shared_size(true).build();
    let all = ListContainersOptionsBuilder::new().all(true).build();
    let (mut found, containers) =
        tokio::try_join!(engine.list_images(Some(sized)), engine.list_containers(Some(all)))?;
    found.sort_by_key(|image| std::cmp::Reverse(image.created));
    found.truncate(IMAGES_MAX);
    let containers = &containers;
    stream::iter(found)
        .map(async |image| {
            let (history, inspected) =
                tokio::try_join!(engine.image_history(&image.id), engine.inspect_image(&image.id))?;
            let diff_ids = inspected.root_fs.and_then(|root| root.layers).unwrap_or_default();
            let mut lines: Vec<(String, u64, bool)> = history
                .into_iter()
                .take(LAYERS_MAX)
                .map(|line| {
                    let instruction: String = line.created_by.chars().take(INSTRUCTION_MAX).collect();
                    let size = u64::try_from(line.size).unwrap_or(0);
                    let metadata = size == 0 && only_metadata(&instruction);
                    (instruction, size, metadata)
                })
                .collect();
            lines.reverse();
            let made_from_it = containers
                .iter()
                .filter(|container| container.image_id.as_ref() == Some(&image.id))
                .count();
            Ok(ImageView {
                shared_size: u64::try_from(image.shared_size).unwrap_or(0),
                containers: u32::try_from(made_from_it).unwrap_or(u32::MAX),
                id: image.id,
                tags: image
                    .repo_tags
                    .into_iter()
                    .filter(|tag| tag != "<none>:<none>")
                    .collect(),
                created: image.created,
                size: u64::try_from(image.size).unwrap_or(0),
                history: layers(lines, diff_ids),
            })
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await
}

/// The engine's history does not say which lines made layers. A line with a size did. Of those without, as many as there
/// are layers left did too: those that may write files come before those that never do.
fn layers(lines: Vec<(String, u64, bool)>, diff_ids: Vec<String>) -> Vec<LayerView> {
    let mut empty_to_place = diff_ids
        .len()
        .saturating_sub(lines.iter().filter(|(_, size, _)| *size > 0).count());
    let mut ids = diff_ids.into_iter();
    lines
        .into_iter()
        .map(|(created_by, size, metadata)| {
            let is_layer = size > 0 || (!metadata && empty_to_place > 0);
            if is_layer && size == 0 {
                empty_to_place -= 1;
            }
            LayerView {
                diff_id: if is_layer { ids.next() } else { None },
                created_by,
                size,
            }
        })
        .collect()
}

/// Whether an instruction, as the history shows it, never writes files.
fn only_metadata(instruction: &str) -> bool {
    const NAMES: [&str; 13] = [
        "CMD",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "LABEL",
        "USER",
        "VOLUME",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "SHELL",
        "ARG",
        "ONBUILD",
        "MAINTAINER",
    ];
    // The builder before BuildKit wrote `/bin/sh -c #(nop)  CMD ["bash"]`.
    let instruction = instruction
        .split_once("#(nop)")
        .map_or(instruction, |(_, rest)| rest)
        .trim_start();
    NAMES.iter().any(|name| instruction.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_made_layers_get_their_digests() {
        let line = |text: &str, size| (text.to_owned(), size, size == 0 && only_metadata(text));
        let lines = vec![
            line("ADD rootfs.tar", 80),
            line("CMD [\"bash\"]", 0),
            line("WORKDIR /app", 0),
            line("COPY . .", 5),
        ];
        let found = layers(
            lines,
            vec!["sha256:a".into(), "sha256:b".into(), "sha256:c".into()],
        );
        let ids: Vec<_> = found.iter().map(|layer| layer.diff_id.as_deref()).collect();
        assert_eq!(ids, [Some("sha256:a"), None, Some("sha256:b"), Some("sha256:c")]);
    }

    #[test]
    fn metadata_is_recognised_in_both_spellings() {
        assert!(only_metadata("CMD [\"nginx\"]"));
        assert!(only_metadata("/bin/sh -c #(nop)  EXPOSE 80"));
        assert!(!only_metadata("RUN /bin/sh -c apt-get update # buildkit"));
    }
}
