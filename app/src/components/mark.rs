//! Drydock's mark: a container held between the walls of a dock.

use leptos::prelude::*;

/// The mark alone. The same drawing is `app/public/icon.svg`.
#[component]
pub(crate) fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path class="mark__dock" d="M2 6v11a4 4 0 0 0 4 4h12a4 4 0 0 0 4-4V6"></path>
            <path class="mark__hull" d="M6.5 6.5h11v6.25a3.75 3.75 0 0 1-3.75 3.75h-3.5a3.75 3.75 0 0 1-3.75-3.75z"></path>
            <path class="mark__ribs" d="M10.25 9v4.5M13.75 9v4.5"></path>
        </svg>
    }
}
