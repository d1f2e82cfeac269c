//! Images for tests, made from nothing: the bytes that `docker load` takes.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// An image archive with this name, these layers (each one file with this text) and this configuration.
pub(crate) fn image(reference: &str, layers: &[&str], config: &Value) -> Vec<u8> {
    let layers: Vec<Vec<u8>> = layers
        .iter()
        .map(|text| tar(&[("file", text.as_bytes())]))
        .collect();
    let diff_ids: Vec<String> = layers
        .iter()
        .map(|layer| format!("sha256:{}", hex(layer)))
        .collect();
    let history: Vec<Value> = layers
        .iter()
        .enumerate()
        .map(|(i, _)| json!({"created_by": format!("RUN /bin/sh -c make {i} # buildkit")}))
        .collect();
    let config = json!({
        "architecture": "amd64",
        "os": "linux",
        "created": "2020-01-02T03:04:05Z",
        "config": config,
        "history": history,
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
    })
    .to_string()
    .into_bytes();
    let config_name = format!("{}.json", hex(&config));
    let layer_names: Vec<String> = layers.iter().map(|layer| format!("{}.tar", hex(layer))).collect();
    let manifest =
        json!([{"Config": config_name, "RepoTags": [reference], "Layers": layer_names}]).to_string();
    let mut files: Vec<(&str, &[u8])> = layer_names
        .iter()
        .map(String::as_str)
        .zip(layers.iter().map(Vec::as_slice))
        .collect();
    files.push((&config_name, &config));
    files.push(("manifest.json", manifest.as_bytes()));
    tar(&files)
}

fn hex(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// A tar file: for each file a header of 512 bytes and its bytes, filled up to 512; at the end two empty blocks.
fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, bytes) in files {
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..108].copy_from_slice(b"0000644\0");
        header[108..116].copy_from_slice(b"0000000\0");
        header[116..124].copy_from_slice(b"0000000\0");
        header[124..136].copy_from_slice(format!("{:011o}\0", bytes.len()).as_bytes());
        header[136..148].copy_from_slice(b"00000000000\0");
        header[148..156].fill(b' ');
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        out.extend_from_slice(&header);
        out.extend_from_slice(bytes);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}
