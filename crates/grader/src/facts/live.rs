//! Facts read from a learner's engine and agent, each once a round, when it is first asked for.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use drydock_lesson::expect::HttpTarget;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::folders::Budget;
use super::limits::{ANSWER, FILE_TEXT_MAX, LOGS_MAX, cut, cut_front, is_id};
use super::{
    ArchiveFact, CommandFact, ContainerDetail, ContainerFact, Facts, FolderFact, HttpFact, ImageDetail,
    ImageFact, Journal, NetworkFact, PathFact, Pushed, Pushes, ScriptFact, VolumeFact, engine, http,
};
use crate::agent::{Agent, Looked, Piece, Sandbox};
use crate::error::FactError;
use crate::tar;

type Answer<T> = Result<T, FactError>;

/// One round's facts about one sandbox. Make a new one for the next round.
pub struct Live<'a, S> {
    sandbox: &'a S,
    journal: &'a Journal,
    pushes: Option<&'a dyn Pushes>,
    images: OnceCell<Answer<Arc<Vec<ImageFact>>>>,
    image: Keyed<Option<Arc<ImageDetail>>>,
    history: Keyed<Option<Arc<Vec<String>>>>,
    containers: OnceCell<Answer<Arc<Vec<ContainerFact>>>>,
    container: Keyed<Option<Arc<ContainerDetail>>>,
    logs: Keyed<Option<Arc<String>>>,
    networks: OnceCell<Answer<Arc<Vec<NetworkFact>>>>,
    volumes: OnceCell<Answer<Arc<Vec<VolumeFact>>>>,
    path: Keyed<Arc<PathFact>>,
    folder: Keyed<Option<Arc<FolderFact>>>,
    folders: Budget,
    archive: Keyed<Arc<ArchiveFact>>,
    mode: Keyed<Option<u32>>,
    commands: OnceCell<Answer<Arc<Vec<CommandFact>>>>,
    pushed: Keyed<Option<Pushed>>,
    http: Keyed<Arc<HttpFact>>,
    script: Keyed<Arc<ScriptFact>>,
}

impl<'a, S: Sandbox> Live<'a, S> {
    /// Facts about this sandbox, and about what its learner has pushed where there is a registry. The journal remembers what
    /// was read in earlier rounds.
    pub fn new(sandbox: &'a S, journal: &'a Journal, pushes: Option<&'a dyn Pushes>) -> Self {
        Self {
            sandbox,
            journal,
            pushes,
            images: OnceCell::new(),
            image: Keyed::default(),
            history: Keyed::default(),
            containers: OnceCell::new(),
            container: Keyed::default(),
            logs: Keyed::default(),
            networks: OnceCell::new(),
            volumes: OnceCell::new(),
            path: Keyed::default(),
            folder: Keyed::default(),
            folders: Budget::default(),
            archive: Keyed::default(),
            mode: Keyed::default(),
            commands: OnceCell::new(),
            pushed: Keyed::default(),
            http: Keyed::default(),
            script: Keyed::default(),
        }
    }

    async fn read_path(&self, path: &str) -> Answer<Arc<PathFact>> {
        let fact = match within(&format!("the file `{path}`"), self.sandbox.agent().look(path)).await? {
            Looked::Nothing => PathFact::Nothing,
            Looked::Folder(_) => PathFact::Folder,
            Looked::File(bytes) => {
                let mut text = String::from_utf8_lossy(&bytes[..bytes.len().min(FILE_TEXT_MAX)]).into_owned();
                cut(&mut text, FILE_TEXT_MAX);
                PathFact::File {
                    size: bytes.len() as u64,
                    text,
                }
            }
        };
        Ok(Arc::new(fact))
    }

    /// The mode stands in the listing of the folder.
    async fn read_mode(&self, path: &str) -> Answer<Option<u32>> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        match within(
            &format!("the mode of `{path}`"),
            self.sandbox.agent().look(folder),
        )
        .await?
        {
            Looked::Folder(listing) => Ok(listing
                .entries
                .iter()
                .find(|entry| entry.name == name)
                .map(|entry| entry.mode & 0o7777)),
            _ => Ok(None),
        }
    }
}

