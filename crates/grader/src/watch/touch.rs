//! Which events can change what an expectation finds.

use bollard::models::{EventMessage, EventMessageTypeEnum};
use drydock_lesson::expect::{Expectation, Matcher, Reference};
use drydock_protocol::agent::{AgentEvent, EngineStatus, Journalled};

use crate::evaluate::Exercise;

/// What may be different now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Anything.
    Everything,
    /// Images: made, named, unnamed, removed.
    Images,
    /// What stands in the classroom's registry.
    Pushes,
    /// Containers, and with them what they write, what they are attached to and what they mount.
    Containers,
    /// Networks: made, removed, and who is on them.
    Networks,
    /// Volumes: made and removed.
    Volumes,
    /// These files; none named means any.
    Files(Vec<String>),
    /// The journal, and whatever else the command did: not everything that an engine does makes an event.
    Command,
}

impl Change {
    /// What an event of the engine's may have changed. None for those that change nothing that is asked for: a health check
    /// runs a command every few seconds.
    pub(super) fn by_engine(event: &EventMessage) -> Option<Self> {
        let action = event.action.as_deref().unwrap_or_default();
        match event.typ {
            Some(EventMessageTypeEnum::IMAGE) if action == "save" => None,
            Some(EventMessageTypeEnum::IMAGE) if action == "push" => Some(Self::Pushes),
            // A build that is not tagged may end with nothing but its own event.
            Some(EventMessageTypeEnum::IMAGE | EventMessageTypeEnum::BUILDER) => Some(Self::Images),
            Some(EventMessageTypeEnum::CONTAINER) => {
                let idle = [
                    "exec_",
                    "attach",
                    "detach",
                    "resize",
                    "top",
                    "archive-path",
                    "export",
                ];
                if idle.iter().any(|prefix| action.starts_with(prefix)) {
                    None
                } else if action == "commit" {
                    Some(Self::Images)
                } else {
                    Some(Self::Containers)
                }
            }
            Some(EventMessageTypeEnum::NETWORK) => Some(Self::Networks),
            // Mounting is the container's doing, which makes events of its own.
            Some(EventMessageTypeEnum::VOLUME) if !matches!(action, "mount" | "unmount") => {
                Some(Self::Volumes)
            }
            _ => None,
        }
    }

    /// What an event of the agent's may have changed.
    pub(super) fn by_agent(event: &AgentEvent) -> Option<Self> {
        match event {
            AgentEvent::Journal(entry) => match &entry.what {
                Journalled::Ran { .. } => Some(Self::Command),
                Journalled::Saved { path } => Some(Self::Files(vec![path.clone()])),
            },
            AgentEvent::Files { paths } => Some(Self::Files(paths.clone())),
            AgentEvent::Engine(EngineStatus::Ready { .. }) => Some(Self::Everything),
            AgentEvent::Engine(_) => None,
        }
    }

    /// Whether it can change a verdict of this exercise.
    pub(super) fn touches(&self, exercise: &Exercise) -> bool {
        exercise
            .expect
            .iter()
            .any(|expectation| self.touches_matcher(&expectation.matcher))
    }

    fn touches_matcher(&self, matcher: &Matcher) -> bool {
        match (self, matcher) {
            (Self::Everything, _)
            // Which names the engine has is a part of what is said of the registry.
            | (Self::Images, Matcher::Image(_) | Matcher::Dangling(_) | Matcher::Registry(_))
            | (Self::Pushes, Matcher::Registry(_))
            | (
                Self::Containers,
                Matcher::Container(_) | Matcher::Network(_) | Matcher::Volume(_) | Matcher::Compose(_) | Matcher::Http(_),
            )
            | (Self::Networks, Matcher::Network(_))
            | (Self::Volumes, Matcher::Volume(_)) => true,
            // Files have events of their own, and answers come from the page.
            (Self::Command, matcher) => !matches!(
                matcher,
                Matcher::File(_) | Matcher::Dockerfile(_) | Matcher::BuildContext(_) | Matcher::Archive(_) | Matcher::Answer(_)
            ),
            (Self::Images, Matcher::Container(container)) => container.image.is_some(),
            (Self::Images, Matcher::Archive(archive)) => archive.same_as.is_some(),
            (Self::Networks, Matcher::Container(container)) => container.networks.is_some(),
            (Self::Files(paths), Matcher::File(file)) => any_holds(paths, &file.path),
            (Self::Files(paths), Matcher::Dockerfile(file)) => any_holds(paths, &file.path),
            (Self::Files(paths), Matcher::Archive(file)) => any_holds(paths, &file.path),
            (Self::Files(paths), Matcher::BuildContext(folder)) => {
                let inside = |path: &String| folder.path.is_empty() || is_or_holds(&folder.path, path);
                any_holds(paths, &folder.path) || paths.iter().any(inside)
            }
            _ => false,
        }
    }
}

/// Whether one of the changed paths, or any where none is named, is that file or a folder on the way to it.
fn any_holds(changed: &[String], file: &str) -> bool {
    changed.is_empty() || changed.iter().any(|path| is_or_holds(path, file))
}

