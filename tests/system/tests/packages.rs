//! What a build fetches beside images: the allow-list lets it through.

use anyhow::{Context, Result};
use drydock_system_tests::{Drydock, Options};

/// What the machine trusts, for builds: where a network has an authority of its own, packages come with its certificate.
const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

#[tokio::test]
async fn builds_get_their_packages() -> Result<()> {
    let drydock = Drydock::start(Options::with_packages().await?).await?;
    let learner = drydock.browser()?;
    learner.start_sandbox().await?;
    learner.run("mkdir -p pip npm apt").await?;
    for folder in ["pip", "npm"] {
        let bundle = std::fs::read(BUNDLE)?;
        learner
            .request(
                reqwest::Method::PUT,
                &format!("/api/v1/sandbox/files?path={folder}/ca.crt"),
            )
            .body(bundle)
            .send()
            .await?
            .error_for_status()?;
    }
    learner
        .run("printf 'FROM python:3.13-slim\\nCOPY ca.crt /ca.crt\\nRUN PIP_CERT=/ca.crt pip install --no-cache-dir itsdangerous\\n' > pip/Dockerfile")
        .await?;
    learner
        .run("printf 'FROM node:20-slim\\nWORKDIR /app\\nCOPY ca.crt /ca.crt\\nRUN NODE_EXTRA_CA_CERTS=/ca.crt npm install --no-audit --no-fund is-number\\n' > npm/Dockerfile")
        .await?;
    learner
        .run("printf 'FROM debian:trixie-slim\\nRUN apt-get update && apt-get install --yes --no-install-recommends hello && hello\\n' > apt/Dockerfile")
        .await?;
    for folder in ["pip", "npm", "apt"] {
        learner
            .run(&format!("docker build --progress=plain {folder}"))
            .await
            .with_context(|| folder)?;
    }
    Ok(())
}