impl<S: Sandbox> Facts for Live<'_, S> {
    async fn images(&self) -> Answer<Arc<Vec<ImageFact>>> {
        self.images
            .get_or_init(async || {
                within("the images", engine::images(self.sandbox.engine()))
                    .await
                    .map(Arc::new)
            })
            .await
            .clone()
    }

    async fn image(&self, id: &str) -> Answer<Option<Arc<ImageDetail>>> {
        let read = async || {
            within("an image", engine::image(self.sandbox.engine(), id))
                .await
                .map(|found| found.map(Arc::new))
        };
        self.image.get(id, read).await
    }

    async fn history(&self, id: &str) -> Answer<Option<Arc<Vec<String>>>> {
        let read = async || {
            within(
                "the history of an image",
                engine::history(self.sandbox.engine(), id),
            )
            .await
            .map(|found| found.map(Arc::new))
        };
        self.history.get(id, read).await
    }

    async fn containers(&self) -> Answer<Arc<Vec<ContainerFact>>> {
        self.containers
            .get_or_init(async || {
                within("the containers", engine::containers(self.sandbox.engine()))
                    .await
                    .map(Arc::new)
            })
            .await
            .clone()
    }

    async fn container(&self, id: &str) -> Answer<Option<Arc<ContainerDetail>>> {
        let read = async || {
            within("a container", engine::container(self.sandbox.engine(), id))
                .await
                .map(|found| found.map(Arc::new))
        };
        self.container.get(id, read).await
    }

    async fn logs(&self, id: &str) -> Answer<Option<Arc<String>>> {
        let read = async || {
            within("the logs of a container", engine::logs(self.sandbox.engine(), id))
                .await
                .map(|found| found.map(Arc::new))
        };
        self.logs.get(id, read).await
    }

    async fn networks(&self) -> Answer<Arc<Vec<NetworkFact>>> {
        let read = async || {
            within("the networks", engine::networks(self.sandbox.engine()))
                .await
                .map(Arc::new)
        };
        self.networks.get_or_init(read).await.clone()
    }

    async fn volumes(&self) -> Answer<Arc<Vec<VolumeFact>>> {
        let read = async || {
            within("the volumes", engine::volumes(self.sandbox.engine()))
                .await
                .map(Arc::new)
        };
        self.volumes.get_or_init(read).await.clone()
    }

    async fn path(&self, path: &str) -> Answer<Arc<PathFact>> {
        self.path.get(path, async || self.read_path(path).await).await
    }

    async fn folder(&self, path: &str) -> Answer<Option<Arc<FolderFact>>> {
        let read = async || {
            self.folders.spend()?;
            match within(&format!("the folder `{path}`"), self.sandbox.agent().look(path)).await? {
                Looked::Folder(listing) => Ok(Some(Arc::new(FolderFact::from_listing(listing)))),
                Looked::Nothing | Looked::File(_) => Ok(None),
            }
        };
        self.folder.get(path, read).await
    }

    async fn archive(&self, path: &str) -> Answer<Arc<ArchiveFact>> {
        let read = async || {
            let file = InWorkspace {
                agent: self.sandbox.agent(),
                path,
            };
            within(&format!("the archive `{path}`"), tar::look(&file))
                .await
                .map(Arc::new)
        };
        self.archive.get(path, read).await
    }

    async fn mode(&self, path: &str) -> Answer<Option<u32>> {
        self.mode.get(path, async || self.read_mode(path).await).await
    }

    async fn commands(&self) -> Answer<Arc<Vec<CommandFact>>> {
        self.commands
            .get_or_init(async || within("the journal", self.journal.commands(self.sandbox.agent())).await)
            .await
            .clone()
    }

    async fn pushed(&self, reference: &str) -> Answer<Option<Pushed>> {
        let pushes = self.pushes.ok_or(FactError::NoRegistry)?;
        let read = async || {
            let found = within("the classroom's registry", pushes.pushed(reference)).await?;
            // What does not look like an image is none: a learner's bytes stand in that registry.
            Ok(found.filter(|pushed| is_id(&pushed.manifest) && is_id(&pushed.image_id)))
        };
        self.pushed.get(reference, read).await
    }

    async fn script(&self, script: &str) -> Answer<Arc<ScriptFact>> {
        let read = async || {
            let mut fact = within("the lesson's check", self.sandbox.agent().script(script)).await?;
            cut_front(&mut fact.output, LOGS_MAX);
            Ok(Arc::new(fact))
        };
        self.script.get(script, read).await
    }

    async fn http(&self, target: &HttpTarget) -> Answer<Arc<HttpFact>> {
        let read = async || Ok(Arc::new(http::ask(self.sandbox.address(), target).await));
        self.http.get(&target.to_string(), read).await
    }

    async fn registry(&self) -> Answer<()> {
        self.pushes.map(drop).ok_or(FactError::NoRegistry)
    }
}

/// A file of the workspace, to be read in pieces.
struct InWorkspace<'a, A> {
    agent: &'a A,
    path: &'a str,
}

impl<A: Agent> tar::Source for InWorkspace<'_, A> {
    async fn piece(&self, from: u64, length: u64) -> Result<Piece, FactError> {
        self.agent.piece(self.path, from, length).await
    }
}

/// The same question, for different things, each asked once.
struct Keyed<T>(Mutex<HashMap<String, Arc<OnceCell<Answer<T>>>>>);

impl<T> Default for Keyed<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Keyed<T> {
    async fn get<F: Future<Output = Answer<T>>>(&self, key: &str, read: impl FnOnce() -> F) -> Answer<T> {
        let cell = {
            // A panic elsewhere leaves the map whole: cells are only ever added.
            let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(cells.entry(key.to_owned()).or_default())
        };
        cell.get_or_init(read).await.clone()
    }
}

/// A question with a deadline.
async fn within<T>(what: &str, question: impl Future<Output = Answer<T>>) -> Answer<T> {
    match timeout(ANSWER, question).await {
        Ok(answer) => answer,
        Err(_) => Err(FactError::TimedOut {
            what: what.to_owned(),
            seconds: ANSWER.as_secs(),
        }),
    }
}
