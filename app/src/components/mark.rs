//! Drydock's mark: a container held between the walls of a dock.

use leptos::prelude::*;

/// The mark alone. The same drawing is `app/public/icon.svg`.
#[component]
pub(crate) fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path class="mark__dock" d="M2 6v11a4 4 0 0 0 4 4h12a4 4 0 0 0 4-4V6"></path>
            <path class="mark__hull" d="M8 7h8a1.5 1.5 0 0 1 1.5 1.5v5.5a1.5 1.5 0 0 1-1.5 1.5h-8a1.5 1.5 0 0 1-1.5-1.5v-5.5a1.5 1.5 0 0 1 1.5-1.5z"></path>
            <path class="mark__ribs" d="M9.5 9.5v3.5M12 9.5v3.5M14.5 9.5v3.5"></path>
        </svg>
    }
}
