//! The dividers: between the text and the workbench, and between terminals and panels in it.

use leptos::prelude::*;

use super::island;

/// The one between the text and the workbench.
#[component]
pub(crate) fn Divider() -> impl IntoView {
    island(
        "divider",
        view! { <Separator label="Width of the text" controls="lesson" orientation=Orientation::Vertical /> },
    )
}

/// How a line runs, as ARIA names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Orientation {
    /// Between what stands one above the other.
    Horizontal,
    /// Between what stands side by side.
    Vertical,
}

/// A separator that can be moved, as ARIA has it.
#[component]
pub(crate) fn Separator(
    label: &'static str,
    /// The id of what becomes larger or smaller with it.
    controls: &'static str,
    orientation: Orientation,
) -> impl IntoView {
    let (class, orientation) = match orientation {
        Orientation::Horizontal => ("divider divider--row", "horizontal"),
        Orientation::Vertical => ("divider", "vertical"),
    };
    view! {
        <div
            class=class
            role="separator"
            tabindex="0"
            aria-orientation=orientation
            aria-label=label
            aria-controls=controls
            aria-valuemin="28"
            aria-valuemax="74"
            aria-valuenow="54"
        ></div>
    }
}
