//! Expectations as authors write them: what is read, what is refused and how, and the labels.

use std::time::Duration;

use super::{Bounds, Expectation, Matcher, Mode};

fn read(yaml: &str) -> Result<Expectation, String> {
    serde_saphyr::from_str(yaml).map_err(|error| error.to_string())
}

/// What is said of an expectation in a list, as in a lesson; with the line and column.
fn refused(yaml: &str) -> String {
    let item = format!("- {}", yaml.replace('\n', "\n  "));
    let error = serde_saphyr::from_str::<Vec<Expectation>>(&item).expect_err("refused");
    let text = error.without_snippet().to_string();
    assert!(error.location().is_some(), "no place: {text}");
    text
}

#[test]
fn an_expectation_with_everything_that_all_may_have() {
    let expectation = read(
        r#"
image: "*:v1.0"
same_as: python:3.13-slim
points: 2
mode: hold
within: 10s
label: your own tag
else:
  missing: "No image is tagged `v1.0`."
  same_as: "`${actual.reference}` is ${actual.id}, not ${expected.id}."
"#,
    )
    .unwrap();
    assert_eq!(expectation.points, 2);
    assert_eq!(expectation.mode, Mode::Hold);
    assert_eq!(expectation.within, Some(Duration::from_secs(10)));
    assert_eq!(expectation.label(), "your own tag");
    assert_eq!(expectation.failures(), ["missing", "same_as"]);
    assert!(!expectation.absent);
}

#[test]
fn keys_come_in_any_order_and_image_is_a_field_of_a_container() {
    for yaml in [
        "container: web\nimage: nginx\nstate: running",
        "state: running\nimage: nginx\ncontainer: web",
    ] {
        let expectation = read(yaml).unwrap();
        let Matcher::Container(container) = expectation.matcher else {
            panic!("{yaml}")
        };
        assert_eq!(container.image.unwrap().to_string(), "nginx:latest");
    }
}

#[test]
fn a_mode_is_about_keeping_or_about_a_file() {
    let expectation = read("file: run.sh\nmode: 0755").unwrap();
    let Matcher::File(file) = &expectation.matcher else {
        panic!()
    };
    assert_eq!(file.mode.unwrap().0, 0o755);
    assert_eq!(expectation.mode, Mode::Keep);
    assert_eq!(read("file: run.sh\nmode: hold").unwrap().mode, Mode::Hold);
    assert!(refused("image: a\nmode: 0755").contains("`image` has no field `mode`"));
    assert!(refused("image: a\nmode: keeps").contains("`keep` and `hold`"));
}

#[test]
fn absent_wraps_a_matcher() {
    let expectation =
        read("absent: { image: nginx:1.22 }\npoints: 3\nelse: { present: still here }").unwrap();
    assert!(expectation.absent);
    assert_eq!(expectation.failures(), ["present", "unseen"]);
    assert!(refused("absent: { image: a, points: 2 }").contains("put it beside `absent:`"));
    assert!(refused("absent: { image: a }\nimage: b").contains("stand side by side"));
    assert!(refused("absent: { image: a }\nsize: 1MB").contains("belongs inside `absent:`"));
}

#[test]
fn dangling_false_is_none_at_all() {
    let Matcher::Dangling(dangling) = read("dangling: false").unwrap().matcher else {
        panic!()
    };
    assert_eq!(dangling.count, Some(Bounds::exactly(0)));
    assert!(refused("dangling: false\ncount: 2").contains("already"));
}

#[test]
fn short_forms_are_lists_of_one() {
    let expectation = read(
        "image: my-app\nexposes: 80\nenv: [PORT, MODE=x]\nlabels: {version: 1.10, owner: ~}\ncmd: [python, app.py]\nhistory: {has: pip install}",
    )
    .unwrap();
    let Matcher::Image(image) = expectation.matcher else {
        panic!()
    };
    assert_eq!(image.exposes.unwrap().0.len(), 1);
    assert_eq!(image.env.unwrap().0["MODE"].as_deref(), Some("x"));
    assert_eq!(
        image.labels.unwrap().0["version"].as_deref(),
        Some("1.10"),
        "as written, not as a number"
    );
    assert_eq!(image.history.unwrap().has.len(), 1);
}

