//! `drydock lesson dev`: serves lessons to whoever writes them.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::author::Author;
use crate::commands::{content, serve};
use crate::settings::Settings;

pub(super) async fn run(mut settings: Settings, folder: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    if let Some(folder) = folder {
        settings.content = folder;
    }
    let folder = content::folder(&settings)?;
    // Whatever the settings say: solutions are shown here, so nobody else is to reach it, by whatever name.
    settings.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, settings.listen.port()));
    settings.public_url.clear();
    let listener = TcpListener::bind(settings.listen).await.with_context(|| {
        format!(
            "cannot listen on {}: is another Drydock running? Set `listen` to another port",
            settings.listen
        )
    })?;
    let stop = CancellationToken::new();
    tokio::spawn(serve::stop_on_signal(stop.clone()));
    let (author, library) = Author::open(&folder, stop.clone());
    for problem in author.problems().iter() {
        eprintln!("{problem}");
    }
    serve::serve_library(listener, settings, library, Some(author), stop).await?;
    Ok(ExitCode::SUCCESS)
}
