//! Docker's own commands in a sandbox, where nothing outside can be reached by anybody.

use anyhow::{Context, Result, ensure};
use drydock_system_tests::engine::{Engine, in_own_network};
use drydock_system_tests::{Browser, Drydock, Options};

/// There is no network here but the test's own: nothing outside can be reached, by nobody.
#[tokio::test]
async fn dockers_own_commands_work_without_the_internet() -> Result<()> {
    if in_own_network("dockers_own_commands_work_without_the_internet")? {
        return Ok(());
    }
    let mut engine = Engine::new()?;
    engine.start().await?;
    for image in ["drydock/sandbox:latest", "drydock/registry:latest"] {
        engine.bring(image)?;
    }
    let drydock = Drydock::start(Options {
        settings: vec![("DOCKER_HOST".to_owned(), engine.address())],
        ..Options::default()
    })
    .await?;
    engine
        .docker(["tag", "drydock/registry:latest", "ghcr.io/example/tool:1"])
        .map_err(anyhow::Error::msg)?;
    drydock
        .run([
            "images",
            "push",
            "images/python_3.13-slim.tar",
            "images/nginx_1.22.tar",
            "images/busybox_latest.tar",
            "ghcr.io/example/tool:1",
        ])
        .await?;
    let learner = drydock.browser()?;
    learner.start_sandbox().await?;

    pulls(&learner).await?;
    searches(&learner).await?;
    builds(&learner).await?;
    // A namespace of one's own: push, look, lose, pull back.
    let said = learner
        .run("docker push registry.example.com/team/app:v1")
        .await?;
    ensure!(said.contains("v1: digest: sha256:"), "{said}");
    let said = learner
        .run("docker manifest inspect registry.example.com/team/app:v1")
        .await?;
    ensure!(said.contains("\"layers\""), "{said}");
    let said = learner.run("docker manifest inspect python:3.13-slim").await?;
    ensure!(said.contains("\"layers\""), "{said}");
    let id = learner
        .run("docker image inspect --format '{{.Id}}' registry.example.com/team/app:v1")
        .await?;
    learner
        .run("docker rmi registry.example.com/team/app:v1 >/dev/null")
        .await?;
    learner
        .run("docker pull -q registry.example.com/team/app:v1")
        .await?;
    let back = learner
        .run("docker image inspect --format '{{.Id}}' registry.example.com/team/app:v1")
        .await?;
    ensure!(id == back, "{id} came back as {back}");

    // Nobody pushes over the classroom's images.
    let said = learner
        .refused("docker tag app:buildx python:3.13-slim && docker push python:3.13-slim")
        .await?;
    ensure!(
        said.contains("denied: requested access to the resource is denied"),
        "{said}"
    );

    // And another learner has none of it.
    let other = drydock.browser()?;
    other.start_sandbox().await?;
    let said = other
        .refused("docker pull registry.example.com/team/app:v1")
        .await?;
    ensure!(!said.contains("Downloaded"), "{said}");
    other.run("docker pull -q busybox && docker tag busybox registry.example.com/team/app:v1 && docker push -q registry.example.com/team/app:v1").await?;
    learner.run("docker rmi -f registry.example.com/team/app:v1 >/dev/null; docker pull -q registry.example.com/team/app:v1").await?;
    let back = learner
        .run("docker image inspect --format '{{.Id}}' registry.example.com/team/app:v1")
        .await?;
    ensure!(id == back, "the other's push has changed it");

    // Gone with the learner.
    learner
        .request(reqwest::Method::DELETE, "/api/v1/learner")
        .send()
        .await?
        .error_for_status()?;
    let held = engine
        .docker([
            "volume",
            "inspect",
            "--format",
            "{{.Mountpoint}}",
            &format!("drydock-{}-registry", drydock.instance()),
        ])
        .map_err(anyhow::Error::msg)?;
    let learners = std::path::Path::new(held.trim()).join("docker/registry/v2/repositories/learners");
    let left = std::fs::read_dir(&learners)
        .with_context(|| learners.display().to_string())?
        .count();
    ensure!(left == 1, "{left} learners have something in the registry");
    Ok(())
}