#[test]
fn what_is_wrong_is_said_with_its_place_and_help() {
    let all = [
        "image: nginx\nsame-as: other",
        "imgae: nginx",
        "points: 3",
        "image: nginx\nfile: x",
        "container: web\nlayers: 3",
        "image: nginx\nsize: {max: 10 parsecs}",
        "image: nginx\nlayers: {min: 3, max: 1}",
        "image: Nginx",
        "file: ../etc/passwd",
        "ran: docker (pull",
        "image: nginx\nelse: { smae_as: no }",
        "image: nginx\nelse: { missing: '${actual.id}' }",
        "image: nginx\nsame_as: a\nelse: { same_as: '${actual.idd}' }",
        "image: nginx\nelse: '${VERSION} is missing'",
        "image: nginx\nwithin: 1h",
        "image: nginx\ncreated_after: Next Tuesday",
        "container: web\nstate: runing",
        "container: web\nlogs: { hsa: x }",
        "network: back\ninternal: maybe",
        "volume: data\ninternal: true",
        "volume: data\ndrivr: local",
        "compose: shop\nservices: { web: runing }",
        "compose: shop\nservices: []",
        "dockerfile: Dockerfile\nbefore: '^COPY'",
        "dockerfile: Dockerfile\nno_latest: false",
        "dockerfile: Dockerfile\nexec_fom: true",
        "dockerfile: Dockerfile\nfinal_from: Nginx",
        "dockerfile: Dockerfile\ncopies_from: [a b]",
        "dockerfile: ../Dockerfile",
        "build_context: /etc",
        "build_context: .\nexcludes: ['*.log']",
        "build_context: .\nsize: {max: much}",
        "archive: ../nginx.tar",
        "archive: nginx.tar\nholds_image: Nginx",
        "archive: nginx.tar\nholds: nginx",
        "archive: nginx.tar\nis_filesystem: false",
        "archive: nginx.tar\nis_filesystem: true\nholds_image: nginx",
        "archive: nginx.tar\nelse: { syntax: no }",
        "http: localhost:8080",
        "http: {port: 99999}",
        "http: {prot: 80}",
        "http: 8080\nstatsu: 200",
        "script: ''",
        "script: 'true'\nstatus: 0",
        "registry: me/app:v1",
        "registry: registry.example.com/me/app:v1\nlayers: 3",
    ]
    .map(|yaml| format!("{}\n=> {}", yaml.replace('\n', " ⏎ "), refused(yaml)))
    .join("\n\n");
    insta::assert_snapshot!(all);
}

#[test]
fn labels_read_well() {
    let all = [
        "image: nginx:1.26",
        "{image: 'my-nginx:v1.0', same_as: 'nginx:1.26'}",
        "{image: '*:v1.0', same_as: 'python:3.13-slim'}",
        "{image: 'nginx:*', count: 2}",
        "{image: 'nginx:*', count: {min: 2}}",
        "{image: 'web', based_on: 'nginx:1.26', layers: {max: 9}, size: {max: 90MB}}",
        "{image: 'app', user: non-root, workdir: /app, exposes: [80, 53/udp]}",
        "{image: 'app', env: {A: b}, labels: [owner], cmd: [python, app.py], created_after: start}",
        "{image: 'app', history: {has_not: 'COPY\\s+\\.'}}",
        "absent: {image: 'nginx:1.22'}",
        "absent: {container: '*', state: exited}",
        "dangling: true",
        "dangling: false",
        "{dangling: true, count: {min: 2}}",
        "absent: {dangling: true}",
        "container: web",
        "{container: web, image: nginx, state: [running, paused], ports: ['8080:80']}",
        "{container: 'job-*', exit_code: 0, logs: {has: done}}",
        "{container: db, health: healthy, mounts: ['data:/var/lib'], networks: back, restart: always}",
        "network: back",
        "{network: back, driver: bridge, internal: true, attached: [web, db], labels: {tier: back}}",
        "{network: 'shop_*', internal: false}",
        "absent: {network: back}",
        "{volume: data, driver: local, attached: db, labels: [owner]}",
        "absent: {volume: '*', labels: {temporary: ~}}",
        "compose: shop",
        "{compose: shop, services: {web: running, db: [running, exited], cache: ~}}",
        "{compose: '*', services: [web, db]}",
        "registry: registry.example.com/me/app:v1",
        "{registry: 'registry.example.com/*/nginx:1.26', same_as: 'nginx:1.26'}",
        "absent: {registry: 'registry.example.com/me/app:v1'}",
        "file: Dockerfile",
        "{file: Dockerfile, has: ['^FROM\\s+python', '^CMD'], has_not: latest}",
        "{file: run.sh, mode: 0755, size: {max: 1kB}}",
        "dockerfile: web/Dockerfile",
        "{dockerfile: Dockerfile, stages: {min: 2}, final_from: 'nginx:*', copies_from: '*', user: non-root}",
        "{dockerfile: Dockerfile, copies_from: [build, 'busybox:1.37'], before: ['^COPY\\s+req', '^RUN pip', '^COPY \\. '], no_latest: true, exec_form: true}",
        "build_context: .",
        "{build_context: site/, excludes: [node_modules, ./.env], size: {max: 1MB}}",
        "archive: nginx.tar",
        "{archive: nginx.tar, holds_image: 'nginx:1.26', same_as: 'nginx:1.26'}",
        "{archive: root.tar, is_filesystem: true}",
        "absent: {archive: root.tar}",
        "script: test -f a",
        "{script: \"# why\\ngrep -q b a\", exit: 1}",
        "http: 8080",
        "{http: 8080/health, status: 200}",
        "{http: {port: 80, path: '/a?b=c'}, status: {min: 400}, has: ['^<h1>', hello]}",
        "absent: {http: 8080}",
        "ran: '^docker\\s+images\\b'",
        "{ran: 'docker inspect .*nginx', exit: 0}",
    ]
    .map(|yaml| format!("{yaml}\n=> {}", read(yaml).unwrap().label()))
    .join("\n");
    insta::assert_snapshot!(all);
}

#[test]
fn help_stands_on_a_line_of_its_own() {
    use serde_saphyr::{MessageFormatter, UserMessageFormatter};
    for yaml in ["imgae: nginx", "image: Nginx", "image: nginx\nsame-as: other"] {
        let error = serde_saphyr::from_str::<Expectation>(yaml).expect_err("refused");
        let text = UserMessageFormatter
            .format_message(error.without_snippet())
            .into_owned();
        assert!(text.contains("\nhelp: "), "{text}");
    }
}
