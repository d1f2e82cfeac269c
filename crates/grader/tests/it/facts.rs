//! Facts that are read through bollard are what the engine says.

use bollard::models::{
    ContainerCreateBody, HostConfig, NetworkCreateRequest, PortBinding, RestartPolicy, RestartPolicyNameEnum,
    VolumeCreateRequest,
};
use bollard::query_parameters::CreateContainerOptionsBuilder;
use drydock_grader::facts::{Facts, ImageFact, Journal, Live, PathFact};
use drydock_lesson::expect::{ContainerState, Expectation, Health, Reference};
use serde_json::json;

use crate::engine::{Corner, with_engine};
use crate::sandbox::Desk;

fn config() -> serde_json::Value {
    json!({
        "Cmd": ["python", "app.py"],
        "Entrypoint": ["/bin/sh", "-c"],
        "Env": ["PORT=8080", "EMPTY="],
        "ExposedPorts": {"8080/tcp": {}, "53/udp": {}},
        "Labels": {"owner": "me"},
        "User": "app",
        "WorkingDir": "/app",
    })
}

#[tokio::test]
async fn images_are_what_the_engine_says() {
    with_engine(async |corner: &Corner| {
        let base = corner.load("base", &["one"], json!({})).await;
        let id = corner.load("v1", &["one", "two"], config()).await;
        corner.tag("v1", "again").await;
        let desk = Desk::new(&corner.docker);
        let journal = Journal::default();
        let facts = Live::new(&desk, &journal, None);

        let images = facts.images().await.unwrap();
        let image = images
            .iter()
            .find(|image| image.id == id)
            .expect("the image is listed");
        let mut names: Vec<String> = image.references.iter().map(Reference::to_string).collect();
        names.sort();
        assert_eq!(names, [corner.reference("again"), corner.reference("v1")]);
        let said = corner.docker.inspect_image(&id).await.unwrap();
        assert_eq!(
            Some(image.size),
            said.size.map(|size| u64::try_from(size).unwrap())
        );
        assert_eq!(image.created, 1_577_934_245);
        assert!(!image.is_dangling());

        let detail = facts.image(&id).await.unwrap().expect("the image is there");
        assert_eq!(Some(detail.layers.clone()), said.root_fs.unwrap().layers);
        assert_eq!(detail.layers.len(), 2);
        assert_eq!(detail.cmd, ["python", "app.py"]);
        assert_eq!(detail.entrypoint, ["/bin/sh", "-c"]);
        assert_eq!(detail.env["PORT"], "8080");
        assert_eq!(detail.env["EMPTY"], "");
        assert_eq!(detail.labels["owner"], "me");
        assert_eq!((detail.user.as_str(), detail.workdir.as_str()), ("app", "/app"));
        assert_eq!(
            detail.exposes.iter().map(String::as_str).collect::<Vec<_>>(),
            ["53/udp", "8080/tcp"]
        );
        let below = facts.image(&base).await.unwrap().expect("the base is there");
        assert!(detail.layers.starts_with(&below.layers));

        let history = facts.history(&id).await.unwrap().expect("the image is there");
        assert_eq!(**history, ["RUN make 0", "RUN make 1"]);

        let gone = format!("sha256:{}", "0".repeat(64));
        assert_eq!(facts.image(&gone).await.unwrap(), None);
        assert_eq!(facts.history(&gone).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn an_image_that_lost_its_name_is_dangling() {
    with_engine(async |corner: &Corner| {
        let first = corner.load("v1", &["one"], json!({})).await;
        let second = corner.load("v1", &["two"], json!({})).await;
        assert_ne!(first, second);
        let desk = Desk::new(&corner.docker);
        let journal = Journal::default();
        let images = Live::new(&desk, &journal, None).images().await.unwrap();
        let dangling = |id: &str| {
            images
                .iter()
                .find(|image| image.id == id)
                .map(ImageFact::is_dangling)
        };
        assert_eq!(dangling(&first), Some(true));
        assert_eq!(dangling(&second), Some(false));
    })
    .await;
}

#[tokio::test]
async fn containers_are_what_the_engine_says() {
    with_engine(async |corner: &Corner| {
        let image_id = corner.load("v1", &["one"], config()).await;
        let name = format!("{}-web", corner.name);
        let bindings = [(
            "80/tcp".to_owned(),
            Some(vec![PortBinding {
                host_ip: None,
                host_port: Some("18080".into()),
            }]),
        )];
        let body = ContainerCreateBody {
            image: Some(corner.reference("v1")),
            env: Some(vec!["MODE=test".into()]),
            cmd: Some(vec!["true".into()]),
            host_config: Some(HostConfig {
                port_bindings: Some(bindings.into()),
                binds: Some(vec![format!("{name}-data:/data:ro")]),
                restart_policy: Some(RestartPolicy {
                    name: Some(RestartPolicyNameEnum::ON_FAILURE),
                    maximum_retry_count: Some(3),
                }),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        };
        let options = CreateContainerOptionsBuilder::default().name(&name).build();
        let id = corner
            .docker
            .create_container(Some(options), body)
            .await
            .unwrap()
            .id;
        let desk = Desk::new(&corner.docker);
        let journal = Journal::default();
        let facts = Live::new(&desk, &journal, None);

        let containers = facts.containers().await.unwrap();
        let container = containers
            .iter()
            .find(|container| container.id == id)
            .expect("the container is listed");
        assert_eq!(container.name, name);
        assert_eq!(container.image, corner.reference("v1"));
        assert_eq!(container.image_id, image_id);

        let detail = facts
            .container(&id)
            .await
            .unwrap()
            .expect("the container is there");
        assert_eq!(
            (detail.state, detail.health, detail.exit_code),
            (ContainerState::Created, Health::None, 0)
        );
        assert_eq!(detail.env["MODE"], "test");
        assert_eq!(
            detail.env["PORT"], "8080",
            "the image's variables are the container's too"
        );
        assert_eq!(
            detail.ports.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["18080:80"]
        );
        assert_eq!(detail.restart, "on-failure:3");
        assert_eq!(detail.command, ["true"]);
        assert_eq!(detail.args, ["/bin/sh", "-c", "true"]);
        assert_eq!(detail.mounts.len(), 1);
        assert_eq!(detail.mounts[0].source, format!("{name}-data"));
        assert!(detail.mounts[0].read_only);
        assert!(
            detail.networks.contains("bridge") || detail.networks.contains("default"),
            "{:?}",
            detail.networks
        );
        assert_eq!(
            facts.logs(&id).await.unwrap().as_deref().map(String::as_str),
            Some("")
        );
        assert_eq!(facts.container(&"0".repeat(64)).await.unwrap(), None);
        assert_eq!(facts.logs(&"0".repeat(64)).await.unwrap(), None);

        let yaml = format!(
            "{{container: {name}, image: '{}', ports: '18080:80', mounts: /data}}",
            corner.reference("v1")
        );
        let expectation: Expectation = serde_saphyr::from_str(&yaml).unwrap();
        let exercise = crate::watch::exercise(vec![expectation]);
        let mut memory = drydock_grader::Memory::default();
        let verdict = drydock_grader::evaluate(&exercise, &facts, &mut memory, 0).await;
        assert!(verdict.passed, "{verdict:?}");
    })
    .await;
}

#[tokio::test]
async fn networks_volumes_and_projects_are_what_the_engine_says() {
    with_engine(async |corner: &Corner| {
        corner.load("v1", &["one"], json!({})).await;
        let name = &corner.name;
        let network = NetworkCreateRequest {
            name: format!("{name}-back"),
            internal: Some(true),
            labels: Some([("tier".to_owned(), "back".to_owned())].into()),
            ..NetworkCreateRequest::default()
        };
        corner.docker.create_network(network).await.unwrap();
        let volume = VolumeCreateRequest {
            name: Some(format!("{name}-data")),
            labels: Some([("owner".to_owned(), "me".to_owned())].into()),
            ..VolumeCreateRequest::default()
        };
        corner.docker.create_volume(volume).await.unwrap();
        let labels = [("project", name.as_str()), ("service", "web"), ("oneoff", "False")];
        let body = ContainerCreateBody {
            image: Some(corner.reference("v1")),
            cmd: Some(vec!["true".into()]),
            labels: Some(
                labels
                    .map(|(key, value)| (format!("com.docker.compose.{key}"), value.to_owned()))
                    .into(),
            ),
            host_config: Some(HostConfig {
                binds: Some(vec![format!("{name}-data:/data")]),
                network_mode: Some(format!("{name}-back")),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        };
        let options = CreateContainerOptionsBuilder::default()
            .name(&format!("{name}-web-1"))
            .build();
        corner.docker.create_container(Some(options), body).await.unwrap();

        let desk = Desk::new(&corner.docker);
        let journal = Journal::default();
        for (yaml, field) in [
            (format!("{{network: {name}-back, driver: bridge, internal: true, attached: {name}-web-1, labels: {{tier: back}}}}"), None),
            (format!("{{network: {name}-back, internal: false}}"), Some("internal")),
            (format!("{{network: {name}-back, attached: {name}-db}}"), Some("attached")),
            (format!("network: {name}-front"), Some("missing")),
            (format!("{{volume: {name}-data, driver: local, attached: {name}-web-1, labels: [owner]}}"), None),
            (format!("{{volume: {name}-data, labels: {{owner: you}}}}"), Some("labels")),
            (format!("{{volume: {name}-data, attached: {name}-db}}"), Some("attached")),
            (format!("{{compose: {name}, services: {{web: created}}}}"), None),
            (format!("{{compose: {name}, services: {{web: running}}}}"), Some("services")),
            (format!("compose: {name}-other"), Some("missing")),
        ] {
            let expectation: Expectation = serde_saphyr::from_str(&yaml).unwrap();
            let exercise = crate::watch::exercise(vec![expectation]);
            let facts = Live::new(&desk, &journal, None);
            let mut memory = drydock_grader::Memory::default();
            let verdict = drydock_grader::evaluate(&exercise, &facts, &mut memory, 0).await;
            assert_eq!(verdict.outcomes[0].field.as_deref(), field, "{yaml}: {verdict:?}");
            assert_eq!(verdict.passed, field.is_none(), "{yaml}: {verdict:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn files_and_commands_are_what_the_agent_says() {
    let docker = bollard::Docker::connect_with_defaults().unwrap();
    let desk = Desk::new(&docker);
    let journal = Journal::default();
    desk.write("app.py", &b"print(1)\n\xff"[..], 0o755);
    desk.run("docker images", 0);
    let facts = Live::new(&desk, &journal, None);
    let text = PathFact::File {
        size: 10,
        text: "print(1)\n\u{fffd}".into(),
    };
    assert_eq!(*facts.path("app.py").await.unwrap(), text);
    assert_eq!(*facts.path("other").await.unwrap(), PathFact::Nothing);
    assert_eq!(facts.mode("app.py").await.unwrap(), Some(0o755));
    assert_eq!(facts.commands().await.unwrap().len(), 1);
    // One round stays as it is; the next one goes on where the journal was left.
    desk.run("docker ps", 1);
    assert_eq!(facts.commands().await.unwrap().len(), 1);
    let next = Live::new(&desk, &journal, None);
    assert_eq!(next.commands().await.unwrap().last().unwrap().exit, 1);
    assert_eq!(next.commands().await.unwrap().len(), 2);
}
