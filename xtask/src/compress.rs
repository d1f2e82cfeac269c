//! A brotli and a gzip twin beside each file that gains by it, made once at build time with all the effort there is.

use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Formats that are compressed already gain nothing.
const ALREADY_SMALL: [&str; 5] = ["woff2", "png", "jpg", "webp", "avif"];

/// Writes `<file>.br` and `<file>.gz` from what is in `source`, each only where it is smaller than that.
pub(crate) fn twins(source: &Path, file: &Path) -> Result<()> {
    if file
        .extension()
        .is_some_and(|extension| ALREADY_SMALL.iter().any(|known| extension == *known))
    {
        return Ok(());
    }
    let bytes = fs::read(source).with_context(|| format!("cannot read {}", source.display()))?;
    for (suffix, packed) in [("br", brotli(&bytes)?), ("gz", gzip(&bytes)?)] {
        if packed.len() < bytes.len() {
            let twin = twin(file, suffix);
            fs::write(&twin, packed).with_context(|| format!("cannot write {}", twin.display()))?;
        }
    }
    Ok(())
}

/// `app.wasm` and `br` give `app.wasm.br`.
fn twin(file: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(".");
    name.push(suffix);
    name.into()
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    // Windows above 22 bits are not required of a browser's decoder; no file here needs one.
    let parameters = BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut packed, &parameters).context("brotli")?;
    Ok(packed)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).context("gzip")?;
    encoder.finish().context("gzip")
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn twins_unpack_to_the_file_itself() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("page.css");
        let text = "a { color: red }\n".repeat(200);
        fs::write(&file, &text).unwrap();
        twins(&file, &file).unwrap();

        let mut from_gzip = String::new();
        let packed = fs::read(folder.path().join("page.css.gz")).unwrap();
        flate2::read::GzDecoder::new(&*packed)
            .read_to_string(&mut from_gzip)
            .unwrap();
        assert_eq!(from_gzip, text);

        let mut from_brotli = Vec::new();
        let packed = fs::read(folder.path().join("page.css.br")).unwrap();
        brotli::BrotliDecompress(&mut &*packed, &mut from_brotli).unwrap();
        assert_eq!(from_brotli, text.as_bytes());
    }

    #[test]
    fn what_does_not_shrink_has_no_twin() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["font.woff2", "tiny.js"] {
            let file = folder.path().join(name);
            fs::write(&file, "x").unwrap();
            twins(&file, &file).unwrap();
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
