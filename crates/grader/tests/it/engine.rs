//! The machine's engine, and things on it that go away again.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use bollard::Docker;
use bollard::query_parameters::{
    ImportImageOptions, RemoveContainerOptionsBuilder, RemoveImageOptionsBuilder,
};
use futures::{FutureExt, StreamExt};
use serde_json::{Value, json};

use crate::archive;

/// One test's part of the engine: a prefix for names, under which everything is removed at the end.
pub(crate) struct Corner {
    pub(crate) docker: Docker,
    /// A repository of this test's own.
    pub(crate) name: String,
}

static NEXT: AtomicU32 = AtomicU32::new(0);

/// The machine's engine.
pub(crate) async fn host() -> Docker {
    Docker::connect_with_defaults()
        .expect("DOCKER_HOST is an address")
        .negotiate_version()
        .await
        .expect("no host engine answers: run scripts/setup test first")
}

/// Runs a test on the engine, and removes what it made, whether it passes or not.
pub(crate) async fn with_engine(test: impl AsyncFnOnce(&Corner)) {
    let docker = host().await;
    let nanos = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .subsec_nanos();
    let name = format!(
        "drydock-test-{}-{}-{nanos}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    let corner = Corner { docker, name };
    let result = AssertUnwindSafe(test(&corner)).catch_unwind().await;
    corner.clear().await;
    if let Err(panic) = result {
        resume_unwind(panic);
    }
}

impl Corner {
    /// `name:tag` in this test's own repository.
    pub(crate) fn reference(&self, tag: &str) -> String {
        format!("{}:{tag}", self.name)
    }

    /// Loads an image; gives its ID.
    pub(crate) async fn load(&self, tag: &str, layers: &[&str], mut config: Value) -> String {
        let reference = self.reference(tag);
        // Makes the image unlike any other test's.
        config["Labels"]["drydock.test"] = json!(reference);
        let bytes = archive::image(&reference, layers, &config);
        let mut progress = self.docker.import_image(
            ImportImageOptions::default(),
            bollard::body_full(bytes.into()),
            None,
        );
        while let Some(step) = progress.next().await {
            step.expect("the image is loaded");
        }
        drop(progress);
        self.docker
            .inspect_image(&reference)
            .await
            .expect("the image")
            .id
            .expect("its ID")
    }

    /// Gives an image another name in this test's repository.
    pub(crate) async fn tag(&self, from: &str, tag: &str) {
        let options = bollard::query_parameters::TagImageOptionsBuilder::default()
            .repo(&self.name)
            .tag(tag)
            .build();
        self.docker
            .tag_image(&self.reference(from), Some(options))
            .await
            .expect("the tag");
    }

    pub(crate) async fn untag(&self, tag: &str) {
        let options = RemoveImageOptionsBuilder::default().force(true).build();
        self.docker
            .remove_image(&self.reference(tag), Some(options), None)
            .await
            .expect("the tag is removed");
    }

    async fn clear(&self) {
        let containers = self
            .docker
            .list_containers(Some(
                bollard::query_parameters::ListContainersOptionsBuilder::default()
                    .all(true)
                    .build(),
            ))
            .await
            .unwrap_or_default();
        for container in containers {
            let own = container
                .names
                .iter()
                .flatten()
                .any(|name| name.contains(&self.name));
            if let (true, Some(id)) = (own, container.id) {
                let options = RemoveContainerOptionsBuilder::default()
                    .force(true)
                    .v(true)
                    .build();
                let _ = self.docker.remove_container(&id, Some(options)).await;
            }
        }
        let volumes = self
            .docker
            .list_volumes(None::<bollard::query_parameters::ListVolumesOptions>)
            .await
            .unwrap_or_default();
        for volume in volumes.volumes.unwrap_or_default() {
            if volume.name.starts_with(&self.name) {
                let _ = self
                    .docker
                    .remove_volume(
                        &volume.name,
                        None::<bollard::query_parameters::RemoveVolumeOptions>,
                    )
                    .await;
            }
        }
        let networks = self
            .docker
            .list_networks(None::<bollard::query_parameters::ListNetworksOptions>)
            .await
            .unwrap_or_default();
        for name in networks.into_iter().filter_map(|network| network.name) {
            if name.starts_with(&self.name) {
                let _ = self.docker.remove_network(&name).await;
            }
        }
        let images = self
            .docker
            .list_images(Some(
                bollard::query_parameters::ListImagesOptionsBuilder::default()
                    .all(false)
                    .build(),
            ))
            .await
            .unwrap_or_default();
        for image in images {
            let own = image
                .labels
                .get("drydock.test")
                .is_some_and(|reference| reference.starts_with(&self.name));
            if own {
                let options = RemoveImageOptionsBuilder::default().force(true).build();
                let _ = self.docker.remove_image(&image.id, Some(options), None).await;
            }
        }
    }
}
