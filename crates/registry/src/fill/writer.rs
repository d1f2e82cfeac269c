//! An archive on its way to the disk: nothing larger than a chunk is kept in memory.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncWriteExt, BufWriter};

use super::export::blob_name;
use super::progress::Step;
use crate::Error;
use crate::client::Client;
use crate::manifest::written;

const BLOCK: usize = 512;
const BUFFER: usize = 256 * 1024;

/// A tar archive as it is written.
pub(super) struct Writer<'a> {
    file: BufWriter<File>,
    path: &'a Path,
}

impl<'a> Writer<'a> {
    /// Writes to `file`, which goes by `path` in messages.
    pub(super) fn new(file: File, path: &'a Path) -> Self {
        Self {
            file: BufWriter::with_capacity(BUFFER, file),
            path,
        }
    }

    fn failed(&self, why: std::io::Error) -> Error {
        Error::File {
            path: self.path.to_owned(),
            why,
        }
    }

    async fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let put = self.file.write_all(bytes).await;
        put.map_err(|error| self.failed(error))
    }

    async fn header(&mut self, name: &str, size: u64) -> Result<(), Error> {
        let mut header = tar::Header::new_ustar();
        header.set_path(name).map_err(|error| self.failed(error))?;
        header.set_size(size);
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_cksum();
        self.put(header.as_bytes()).await
    }

    async fn pad(&mut self, size: u64) -> Result<(), Error> {
        let over = usize::try_from(size % BLOCK as u64).unwrap_or(0);
        if over > 0 {
            self.put(&[0; BLOCK][over..]).await?;
        }
        Ok(())
    }

    /// A file that is in memory.
    pub(super) async fn small(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let size = bytes.len() as u64;
        self.header(name, size).await?;
        self.put(bytes).await?;
        self.pad(size).await
    }

    /// A blob of the registry, which has to be what its digest says.
    pub(super) async fn blob(
        &mut self,
        client: &Client,
        repository: &str,
        digest: &str,
        size: u64,
        step: &Arc<dyn Step>,
    ) -> Result<(), Error> {
        let broken = |why: String| Error::Registry {
            doing: format!("send {digest}"),
            why,
            status: None,
        };
        let (_, bytes) = client.blob(repository, digest).await?;
        let mut bytes = std::pin::pin!(bytes);
        self.header(&blob_name(digest), size).await?;
        let mut hash = Sha256::new();
        let mut left = size;
        while let Some(chunk) = bytes.next().await {
            let chunk: Bytes = chunk.map_err(|error| broken(error.to_string()))?;
            left = left
                .checked_sub(chunk.len() as u64)
                .ok_or_else(|| broken("it is larger than its manifest says".to_owned()))?;
            hash.update(&chunk);
            self.put(&chunk).await?;
            step.advance(chunk.len() as u64);
        }
        if left > 0 || written(&hash.finalize()) != digest {
            return Err(broken("what came is not what its digest says".to_owned()));
        }
        self.pad(size).await
    }

    /// Writes the end, and waits until all of it is on the disk.
    pub(super) async fn end(mut self) -> Result<(), Error> {
        self.put(&[0; 2 * BLOCK]).await?;
        let path = self.path;
        let ending = async {
            self.file.flush().await?;
            self.file.get_ref().sync_all().await
        };
        ending.await.map_err(|why| Error::File {
            path: path.to_owned(),
            why,
        })
    }
}
