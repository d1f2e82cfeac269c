//! Facts written by hand, for tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use drydock_lesson::expect::{ContainerState, Health, HttpTarget, Reference};

use super::{
    ArchiveFact, CommandFact, ContainerDetail, ContainerFact, EntryFact, EntryKind, Facts, FolderFact,
    HttpFact, ImageDetail, ImageFact, MountFact, NetworkFact, PathFact, Pushed, ScriptFact, VolumeFact,
};
use crate::error::FactError;

/// What is so.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    pub(crate) images: Vec<ImageFact>,
    pub(crate) details: BTreeMap<String, ImageDetail>,
    pub(crate) history: BTreeMap<String, Vec<String>>,
    pub(crate) containers: Vec<(ContainerFact, ContainerDetail)>,
    pub(crate) networks: Vec<NetworkFact>,
    pub(crate) volumes: Vec<VolumeFact>,
    pub(crate) logs: BTreeMap<String, String>,
    pub(crate) files: BTreeMap<String, (PathFact, u32)>,
    pub(crate) commands: Vec<CommandFact>,
    pub(crate) archives: BTreeMap<String, ArchiveFact>,
    pub(crate) answers: BTreeMap<String, HttpFact>,
    pub(crate) scripts: BTreeMap<String, ScriptFact>,
    /// None: there is no registry.
    pub(crate) pushed: Option<BTreeMap<String, Pushed>>,
    /// Every question is answered with this.
    pub(crate) broken: Option<FactError>,
}

/// An ID that ends in zeros, so that the short one is recognised.
pub(crate) fn id(name: &str) -> String {
    format!("sha256:{name:0<64}")
}

pub(crate) fn image(name: &str, created: i64, size: u64, references: &[&str]) -> ImageFact {
    let references = references
        .iter()
        .map(|text| Reference::from_engine(text).unwrap())
        .collect();
    ImageFact {
        id: id(name),
        references,
        created,
        size,
    }
}

pub(crate) fn container(name: &str, state: ContainerState) -> (ContainerFact, ContainerDetail) {
    let fact = ContainerFact {
        id: format!("{name:c<64}"),
        name: name.to_owned(),
        image: "nginx:1.26".to_owned(),
        image_id: id("a1"),
        state,
        labels: BTreeMap::new(),
        networks: ["bridge".to_owned()].into(),
        volumes: [].into(),
    };
    let detail = ContainerDetail {
        state,
        exit_code: 0,
        health: Health::None,
        ports: Vec::new(),
        unpublished: Vec::new(),
        env: BTreeMap::new(),
        mounts: Vec::<MountFact>::new(),
        networks: ["bridge".to_owned()].into(),
        restart: "no".to_owned(),
        command: vec!["nginx".into(), "-g".into(), "daemon off;".into()],
        args: vec![
            "/docker-entrypoint.sh".into(),
            "nginx".into(),
            "-g".into(),
            "daemon off;".into(),
        ],
    };
    (fact, detail)
}

impl Book {
    fn answer<T>(&self, fact: T) -> Result<T, FactError> {
        self.broken.clone().map_or(Ok(fact), Err)
    }
}

impl Facts for Book {
    async fn images(&self) -> Result<Arc<Vec<ImageFact>>, FactError> {
        self.answer(Arc::new(self.images.clone()))
    }

    async fn image(&self, id: &str) -> Result<Option<Arc<ImageDetail>>, FactError> {
        self.answer(self.details.get(id).cloned().map(Arc::new))
    }

    async fn history(&self, id: &str) -> Result<Option<Arc<Vec<String>>>, FactError> {
        self.answer(self.history.get(id).cloned().map(Arc::new))
    }

    async fn containers(&self) -> Result<Arc<Vec<ContainerFact>>, FactError> {
        self.answer(Arc::new(
            self.containers.iter().map(|(fact, _)| fact.clone()).collect(),
        ))
    }

    async fn container(&self, id: &str) -> Result<Option<Arc<ContainerDetail>>, FactError> {
        let found = self.containers.iter().find(|(fact, _)| fact.id == id);
        self.answer(found.map(|(_, detail)| Arc::new(detail.clone())))
    }

    async fn logs(&self, id: &str) -> Result<Option<Arc<String>>, FactError> {
        self.answer(self.logs.get(id).cloned().map(Arc::new))
    }

    async fn networks(&self) -> Result<Arc<Vec<NetworkFact>>, FactError> {
        self.answer(Arc::new(self.networks.clone()))
    }

    async fn volumes(&self) -> Result<Arc<Vec<VolumeFact>>, FactError> {
        self.answer(Arc::new(self.volumes.clone()))
    }

    async fn path(&self, path: &str) -> Result<Arc<PathFact>, FactError> {
        self.answer(Arc::new(
            self.files
                .get(path)
                .map_or(PathFact::Nothing, |(fact, _)| fact.clone()),
        ))
    }

    async fn folder(&self, path: &str) -> Result<Option<Arc<FolderFact>>, FactError> {
        let mut entries: BTreeMap<&str, EntryFact> = BTreeMap::new();
        let folder = if path.is_empty() {
            String::new()
        } else {
            format!("{path}/")
        };
        for (file, (fact, _)) in &self.files {
            let Some(rest) = file.strip_prefix(&folder) else {
                continue;
            };
            let (name, deeper) = rest
                .split_once('/')
                .map_or((rest, false), |(name, _)| (name, true));
            let (kind, size) = match fact {
                PathFact::File { size, .. } if !deeper => (EntryKind::File, *size),
                _ => (EntryKind::Folder, 0),
            };
            entries.insert(
                name,
                EntryFact {
                    name: name.to_owned(),
                    kind,
                    size,
                },
            );
        }
        let is_folder = path.is_empty()
            || !entries.is_empty()
            || matches!(self.files.get(path), Some((PathFact::Folder, _)));
        self.answer(is_folder.then(|| {
            Arc::new(FolderFact {
                entries: entries.into_values().collect(),
                truncated: false,
            })
        }))
    }

    async fn archive(&self, path: &str) -> Result<Arc<ArchiveFact>, FactError> {
        let found = self.archives.get(path).cloned();
        self.answer(Arc::new(found.unwrap_or(ArchiveFact::Nothing)))
    }

    async fn mode(&self, path: &str) -> Result<Option<u32>, FactError> {
        self.answer(self.files.get(path).map(|(_, mode)| *mode))
    }

    async fn commands(&self) -> Result<Arc<Vec<CommandFact>>, FactError> {
        self.answer(Arc::new(self.commands.clone()))
    }

    async fn pushed(&self, reference: &str) -> Result<Option<Pushed>, FactError> {
        let pushed = self.pushed.as_ref().ok_or(FactError::NoRegistry)?;
        self.answer(pushed.get(reference).cloned())
    }

    async fn script(&self, script: &str) -> Result<Arc<ScriptFact>, FactError> {
        self.answer(Arc::new(self.scripts.get(script).cloned().unwrap_or_default()))
    }

    async fn http(&self, target: &HttpTarget) -> Result<Arc<HttpFact>, FactError> {
        let found = self.answers.get(&target.to_string()).cloned();
        self.answer(Arc::new(found.unwrap_or(HttpFact::Refused)))
    }

    async fn registry(&self) -> Result<(), FactError> {
        self.pushed.as_ref().map(drop).ok_or(FactError::NoRegistry)
    }
}
