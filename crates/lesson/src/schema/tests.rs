//! That the schemas know every key, take the lessons of this repository, and refuse what is broken.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::*;

/// As much of JSON Schema as the schemas use: None if the value is as it should be, else where it is not.
fn refused(root: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root
            .pointer(reference.trim_start_matches('#'))
            .expect("a reference leads somewhere");
        return refused(root, target, value, at);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let all: Option<Vec<String>> = any
            .iter()
            .map(|schema| refused(root, schema, value, at))
            .collect();
        return all.map(|all| all.join(" / "));
    }
    if let Some(allowed) = schema["enum"].as_array() {
        return (!allowed.contains(value)).then(|| format!("{at}: {value} is not among {allowed:?}"));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let is_right = match &schema["type"] {
        Value::String(one) => one == kind,
        Value::Array(many) => many.iter().any(|one| one == kind),
        _ => true,
    };
    if !is_right {
        return Some(format!("{at}: {kind} and not {}", schema["type"]));
    }
    if value
        .as_str()
        .is_some_and(|text| (text.len() as u64) < schema["minLength"].as_u64().unwrap_or(0))
    {
        return Some(format!("{at}: it is empty"));
    }
    if let Some(number) = value.as_u64() {
        let (least, most) = (schema["minimum"].as_u64(), schema["maximum"].as_u64());
        if least.is_some_and(|least| number < least) || most.is_some_and(|most| number > most) {
            return Some(format!("{at}: {number} is out of bounds"));
        }
    }
    if let Some(items) = value.as_array().filter(|_| schema["items"].is_object()) {
        let mut items = items.iter().enumerate();
        return items
            .find_map(|(number, item)| refused(root, &schema["items"], item, &format!("{at}[{number}]")));
    }
    let object = value.as_object().filter(|_| schema["properties"].is_object())?;
    let required = schema["required"].as_array().into_iter().flatten();
    for key in required.filter_map(Value::as_str) {
        if !object.contains_key(key) {
            return Some(format!("{at}: `{key}` is missing"));
        }
    }
    object
        .iter()
        .find_map(|(key, value)| match schema["properties"].get(key) {
            Some(schema) => refused(root, schema, value, &format!("{at}.{key}")),
            None => (schema["additionalProperties"] == json!(false))
                .then(|| format!("{at}: `{key}` is not known")),
        })
}

fn check(kind: Schema, yaml: &str) -> Option<String> {
    let value: Value = serde_saphyr::from_str(yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
    let schema = kind.to_json();
    refused(&schema, &schema, &value, kind.name())
}

#[test]
fn every_key_is_described() {
    let exercise = Schema::Exercise.to_json();
    let quiz = Schema::Quiz.to_json();
    let lists: [(&[&str], Value); 8] = [
        (parse::quiz::keys(), quiz.clone()),
        (
            parse::quiz::choice_keys(),
            quiz["properties"]["choices"]["items"].clone(),
        ),
        (parse::front::keys(), Schema::Lesson.to_json()),
        (
            parse::front::sandbox_keys(),
            Schema::Lesson.to_json()["properties"]["sandbox"].clone(),
        ),
        (course::keys(), Schema::Course.to_json()),
        (parse::exercise::keys(), exercise.clone()),
        (
            parse::exercise::hint_keys(),
            exercise["properties"]["hints"]["items"].clone(),
        ),
        (
            parse::exercise::pitfall_keys(),
            exercise["properties"]["pitfalls"]["items"].clone(),
        ),
    ];
    for (keys, schema) in lists {
        assert!(!keys.is_empty());
        for key in keys {
            assert!(
                schema["properties"][key]["description"].is_string(),
                "`{key}` is not described"
            );
        }
    }
    for matcher in grammar::MATCHERS {
        assert!(select(matcher).is_some(), "`{matcher}` is not described");
        for name in grammar::fields_of(matcher) {
            let described = field(matcher, name).is_some_and(|field| field["description"].is_string());
            assert!(described, "`{name}` of `{matcher}` is not described");
        }
    }
    assert_eq!(common().len(), grammar::COMMON.len());
}

#[test]
fn the_lessons_of_this_repository_are_as_the_schemas_say() {
    let content = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content");
    let mut exercises = 0;
    for course in fs::read_dir(content).unwrap() {
        let course = course.unwrap().path();
        let list = fs::read_to_string(course.join("course.yaml")).unwrap();
        assert_eq!(check(Schema::Course, &list), None);
        for lesson in fs::read_dir(course).unwrap() {
            let Ok(text) = fs::read_to_string(lesson.unwrap().path().join("lesson.md")) else {
                continue;
            };
            let (front, body) = text.trim_start_matches("---\n").split_once("\n---\n").unwrap();
            assert_eq!(check(Schema::Lesson, front), None);
            for exercise in body.split("\n```exercise ").skip(1) {
                let (_, yaml) = exercise.split_once('\n').unwrap();
                let (yaml, _) = yaml.split_once("\n```\n").unwrap();
                assert_eq!(check(Schema::Exercise, yaml), None, "{yaml}");
                exercises += 1;
            }
        }
    }
    assert!(exercises > 0);
}

#[test]
fn what_is_broken_is_refused() {
    let course = "title: A\nsummary: b\nlessons: [01-a]\n";
    assert_eq!(check(Schema::Course, course), None);
    let broken = |what: &str, with: &str| check(Schema::Course, &course.replace(what, with));
    assert!(broken("title", "titel").unwrap().contains("`title` is missing"));
    assert!(broken("[01-a]", "01-a").unwrap().contains("string and not"));

    let exercise = "goal: Do it\nexpect:\n  - image: a\n    size: { max: 3MB }\n    else: { missing: No }\n  - absent: { container: web }\n    mode: hold\nhints: [{ ask: true, text: x }]\nsolution: a\n";
    assert_eq!(check(Schema::Exercise, exercise), None);
    for (what, with) in [
        ("image: a", "imgae: a"),
        ("size:", "siez:"),
        ("max: 3MB", "most: 3MB"),
        ("mode: hold", "mode: never"),
        ("container: web", "container: web, colour: red"),
        ("ask: true", "ask: soon"),
        ("solution: a", "solution: ''"),
        ("solution: a", "solution: a\npoints: 3"),
    ] {
        assert!(
            check(Schema::Exercise, &exercise.replace(what, with)).is_some(),
            "{with}"
        );
    }
}
