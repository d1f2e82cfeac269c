//! "Continue on another device": a code that brings a learner's progress back.

use leptos::prelude::*;

use super::island;
use crate::components::icon::{Glyph, Icon};

/// The button in the header, and the dialog that it opens.
#[component]
pub(crate) fn Recovery() -> impl IntoView {
    let name = "Continue on another device";
    island(
        "recovery",
        view! {
            <button class="icon-button" title=name aria-label=name aria-haspopup="dialog" data-open>
                <Icon glyph=Glyph::Devices />
            </button>
            <dialog class="dialog" aria-labelledby="recovery-title">
                <div class="dialog__head">
                    <h2 class="dialog__title" id="recovery-title">{name}</h2>
                    <button class="icon-button" aria-label="Close" data-close><Icon glyph=Glyph::Cross /></button>
                </div>
                <p>
                    "Your progress belongs to this browser. A code brings it to another one, or back if this one forgets. "
                    "Keep it to yourself: whoever has it continues as you."
                </p>
                <div class="recovery__code">
                    <button class="button" data-make>"Make a code"</button>
                    <output class="recovery__value" hidden></output>
                    <button class="button button--small" data-copy hidden><Icon glyph=Glyph::Copy />"Copy"</button>
                </div>
                <form class="recovery__form">
                    <label class="recovery__label" for="recovery-code">"Have a code from another device?"</label>
                    <div class="recovery__row">
                        <input
                            class="input"
                            id="recovery-code"
                            autocomplete="off"
                            autocapitalize="characters"
                            spellcheck="false"
                        />
                        <button class="button button--main" r#type="submit">"Continue"</button>
                    </div>
                </form>
                <div class="recovery__forget">
                    <button class="button button--small" data-forget>"Forget me…"</button>
                    <div data-sure hidden>
                        <p>
                            "Your progress, your sandbox, your code and everything you pushed to the registry are removed for good. "
                            "Nobody can bring them back."
                        </p>
                        <div class="dialog__buttons">
                            <button class="button" data-keep>"Keep everything"</button>
                            <button class="button button--bad" data-forget-all>"Forget everything"</button>
                        </div>
                    </div>
                </div>
                <p class="dialog__wrong" role="alert"></p>
            </dialog>
        },
    )
}
