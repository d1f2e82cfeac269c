//! A sentence with code in it.

use leptos::either::Either;
use leptos::prelude::*;

use crate::text::{Piece, pieces};

/// A sentence of plain text, with what stands in backticks as code. Never HTML: parts of it may come from a
/// learner's engine.
#[component]
pub(crate) fn Inline(#[prop(into)] text: String) -> impl IntoView {
    pieces(&text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Words(words) => Either::Left(words),
            Piece::Code(code) => Either::Right(view! { <code>{code}</code> }),
        })
        .collect_view()
}