/// Whether a changed path is that file, or a folder on the way to it.
fn is_or_holds(changed: &str, file: &str) -> bool {
    let changed = changed.trim_start_matches("./").trim_end_matches('/');
    file.strip_prefix(changed)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether an event of the engine's proves that what an expectation wants absent was there: an image or a container may come
/// and go between two evaluations. Only for expectations that ask for the name alone.
pub(super) fn witnesses(event: &EventMessage, expectation: &Expectation) -> bool {
    if !expectation.absent || !expectation.matcher.asked().is_empty() {
        return false;
    }
    let Some(actor) = &event.actor else { return false };
    let attribute = |name: &str| {
        actor
            .attributes
            .as_ref()
            .and_then(|attributes| attributes.get(name))
    };
    // A volume is known by nothing but its name.
    let id = actor
        .id
        .as_ref()
        .filter(|_| event.typ == Some(EventMessageTypeEnum::VOLUME));
    let Some(name) = id.or_else(|| attribute("name")) else {
        return false;
    };
    match (&expectation.matcher, event.typ) {
        (Matcher::Container(container), Some(EventMessageTypeEnum::CONTAINER)) => {
            container.name.matches(name)
        }
        (Matcher::Network(network), Some(EventMessageTypeEnum::NETWORK)) => network.name.matches(name),
        (Matcher::Volume(volume), Some(EventMessageTypeEnum::VOLUME)) => volume.name.matches(name),
        (Matcher::Compose(compose), Some(EventMessageTypeEnum::CONTAINER)) => {
            attribute("com.docker.compose.project").is_some_and(|project| compose.project.matches(project))
        }
        (Matcher::Image(image), Some(EventMessageTypeEnum::IMAGE)) => {
            let made = matches!(
                event.action.as_deref(),
                Some("pull" | "tag" | "load" | "import" | "create")
            );
            made && Reference::from_engine(name).is_some_and(|reference| image.reference.matches(&reference))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use bollard::models::{EventActor, EventMessage, EventMessageTypeEnum};
    use drydock_lesson::expect::Expectation;
    use drydock_protocol::agent::{AgentEvent, JournalEntry, Journalled};
    use drydock_protocol::page::Check;

    use super::{Change, witnesses};
    use crate::evaluate::Exercise;

    fn expectation(yaml: &str) -> Expectation {
        serde_saphyr::from_str(yaml).unwrap()
    }

    fn touched(change: &Change, yaml: &str) -> bool {
        let exercise = Exercise {
            id: "x".into(),
            points: 1,
            check: Check::Live,
            expect: vec![expectation(yaml)],
        };
        change.touches(&exercise)
    }

    fn event(typ: EventMessageTypeEnum, action: &str, name: &str) -> EventMessage {
        let attributes = HashMap::from([("name".to_owned(), name.to_owned())]);
        EventMessage {
            typ: Some(typ),
            action: Some(action.to_owned()),
            actor: Some(EventActor {
                id: None,
                attributes: Some(attributes),
            }),
            ..EventMessage::default()
        }
    }

    #[test]
    fn an_event_touches_what_it_can_change_and_nothing_else() {
        assert!(touched(&Change::Images, "image: nginx"));
        assert!(touched(&Change::Images, "dangling: true"));
        assert!(!touched(&Change::Images, "container: web"));
        assert!(
            touched(&Change::Images, "{container: web, image: nginx}"),
            "a tag may name its image"
        );
        assert!(!touched(&Change::Containers, "image: nginx"));
        assert!(touched(&Change::Command, "ran: docker"));
        assert!(
            touched(&Change::Command, "image: nginx"),
            "some of what an engine does makes no event"
        );
        assert!(!touched(&Change::Command, "file: x"));
        assert!(!touched(&Change::Command, "{answer: How many?, is: 3}"));
        assert!(touched(&Change::Everything, "file: x"));
        // What a script does itself must not lead to its being run again.
        assert!(
            touched(&Change::Command, "script: 'true'") && !touched(&Change::Containers, "script: 'true'")
        );
        assert!(!touched(&Change::Files(Vec::new()), "script: 'true'"));
        assert!(touched(&Change::Networks, "network: back"));
        assert!(touched(&Change::Networks, "{container: web, networks: back}"));
        assert!(!touched(&Change::Networks, "container: web"));
        assert!(touched(&Change::Volumes, "volume: data"));
        assert!(!touched(&Change::Volumes, "network: back"));
        assert!(touched(&Change::Containers, "{volume: data, attached: db}"));
        assert!(touched(&Change::Containers, "compose: shop"));
        assert!(!touched(&Change::Images, "compose: shop"));
        assert!(touched(&Change::Containers, "http: 8080") && touched(&Change::Command, "http: 8080"));
        assert!(!touched(&Change::Images, "http: 8080"));
        let pushed = "registry: registry.example.com/me/app:v1";
        assert!(touched(&Change::Pushes, pushed) && touched(&Change::Command, pushed));
        assert!(touched(&Change::Images, pushed), "it may be tagged now");
        assert!(!touched(&Change::Pushes, "image: nginx") && !touched(&Change::Containers, pushed));
    }

    #[test]
    fn files_are_told_apart_by_path() {
        let change = |paths: &[&str]| Change::Files(paths.iter().map(|&path| path.to_owned()).collect());
        assert!(touched(&change(&["app/Dockerfile"]), "file: app/Dockerfile"));
        assert!(
            touched(&change(&["app"]), "file: app/Dockerfile"),
            "a folder was moved"
        );
        assert!(touched(&change(&[]), "file: app/Dockerfile"), "many files");
        assert!(!touched(&change(&["ap"]), "file: app/Dockerfile"));
        assert!(!touched(&change(&["other"]), "file: app/Dockerfile"));
        assert!(!touched(&change(&["app"]), "image: app"));
        assert!(touched(
            &change(&["app/Dockerfile"]),
            "dockerfile: app/Dockerfile"
        ));
        assert!(!touched(&change(&["app/app.py"]), "dockerfile: app/Dockerfile"));
        assert!(touched(&change(&["a.tar"]), "archive: a.tar"));
        assert!(!touched(&change(&["b.tar"]), "archive: a.tar"));
        assert!(!touched(&Change::Images, "archive: a.tar") && !touched(&Change::Command, "archive: a.tar"));
        assert!(
            touched(&Change::Images, "{archive: a.tar, same_as: nginx}"),
            "what it is compared with"
        );
        assert!(touched(&change(&["app/x/y"]), "build_context: app"));
        assert!(touched(&change(&["x/y"]), "build_context: ."));
        assert!(
            touched(&change(&["a"]), "build_context: a/b"),
            "a folder was moved"
        );
        assert!(!touched(&change(&["apple/x"]), "build_context: app"));
        assert!(!touched(&Change::Command, "build_context: ."));
    }

    #[test]
    fn what_a_health_check_does_changes_nothing() {
        use EventMessageTypeEnum::{CONTAINER, IMAGE, NETWORK, VOLUME};
        assert_eq!(
            Change::by_engine(&event(CONTAINER, "exec_start: /bin/check", "web")),
            None
        );
        assert_eq!(
            Change::by_engine(&event(CONTAINER, "health_status: healthy", "web")),
            Some(Change::Containers)
        );
        assert_eq!(
            Change::by_engine(&event(CONTAINER, "commit", "web")),
            Some(Change::Images)
        );
        assert_eq!(
            Change::by_engine(&event(IMAGE, "tag", "a:b")),
            Some(Change::Images)
        );
        assert_eq!(
            Change::by_engine(&event(NETWORK, "connect", "back")),
            Some(Change::Networks)
        );
        assert_eq!(
            Change::by_engine(&event(IMAGE, "push", "registry.example.com/a:b")),
            Some(Change::Pushes)
        );
        assert_eq!(Change::by_engine(&event(IMAGE, "save", "a:b")), None);
        assert_eq!(Change::by_engine(&event(VOLUME, "mount", "data")), None);
        assert_eq!(
            Change::by_engine(&event(VOLUME, "create", "data")),
            Some(Change::Volumes)
        );
    }

    #[test]
    fn commands_and_saved_files_are_told_apart() {
        let journal = |what| AgentEvent::Journal(JournalEntry { seq: 1, at: 0, what });
        let ran = Journalled::Ran {
            terminal: "main".into(),
            command: "ls".into(),
            exit: 0,
        };
        assert_eq!(Change::by_agent(&journal(ran)), Some(Change::Command));
        let saved = Journalled::Saved { path: "x".into() };
        assert_eq!(
            Change::by_agent(&journal(saved)),
            Some(Change::Files(vec!["x".into()]))
        );
    }

    #[test]
    fn what_comes_and_goes_at_once_has_been_seen() {
        use EventMessageTypeEnum::{CONTAINER, IMAGE};
        let gone = expectation("absent: {container: 'job-*'}");
        assert!(witnesses(&event(CONTAINER, "destroy", "job-1"), &gone));
        assert!(!witnesses(&event(CONTAINER, "destroy", "web"), &gone));
        assert!(!witnesses(
            &event(CONTAINER, "destroy", "job-1"),
            &expectation("container: job-1")
        ));
        let failed = expectation("absent: {container: 'job-*', exit_code: 1}");
        assert!(
            !witnesses(&event(CONTAINER, "destroy", "job-1"), &failed),
            "more is asked than the name"
        );
        let network = expectation("absent: {network: back}");
        assert!(witnesses(
            &event(EventMessageTypeEnum::NETWORK, "create", "back"),
            &network
        ));
        assert!(!witnesses(&event(CONTAINER, "create", "back"), &network));
        let mut made = event(EventMessageTypeEnum::VOLUME, "create", "");
        made.actor.as_mut().unwrap().id = Some("data".into());
        assert!(witnesses(&made, &expectation("absent: {volume: data}")));
        let image = expectation("absent: {image: nginx}");
        assert!(witnesses(&event(IMAGE, "tag", "nginx:latest"), &image));
        assert!(!witnesses(&event(IMAGE, "untag", "sha256:00"), &image));
    }
}