/// Pulling.
async fn pulls(learner: &Browser) -> Result<()> {
    // Pulling, by tag and by digest, under each of an image's names.
    let said = learner
        .run("docker rmi nginx:1.22 >/dev/null; docker pull nginx:1.22")
        .await?;
    ensure!(
        said.contains("Status: Downloaded newer image for nginx:1.22"),
        "{said}"
    );
    let digest = learner
        .run("docker image inspect --format '{{index .RepoDigests 0}}' nginx:1.22")
        .await?;
    let said = learner
        .run(&format!(
            "docker rmi -f nginx:1.22 >/dev/null; docker pull {digest}"
        ))
        .await?;
    ensure!(
        said.contains("Status: Downloaded newer image for nginx@sha256:"),
        "{said}"
    );
    let said = learner.run("docker pull docker.io/library/busybox").await?;
    ensure!(said.contains("docker.io/library/busybox:latest"), "{said}");

    let said = learner.run("docker pull ghcr.io/example/tool:1").await?;
    ensure!(said.contains("ghcr.io/example/tool:1"), "{said}");

    // What is not there, is said not to be, and what looks like it.
    let said = learner.refused("docker pull nginx:9.99").await?;
    ensure!(said.contains("manifest") && said.contains("1.22"), "{said}");
    let said = learner.refused("docker pull ngnix").await?;
    ensure!(
        said.contains("pull access denied for ngnix") && said.contains("nginx"),
        "{said}"
    );
    let said = learner.refused("docker pull ghcr.io/nobody/nothing").await?;
    ensure!(said.contains("denied") || said.contains("not found"), "{said}");
    Ok(())
}

/// Searching.
async fn searches(learner: &Browser) -> Result<()> {
    let said = learner.run("docker search python").await?;
    ensure!(
        said.starts_with("NAME") && said.contains("STARS") && said.contains("[OK]"),
        "{said}"
    );
    let said = learner
        .run("docker search --limit 1 --format '{{.Name}}' --filter is-official=true n")
        .await?;
    ensure!(said.lines().count() == 1, "{said}");
    let said = learner
        .run("docker search --filter stars=1000000 --format '{{.Name}}' python")
        .await?;
    ensure!(said.is_empty(), "{said}");
    Ok(())
}

/// Building, in each of the three ways, and composing.
async fn builds(learner: &Browser) -> Result<()> {
    learner
        .run("mkdir -p app && printf 'FROM python:3.13-slim\\nRUN echo built > /built\\nCMD [\"cat\", \"/built\"]\\n' > app/Dockerfile")
        .await?;
    learner
        .run("docker build --pull -q -t registry.example.com/team/app:v1 app")
        .await?;
    learner
        .run("docker buildx build --no-cache -q -t app:buildx app")
        .await?;
    learner
        .run("DOCKER_BUILDKIT=0 docker build --no-cache -q -t app:classic app")
        .await?;
    for image in ["registry.example.com/team/app:v1", "app:buildx", "app:classic"] {
        let told = learner
            .run(&format!(
                "docker history --no-trunc {image}; docker image inspect {image}"
            ))
            .await?;
        // A digest may have the port's digits.
        ensure!(
            !told.to_lowercase().contains("proxy") && !told.contains(":3128"),
            "{image}: {told}"
        );
    }
    let said = learner
        .run("docker run --rm registry.example.com/team/app:v1")
        .await?;
    ensure!(said == "built\n", "{said}");

    // Compose.
    learner
        .run("mkdir -p stack && printf 'services:\\n  web:\\n    image: busybox\\n' > stack/compose.yaml && docker rmi busybox >/dev/null && docker compose -f stack/compose.yaml pull && docker image inspect busybox >/dev/null")
        .await?;
    Ok(())
}
