//! One block of a lesson's body.

use drydock_protocol::page::Block;
use leptos::either::EitherOf4;
use leptos::prelude::*;

use super::code::{ConsoleBlock, FileBlock};
use super::exercise::{ExerciseCard, Offers};
use super::steps::Onward;

/// A block of a lesson's body, as what it is.
#[component]
pub(crate) fn BlockView(
    block: Block,
    /// If it is an exercise: what comes after it.
    onward: Option<Onward>,
    /// And what its card offers.
    offers: Offers,
) -> impl IntoView {
    match block {
        Block::Html { html } => EitherOf4::A(view! { <div class="prose" inner_html=html></div> }),
        Block::Console(console) => EitherOf4::B(view! { <ConsoleBlock console /> }),
        Block::File(file) => EitherOf4::C(view! { <FileBlock file /> }),
        Block::Exercise(exercise) => EitherOf4::D(view! { <ExerciseCard exercise onward offers /> }),
    }
}
