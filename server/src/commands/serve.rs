//! `drydock serve`.

use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::Context;
use axum::serve::ListenerExt;
use drydock_lesson::Library;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::author::Author;
use crate::classroom::{self, Classroom};
use crate::commands::content;
use crate::grade::desk::{self, Bell};
use crate::learners;
use crate::live::Rooms;
use crate::live::replay::Replays;
use crate::preview::Guests;
use crate::routes;
use crate::routes::pages::Pages;
use crate::session;
use crate::settings::Settings;
use crate::shelf::Shelf;
use crate::state::{App, Parts};
use crate::store::Store;

/// Serves until it is told to stop. Learners' sandboxes stay where they are: the next server finds them.
pub async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let listener = TcpListener::bind(settings.listen).await.with_context(|| {
        format!(
            "cannot listen on {}: is another Drydock running? Set `listen` to another address",
            settings.listen
        )
    })?;
    let stop = CancellationToken::new();
    tokio::spawn(stop_on_signal(stop.clone()));
    serve(listener, settings, stop).await?;
    Ok(ExitCode::SUCCESS)
}

/// The server, given a socket and something that tells it to stop.
pub async fn serve(listener: TcpListener, settings: Settings, stop: CancellationToken) -> anyhow::Result<()> {
    make_data_dir(&settings)?;
    let library = content::library(&settings)?;
    serve_library(listener, settings, library, None, stop).await
}

fn make_data_dir(settings: &Settings) -> anyhow::Result<()> {
    std::fs::create_dir_all(&settings.data_dir).with_context(|| {
        format!(
            "the data folder {} cannot be made; set `data_dir` to one that can be written",
            settings.data_dir.display()
        )
    })
}

/// The same with lessons that were read already; for their author, if there is one.
pub(crate) async fn serve_library(
    listener: TcpListener,
    mut settings: Settings,
    library: Library,
    author: Option<Author>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    make_data_dir(&settings)?;
    settings.sandbox.preload = content::images(&library);
    let store = Store::open(&settings.data_dir.join("drydock.db")).await?;
    let sessions = session::layer(&settings, &store);
    let metrics = crate::measure::install()?;
    let authority = classroom::prepare(&mut settings)?;
    let host = crate::host::connect(&settings.docker_host)?;
    let sandboxes = drydock_sandbox::Sandboxes::start(host.clone(), settings.sandbox.clone()).await?;

    let classroom = Classroom::start(&settings, host, &sandboxes, &store, authority, &stop)?;

    let address = listener.local_addr()?;
    let solutions = settings.solutions;
    let app = App::new(Parts {
        settings,
        store,
        library: Shelf::new(library, solutions),
        sandboxes: sandboxes.clone(),
        classroom,
        rooms: Rooms::default(),
        replays: Replays::default(),
        pages: Pages::default(),
        desk: Bell::default(),
        guests: Guests::default(),
        metrics,
    });
    tokio::spawn(learners::forget_the_absent(app.clone(), stop.clone()));
    tokio::spawn(desk::serve(app.clone(), stop.clone()));
    announce(&app, address);
    if let Some(author) = &author {
        tokio::spawn(author.clone().follow(app.clone()));
    }
    let router = routes::router(app, sessions, author.as_ref());
    // A key's echo is a few bytes, and must not wait for more.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "serve.nodelay_refused");
        }
    });
    axum::serve(listener, router)
        .with_graceful_shutdown(stop.cancelled_owned())
        .await?;
    sandboxes.shutdown(true).await;
    Ok(())
}

fn announce(app: &App, address: SocketAddr) {
    let url = if app.settings.public_url.is_empty() {
        format!("http://{address}")
    } else {
        app.settings.public_url.clone()
    };
    tracing::info!(%address, instance = %app.settings.sandbox.instance, "serve.ready");
    // On standard output, for people and for scripts that wait for it.
    println!("Drydock is ready: {url}");
}

pub(crate) async fn stop_on_signal(stop: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("serve.stopping");
    stop.cancel();
}
