use super::*;
use std::io::Write;

fn header(kind: EntryType, name: &[u8], size: u64) -> tar::Header {
    let mut header = tar::Header::new_ustar();
    // Past `set_path`, which refuses what a hostile archive has.
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.set_size(size);
    header.set_mode(0o644);
    header.set_entry_type(kind);
    header.set_cksum();
    header
}

async fn opened(write: impl FnOnce(&mut tar::Builder<&mut Vec<u8>>)) -> Result<Archive, Error> {
    let mut bytes = Vec::new();
    let mut builder = tar::Builder::new(&mut bytes);
    write(&mut builder);
    builder.finish().unwrap();
    drop(builder);
    raw(&bytes).await
}

async fn raw(bytes: &[u8]) -> Result<Archive, Error> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    Archive::open(file.path()).await
}

async fn why(write: impl FnOnce(&mut tar::Builder<&mut Vec<u8>>)) -> String {
    opened(write).await.unwrap_err().to_string()
}

#[tokio::test]
async fn files_are_found_and_read() {
    let archive = opened(|tar| {
        tar.append(&header(EntryType::Directory, b"./", 0), io::empty())
            .unwrap();
        tar.append(&header(EntryType::Regular, b"./a/b", 5), &b"hello"[..])
            .unwrap();
        tar.append(&header(EntryType::Regular, b"c", 2), &b"{}"[..])
            .unwrap();
    })
    .await
    .unwrap();
    assert_eq!(archive.read("a/b").await.unwrap(), "hello");
    assert_eq!(archive.size("./c"), Some(2));
    assert!(
        archive
            .read("d")
            .await
            .unwrap_err()
            .to_string()
            .contains("lacks d")
    );
}

#[tokio::test]
async fn hostile_archives_are_refused() {
    for name in [&b"../x"[..], b"/etc/passwd", b"a/../../x", b"\xff"] {
        let said = why(|tar| {
            tar.append(&header(EntryType::Regular, name, 0), io::empty())
                .unwrap();
        })
        .await;
        assert!(said.contains("in it"), "{said}");
    }
    for kind in [
        EntryType::Link,
        EntryType::Fifo,
        EntryType::Char,
        EntryType::Block,
        EntryType::GNUSparse,
    ] {
        let said = why(|tar| tar.append(&header(kind, b"x", 0), io::empty()).unwrap()).await;
        assert!(said.contains("x in it") || said.contains("not a tar"), "{said}");
    }
    let twice = why(|tar| {
        for _ in 0..2 {
            tar.append(&header(EntryType::Regular, b"x", 0), io::empty())
                .unwrap();
        }
    })
    .await;
    assert!(twice.contains("twice"), "{twice}");
}

#[tokio::test]
async fn links_lead_from_layer_to_layer_or_are_refused() {
    let layer = format!("{}/layer.tar", "a".repeat(64));
    let link = |target: &str| {
        let mut link = header(EntryType::Symlink, b"other/layer.tar", 0);
        link.set_link_name_literal(target).unwrap();
        link.set_cksum();
        link
    };
    let good = opened(|tar| {
        tar.append(&link(&format!("../{layer}")), io::empty()).unwrap();
        tar.append(&header(EntryType::Regular, layer.as_bytes(), 3), &b"abc"[..])
            .unwrap();
    })
    .await
    .unwrap();
    assert_eq!(good.read("other/layer.tar").await.unwrap(), "abc");
    for target in ["/etc/passwd", "../../x/layer.tar", "../../../../etc/shadow", "x"] {
        let said = why(|tar| tar.append(&link(target), io::empty()).unwrap()).await;
        assert!(said.contains("is a link"), "{said}");
    }
}

#[tokio::test]
async fn what_claims_more_than_there_is_is_refused() {
    let mut bytes = header(EntryType::Regular, b"x", 1 << 40).as_bytes().to_vec();
    bytes.extend([0; 1024]);
    let said = raw(&bytes).await.unwrap_err().to_string();
    assert!(
        said.contains("end is missing") || said.contains("damaged"),
        "{said}"
    );
    let mut bytes = header(EntryType::GNULongName, b"././@LongLink", 1 << 20)
        .as_bytes()
        .to_vec();
    bytes.extend(vec![b'a'; 1 << 20]);
    bytes.extend(header(EntryType::Regular, b"x", 0).as_bytes());
    let said = raw(&bytes).await.unwrap_err().to_string();
    assert!(said.contains("larger than any name"), "{said}");
    let gzip = raw(&[0x1f, 0x8b, 0]).await.unwrap_err().to_string();
    assert!(gzip.contains("gunzip"), "{gzip}");
    assert!(raw(b"").await.unwrap_err().to_string().contains("empty"));
    assert!(raw(&[7; 2048]).await.unwrap_err().to_string().contains("damaged"));
}
