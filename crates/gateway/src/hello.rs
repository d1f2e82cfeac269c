//! The first thing that a TLS client says: which host it wants. Read, not changed, before anything goes on.

mod extensions;

use std::io::{self, Read as _};
use std::time::Duration;

use rustls::server::Acceptor;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::time::timeout;

const WITHIN: Duration = Duration::from_secs(10);
/// More than any client says to begin with, post-quantum keys and session tickets included.
const MOST: usize = 16 * 1024;
const HANDSHAKE: u8 = 0x16;

/// A fatal TLS alert, access_denied: what a refused client is told.
pub(crate) const DENIED: [u8; 7] = [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 49];

/// What was said, and the name in it.
#[derive(Debug)]
pub(crate) struct Hello {
    /// The bytes as they came: what follows the name is the server's to read.
    pub(crate) bytes: Vec<u8>,
    /// The host in lower case, if one was named, and no other is hidden behind it.
    pub(crate) name: Option<String>,
}

/// Why there is no such thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoHello {
    NotTls,
    Hidden,
    TooLong,
    TooSlow,
    Gone,
}

impl NoHello {
    pub(crate) fn why(self) -> &'static str {
        match self {
            Self::NotTls => "not TLS",
            Self::Hidden => "TLS that hides the host's name (Encrypted Client Hello)",
            Self::TooLong => "the TLS greeting is too long",
            Self::TooSlow => "the TLS greeting took too long",
            Self::Gone => "went away before a TLS greeting",
        }
    }
}

pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<Hello, NoHello> {
    timeout(WITHIN, read_all(stream))
        .await
        .unwrap_or(Err(NoHello::TooSlow))
}

async fn read_all(stream: &mut (impl AsyncRead + Unpin)) -> Result<Hello, NoHello> {
    let mut acceptor = Acceptor::default();
    let mut bytes = Vec::with_capacity(2048);
    loop {
        let before = bytes.len();
        let room = MOST - before;
        if room == 0 {
            return Err(NoHello::TooLong);
        }
        let count = (&mut *stream).take(room as u64).read_buf(&mut bytes).await;
        match count {
            Ok(0) | Err(_) => return Err(NoHello::Gone),
            Ok(_) => {}
        }
        if bytes[0] != HANDSHAKE {
            return Err(NoHello::NotTls);
        }
        feed(&mut acceptor, &bytes[before..]).map_err(|_| NoHello::NotTls)?;
        match acceptor.accept() {
            Ok(None) => {}
            Ok(Some(accepted)) => {
                if extensions::hides_a_name(&bytes) != Some(false) {
                    return Err(NoHello::Hidden);
                }
                let hello = accepted.client_hello();
                let name = hello.server_name().map(str::to_ascii_lowercase);
                return Ok(Hello { bytes, name });
            }
            Err(_) => return Err(NoHello::NotTls),
        }
    }
}

fn feed(acceptor: &mut Acceptor, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let before = bytes.len();
        acceptor.read_tls(&mut bytes.by_ref())?;
        if bytes.len() == before {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::pki_types::ServerName;
    use rustls::{ClientConfig, ClientConnection, RootCertStore};

    use super::*;

    fn hello(name: &str) -> Vec<u8> {
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut bytes = Vec::new();
        client.write_tls(&mut bytes).unwrap();
        bytes
    }

    #[tokio::test]
    async fn the_name_is_read_and_nothing_is_lost() {
        let mut said = hello("PyPI.org");
        said.extend(b"early");
        let read = read(&mut &said[..]).await.unwrap();
        assert_eq!(read.name.as_deref(), Some("pypi.org"));
        assert_eq!(read.bytes, said);
    }

    #[tokio::test]
    async fn a_greeting_may_come_byte_by_byte() {
        let said = hello("pypi.org");
        let (mut near, mut far) = tokio::io::duplex(1);
        let writer = tokio::spawn(async move {
            let _ = tokio::io::AsyncWriteExt::write_all(&mut near, &said).await;
            near
        });
        assert_eq!(read(&mut far).await.unwrap().name.as_deref(), Some("pypi.org"));
        drop(writer);
    }

    /// The same greeting with one more extension.
    fn with_extension(mut said: Vec<u8>, extension: &[u8]) -> Vec<u8> {
        let session = 5 + 4 + 2 + 32;
        let suites = session + 1 + usize::from(said[session]);
        let compressions = suites + 2 + usize::from(said[suites]) * 256 + usize::from(said[suites + 1]);
        let extensions = compressions + 1 + usize::from(said[compressions]);
        let more = u16::try_from(extension.len()).unwrap();
        for at in [3, 7, extensions] {
            let length = u16::from_be_bytes([said[at], said[at + 1]]) + more;
            said[at..at + 2].copy_from_slice(&length.to_be_bytes());
        }
        said.splice(extensions + 2..extensions + 2, extension.iter().copied());
        said
    }

    #[tokio::test]
    async fn a_hidden_name_is_found_out() {
        let harmless = with_extension(hello("pypi.org"), &[0xab, 0xcd, 0, 2, 1, 2]);
        assert!(read(&mut &harmless[..]).await.is_ok());
        let hiding = with_extension(
            hello("pypi.org"),
            &[0xfe, 0x0d, 0, 12, 0, 0, 1, 0, 1, 7, 0, 1, 0xaa, 0, 1, 0xbb],
        );
        assert_eq!(read(&mut &hiding[..]).await.unwrap_err(), NoHello::Hidden);
        // Cut into records of a hundred bytes.
        let cut: Vec<u8> = hiding[5..]
            .chunks(100)
            .flat_map(|piece| [&[0x16, 3, 1, 0, u8::try_from(piece.len()).unwrap()], piece].concat())
            .collect();
        assert_eq!(read(&mut &cut[..]).await.unwrap_err(), NoHello::Hidden);
    }

    #[tokio::test]
    async fn an_address_is_no_name() {
        assert_eq!(read(&mut &hello("127.0.0.1")[..]).await.unwrap().name, None);
    }

    #[tokio::test(start_paused = true)]
    async fn anything_else_is_told_apart() {
        assert_eq!(
            read(&mut &b"SSH-2.0-x\r\n"[..]).await.unwrap_err(),
            NoHello::NotTls
        );
        assert_eq!(
            read(&mut &b"GET / HTTP/1.1\r\n\r\n"[..]).await.unwrap_err(),
            NoHello::NotTls
        );
        assert_eq!(
            read(&mut &hello("pypi.org")[..50]).await.unwrap_err(),
            NoHello::Gone
        );
        // A handshake record that promises a client hello of 16 MiB.
        let mut endless = vec![0x16, 0x03, 0x01, 0x40, 0x00, 0x01, 0xff, 0xff, 0xff];
        endless.resize(64 * 1024, 0);
        let said = read(&mut &endless[..]).await.unwrap_err();
        assert!(matches!(said, NoHello::TooLong | NoHello::NotTls), "{said:?}");
        let (near, mut far) = tokio::io::duplex(64);
        assert_eq!(read(&mut far).await.unwrap_err(), NoHello::TooSlow);
        drop(near);
    }
}
