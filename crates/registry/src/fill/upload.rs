//! A blob on its way into a repository, from its beginning to its end, or given up.

use bytes::Bytes;

use super::gzip;
use crate::Error;
use crate::client::Client;

/// Sends a blob. `judge` is told what was sent, and says what its digest is.
pub(super) async fn upload(
    client: &Client,
    repository: &str,
    (bytes, thread): gzip::Sending,
    judge: impl FnOnce(&gzip::Sent) -> Result<String, Error>,
) -> Result<gzip::Sent, Error> {
    let location = client.begin(repository).await?;
    let answer = client.continue_with(&location, bytes).await;
    let read = thread.await.map_err(std::io::Error::other).and_then(|read| read);
    let done = match (answer, read) {
        (Ok(next), Ok(sent)) => match judge(&sent) {
            Ok(digest) => Ok((next, sent, digest)),
            Err(error) => Err(error),
        },
        (Err(error), _) => Err(error),
        (Ok(_), Err(error)) => Err(Error::Registry {
            doing: "take a layer".to_owned(),
            why: format!("it could not be read: {error}"),
            status: None,
        }),
    };
    match done {
        Ok((next, sent, digest)) => {
            client.finish(&next, &digest, Bytes::new()).await?;
            Ok(sent)
        }
        Err(error) => {
            client.give_up(&location).await;
            Err(error)
        }
    }
}
