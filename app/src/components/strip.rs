//! The strip that shows the product itself: pictures of a lesson at work, which `make screenshots` takes.

use leptos::prelude::*;

use crate::site::Assets;

/// What is to be seen, for those who do not see it.
const WHAT: &str = "A lesson at work. On one side the text, with an exercise whose conditions are ticked; on the other \
                    a terminal in which Docker has just listed the images that the exercise asks for.";

/// A picture in each theme, of which the style sheet shows the one that fits; on narrow pages that of a narrow page.
/// Nothing where the pictures are not built.
#[component]
pub(crate) fn Strip(assets: Assets) -> impl IntoView {
    let address = |name: &str| assets.files.get(name).map(|served| format!("/assets/{served}"));
    let picture = |theme: &'static str| {
        let wide = address(&format!("lesson-{theme}.webp"))?;
        let narrow = address(&format!("lesson-phone-{theme}.webp"))?;
        // Those that are not shown are not loaded either: they are lazy, and never come near the window.
        Some(view! {
            <picture class=format!("strip__picture strip__picture--{theme}")>
                <source media="(max-width: 760px)" srcset=narrow width="390" height="600" />
                <img src=wide width="1280" height="590" alt=WHAT loading="lazy" decoding="async" />
            </picture>
        })
    };
    let pictures: Option<Vec<_>> = ["light", "dark"].into_iter().map(picture).collect();
    pictures.map(|pictures| view! { <figure class="strip">{pictures}</figure> })
}
