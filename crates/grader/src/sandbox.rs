//! A sandbox of `drydock-sandbox`, as the grader sees one.

use std::net::IpAddr;

use drydock_protocol::agent::{AgentEvent, FILE_MAX, JournalPage};
use drydock_protocol::api::ExecRequest;
use drydock_sandbox::{AgentClient, AgentError, Found};
use futures::StreamExt;
use futures::stream::BoxStream;

use crate::agent::{Agent, Looked, Piece, Sandbox};
use crate::error::FactError;
use crate::facts::ScriptFact;

/// Seconds that an author's script has.
const SCRIPT_S: u32 = 4;

impl Sandbox for drydock_sandbox::Sandbox {
    type Agent = AgentClient;

    fn engine(&self) -> &bollard::Docker {
        drydock_sandbox::Sandbox::engine(self)
    }

    fn address(&self) -> IpAddr {
        self.agent().address().ip()
    }

    fn agent(&self) -> &AgentClient {
        drydock_sandbox::Sandbox::agent(self)
    }
}

impl Agent for AgentClient {
    async fn look(&self, path: &str) -> Result<Looked, FactError> {
        match AgentClient::look(self, path).await {
            Ok(Found::File(bytes)) => Ok(Looked::File(bytes)),
            Ok(Found::Folder(listing)) => Ok(Looked::Folder(listing)),
            // A file where a folder should be on the way: there is nothing beyond it.
            Err(AgentError::NotFound { .. } | AgentError::WrongKind { .. }) => Ok(Looked::Nothing),
            Err(AgentError::TooLarge { .. } | AgentError::Refused { status: 413, .. }) => {
                Err(FactError::TooLarge {
                    path: path.to_owned(),
                    limit_mib: FILE_MAX / (1024 * 1024),
                })
            }
            Err(error) => Err(failed(&format!("`{path}`"), &error)),
        }
    }

    async fn piece(&self, path: &str, from: u64, length: u64) -> Result<Piece, FactError> {
        match AgentClient::piece(self, path, from, length).await {
            Ok(piece) => Ok(Piece::Of {
                bytes: piece.bytes,
                size: piece.size,
            }),
            Err(AgentError::WrongKind { wanted: "file", .. }) => Ok(Piece::Folder),
            Err(AgentError::NotFound { .. } | AgentError::WrongKind { .. }) => Ok(Piece::Nothing),
            Err(error) => Err(failed(&format!("`{path}`"), &error)),
        }
    }

    async fn script(&self, script: &str) -> Result<ScriptFact, FactError> {
        let request = ExecRequest {
            command: script.to_owned(),
            timeout_s: SCRIPT_S,
        };
        let result = AgentClient::exec(self, &request)
            .await
            .map_err(|error| failed("the lesson's check", &error))?;
        Ok(ScriptFact {
            exit: result.exit_code,
            output: result.stdout,
        })
    }

    async fn journal(&self, since: u64) -> Result<JournalPage, FactError> {
        AgentClient::journal(self, since)
            .await
            .map_err(|error| failed("its journal", &error))
    }

    async fn events(
        &self,
        since: u64,
    ) -> Result<BoxStream<'static, Result<AgentEvent, FactError>>, FactError> {
        let events = AgentClient::events(self, since)
            .await
            .map_err(|error| failed("its events", &error))?;
        Ok(events
            .map(|event| event.map_err(|error| failed("its events", &error)))
            .boxed())
    }
}

fn failed(what: &str, error: &AgentError) -> FactError {
    FactError::Agent {
        what: what.to_owned(),
        why: crate::text::shown(&error.to_string()),
    }
}
