//! `drydock-agent`: reads its settings, serves until it is told to stop, cleans up.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use drydock_agent::config::Config;
use drydock_agent::error::Error;
use drydock_agent::{Agent, http};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Threads for file operations, which may block. Few: they are short, and each costs memory.
const FILE_THREADS: usize = 4;
/// They stay for good: with as many processes as there may be, no new one could be had.
const FILE_THREAD_LIFE: Duration = Duration::MAX;
/// Bytes of stack of such a thread.
const FILE_THREAD_STACK: usize = 256 * 1024;

fn main() -> ExitCode {
    let config = match Config::from_process() {
        Ok(config) => config,
        Err(error) => {
            eprintln!("drydock-agent: {error}");
            return ExitCode::from(2);
        }
    };
    // The token is in the environment that this process was started with; no other process of the same user needs to
    // read it, or this memory. Not fatal: what the token opens, the learner has anyway.
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);

    // One thread carries a keystroke from socket to shell and back without waking another.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(FILE_THREADS)
        .thread_stack_size(FILE_THREAD_STACK)
        .thread_keep_alive(FILE_THREAD_LIFE)
        .build();
    let outcome = match runtime {
        Ok(runtime) => {
            let outcome = runtime.block_on(run(config));
            // A file operation that hangs must not hold up the end.
            runtime.shutdown_background();
            outcome
        }
        Err(source) => Err(Error::io("start the runtime", source)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("drydock-agent: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(config: Config) -> Result<(), Error> {
    let mut terminate =
        signal(SignalKind::terminate()).map_err(|source| Error::io("listen for SIGTERM", source))?;
    let mut interrupt =
        signal(SignalKind::interrupt()).map_err(|source| Error::io("listen for SIGINT", source))?;

    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|source| Error::io(format!("listen on {}", config.listen), source))?;
    let address = listener
        .local_addr()
        .map_err(|source| Error::io("read the listening address", source))?;
    let agent = Agent::new(config)?;
    // The first of the threads for files, before anyone can take the last place.
    let _ = tokio::task::spawn_blocking(|| ()).await;
    // On standard output, for whoever asked for port 0.
    println!("listening on {address}");

    tokio::select! {
        () = http::serve(listener, Arc::clone(&agent)) => {}
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    agent.shut_down().await;
    Ok(())
}
