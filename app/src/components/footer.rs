//! The foot of every page.

use leptos::prelude::*;

/// One line: what this is, and its version.
#[component]
pub(crate) fn Footer(version: String) -> impl IntoView {
    view! {
        <footer class="footer">
            <p>{format!("Drydock {version}")}</p>
            <p>"Every learner has an engine of their own."</p>
        </footer>
    }
}
