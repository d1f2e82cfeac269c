//! What learners have pushed to the classroom's registry. Whoever runs that registry answers; this crate only asks.

use futures::future::BoxFuture;

use crate::error::FactError;

/// What one learner has pushed. One value stands for one learner.
pub trait Pushes: Send + Sync + 'static {
    /// What stands under a reference with its registry and a tag, or a digest: `registry.example.com/me/app:v1`. None:
    /// nothing of this learner's.
    fn pushed<'a>(&'a self, reference: &'a str) -> BoxFuture<'a, Result<Option<Pushed>, FactError>>;
}

/// An image in a registry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pushed {
    /// The digest of its manifest: `sha256:…`, what `docker push` shows.
    pub manifest: String,
    /// Its ID: `sha256:…`, what `docker images --no-trunc` shows.
    pub image_id: String,
}
