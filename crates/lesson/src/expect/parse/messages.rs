//! The author's messages, checked against the expectation that they belong to.

use crate::expect::error::ExpectError;
use crate::expect::message::{self, Side};
use crate::expect::{Expectation, keys};

/// Each message can be shown, and each of its placeholders can be filled in.
pub(in crate::expect) fn check(expectation: &Expectation) -> Result<(), ExpectError> {
    let failures = expectation.failures();
    let matcher = expectation.matcher.key();
    for (field, template) in expectation.messages.all() {
        if let Some(field) = field
            && !failures.contains(&field)
        {
            return Err(ExpectError::UselessMessage {
                key: field.to_owned(),
                hint: keys::hint(field, &failures),
            });
        }
        for placeholder in template.placeholders() {
            if matcher == "answer" && placeholder.side == Side::Expected {
                return Err(ExpectError::Placeholder {
                    name: placeholder.to_string(),
                    why: "that would tell the answer; `${actual}` is what was typed".to_owned(),
                });
            }
            let Some(fact) = placeholder.fact.as_deref() else {
                continue;
            };
            let nothing_found = matches!(field, Some("missing" | "unseen"));
            let compared = matches!(
                field,
                None | Some("same_as" | "based_on" | "smaller_than" | "created_after")
            );
            let (facts, nothing): (&[&str], _) = match placeholder.side {
                Side::Actual if nothing_found => (&[], "nothing was found that it could speak of"),
                Side::Expected if !compared => {
                    (&[], "this field is compared with a value, which is `${expected}`")
                }
                side => (
                    message::facts(matcher, side),
                    "there are no such facts of this matcher",
                ),
            };
            if facts.contains(&fact) {
                continue;
            }
            let side = if placeholder.side == Side::Actual {
                "actual"
            } else {
                "expected"
            };
            let why = match keys::nearest(fact, facts.iter().copied()) {
                Some(near) => format!("did you mean `${{{side}.{near}}}`?"),
                None if facts.is_empty() => nothing.to_owned(),
                None => {
                    let list = facts
                        .iter()
                        .map(|fact| format!("`${{{side}.{fact}}}`"))
                        .collect::<Vec<_>>();
                    format!("there are {}", list.join(", "))
                }
            };
            return Err(ExpectError::Placeholder {
                name: placeholder.to_string(),
                why,
            });
        }
    }
    Ok(())
}
