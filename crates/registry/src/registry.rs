//! The way in: an instance's registries, kept running.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bollard::Docker;
use bollard::exec::StartExecResults;
use bollard::models::ExecConfig;
use futures::StreamExt;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::client::Client;
use crate::host::{Host, name_of};
use crate::keeper::{self, Member};
use crate::names::{LEARNERS, is_learner};
use crate::spec::{DATA, Spec};
use crate::{Config, Error};

/// How long it may take to remove a learner's repositories.
const FORGET: Duration = Duration::from_secs(60);

/// An instance's registries: the classroom's, and a cache for each upstream. They are started, and started again when they end,
/// in the background; where the host engine is away, that is waited for. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Registry {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    host: Host,
    classroom: Arc<Member>,
    caches: BTreeMap<String, Arc<Member>>,
    enabled: bool,
    /// Learners whose repositories could not be removed yet.
    forgotten: Mutex<Vec<String>>,
}

/// How the registries are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether there should be any.
    pub enabled: bool,
    /// Whether the classroom registry answers.
    pub classroom: bool,
    /// Whether each upstream's cache answers, by the host it stands for.
    pub caches: BTreeMap<String, bool>,
    /// Why something does not run, in one sentence.
    pub last_error: Option<String>,
}

impl Registry {
    /// Begins to keep the registries of an instance running, until `stop`. The containers stay after that: who comes next
    /// finds them, and pulls go on. Settings that cannot work are the only failure.
    pub fn start(
        docker: Docker,
        instance: &str,
        config: Config,
        stop: CancellationToken,
    ) -> Result<Self, Error> {
        config.check()?;
        let host = Host::new(docker);
        let classroom = Member::new(Spec::classroom(instance, &config));
        let caches: BTreeMap<_, _> = config
            .upstreams
            .iter()
            .map(|upstream| {
                let spec = Spec::cache(instance, &config, upstream);
                (upstream.host.clone(), Member::new(spec))
            })
            .collect();
        let registry = Self {
            inner: Arc::new(Inner {
                host: host.clone(),
                classroom,
                caches,
                enabled: config.enabled,
                forgotten: Mutex::default(),
            }),
        };
        if config.enabled {
            let heard = watch::Sender::new(0);
            for member in registry.members() {
                tokio::spawn(keeper::tend(
                    host.clone(),
                    config.clone(),
                    Arc::clone(member),
                    heard.subscribe(),
                    stop.clone(),
                ));
            }
            tokio::spawn(keeper::listen(host, instance.to_owned(), heard, stop.clone()));
            tokio::spawn(registry.clone().tidy(instance.to_owned(), stop));
        }
        Ok(registry)
    }

    fn members(&self) -> impl Iterator<Item = &Arc<Member>> {
        std::iter::once(&self.inner.classroom).chain(self.inner.caches.values())
    }

    /// Where the classroom registry answers, while it does.
    pub fn classroom(&self) -> watch::Receiver<Option<SocketAddr>> {
        self.inner.classroom.address.subscribe()
    }

    /// Where the cache of each upstream answers, while it does, by the host that it stands for.
    pub fn caches(&self) -> BTreeMap<String, watch::Receiver<Option<SocketAddr>>> {
        let receiver = |(host, member): (&String, &Arc<Member>)| (host.clone(), member.address.subscribe());
        self.inner.caches.iter().map(receiver).collect()
    }

    /// The classroom registry, while it answers.
    pub fn client(&self) -> Result<Client, Error> {
        let address = *self.inner.classroom.address.borrow();
        address.map(Client::new).ok_or(Error::Away)
    }

    /// How they are.
    pub fn health(&self) -> Health {
        let answers = |member: &Member| member.address.borrow().is_some();
        Health {
            enabled: self.inner.enabled,
            classroom: answers(&self.inner.classroom),
            caches: self
                .inner
                .caches
                .iter()
                .map(|(host, member)| (host.clone(), answers(member)))
                .collect(),
            last_error: self.members().find_map(|member| member.problem()),
        }
    }

    /// Removes all that a learner has pushed. Where the registry does not run just now, that is an error, and it is done as soon
    /// as it runs again. The blobs that nobody names any more go when the registry is started next.
    pub async fn forget(&self, learner: &str) -> Result<(), Error> {
        if !is_learner(learner) {
            return Err(Error::Name {
                text: learner.to_owned(),
                wanted: "a learner's id",
            });
        }
        let done = self.remove(learner).await;
        if done.is_err() {
            self.pending().push(learner.to_owned());
        }
        done
    }

    /// The learners who have pushed something, by their ids, so that what belongs to nobody can be found.
    pub async fn learners(&self) -> Result<Vec<String>, Error> {
        let mut ids: Vec<String> = self
            .client()?
            .repositories(LEARNERS)
            .await?
            .iter()
            .filter_map(|repository| repository.split('/').nth(1).map(str::to_owned))
            .collect();
        ids.dedup();
        Ok(ids)
    }

    fn pending(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.inner
            .forgotten
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The learner's folder, in our own container. The id has been looked at.
    async fn remove(&self, learner: &str) -> Result<(), Error> {
        let path = format!("{DATA}/docker/registry/v2/repositories/{LEARNERS}/{learner}");
        let host = &self.inner.host;
        let command = ["rm", "-rf", "--", &path].map(str::to_owned).to_vec();
        let doing = || format!("remove what learner {learner} pushed");
        let exec = ExecConfig {
            cmd: Some(command),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            ..ExecConfig::default()
        };
        let name = &self.inner.classroom.spec.name;
        if self.inner.classroom.address.borrow().is_none() {
            return Err(Error::Away);
        }
        let id = host.call(doing(), host.docker.create_exec(name, exec)).await?.id;
        let mut said = String::new();
        let started = host.call(doing(), host.docker.start_exec(&id, None)).await?;
        if let StartExecResults::Attached { mut output, .. } = started {
            let reading = async {
                while let Some(Ok(line)) = output.next().await {
                    said.push_str(&String::from_utf8_lossy(&line.into_bytes()));
                }
            };
            let _ = timeout(FORGET, reading).await;
        }
        let exit = host.call(doing(), host.docker.inspect_exec(&id)).await?.exit_code;
        if exit == Some(0) {
            Ok(())
        } else {
            Err(Error::Host(drydock_sandbox::Error::Host {
                doing: doing(),
                why: said.trim().to_owned(),
                status: None,
            }))
        }
    }

    /// Does what was left: removes containers of upstreams that are no longer set, and what of learners could not be removed.
    async fn tidy(self, instance: String, stop: CancellationToken) {
        let tidying = async {
            let mut address = self.classroom();
            let mut old = true;
            while address.wait_for(Option::is_some).await.is_ok() {
                if old {
                    old = self.remove_old(&instance).await.is_err();
                }
                let pending = std::mem::take(&mut *self.pending());
                for learner in pending {
                    if let Err(error) = self.forget(&learner).await {
                        tracing::warn!(%learner, %error, "registry.not_forgotten");
                    }
                }
                if address.changed().await.is_err() {
                    return;
                }
            }
        };
        let _ = stop.run_until_cancelled(tidying).await;
    }

    async fn remove_old(&self, instance: &str) -> Result<(), Error> {
        for container in self.inner.host.registries(instance).await? {
            let Some(name) = name_of(&container) else { continue };
            if self.members().all(|member| member.spec.name != name) {
                self.inner.host.remove_container(&name).await?;
            }
        }
        Ok(())
    }
}
