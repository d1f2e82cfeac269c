//! The icons: drawn for Drydock on a grid of 16, one stroke, in the colour of the text around them.

#[cfg(feature = "ssr")]
use leptos::prelude::*;

/// What an icon shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Glyph {
    /// Not yet.
    Ring,
    /// Done.
    Tick,
    /// Some of it is done.
    Half,
    /// Run.
    Play,
    /// Copy.
    Copy,
    /// Save.
    Save,
    /// A hint.
    Lamp,
    /// Look again.
    Again,
    /// Add.
    Plus,
    /// Close.
    Cross,
    /// Further choices.
    Dots,
    /// Downwards, for what opens.
    Down,
    /// Onwards.
    Right,
    /// Backwards.
    Left,
    /// A list.
    List,
    /// A terminal.
    Prompt,
    /// Keys.
    Keyboard,
    /// A page of text.
    Page,
    /// The theme follows the system.
    Auto,
    /// Light theme.
    Sun,
    /// Dark theme.
    Moon,
    /// Other devices.
    Devices,
    /// Something is wrong.
    Alert,
    /// Good to know.
    Info,
    /// Time.
    Clock,
    /// Stop.
    Stop,
    /// Images: layers upon each other.
    Layers,
    /// Containers.
    Boxes,
    /// A page in a browser.
    Window,
    /// One above the other.
    Split,
}

impl Glyph {
    /// The path that draws it.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Ring => "M8 2.25a5.75 5.75 0 1 1 0 11.5a5.75 5.75 0 0 1 0-11.5z",
            Self::Tick => "M8 2.25a5.75 5.75 0 1 1 0 11.5a5.75 5.75 0 0 1 0-11.5zM5.4 8.2l1.8 1.8l3.4-3.9",
            Self::Half => {
                "M8 2.25a5.75 5.75 0 1 1 0 11.5a5.75 5.75 0 0 1 0-11.5zM8 2.25v11.5M10.4 3.2v9.6M12.6 5v6"
            }
            Self::Play => "M5 3.2v9.6l7.6-4.8z",
            Self::Copy => "M5.75 5.75h7.5v7.5h-7.5zM3.75 10.25h-1v-7.5h7.5v1",
            Self::Save => "M8 2.5v7.2M4.9 6.9L8 10l3.1-3.1M2.75 10.5v2.75h10.5V10.5",
            Self::Lamp => {
                "M6.25 11.25c0-1.6-2-2.2-2-4.75a3.75 3.75 0 0 1 7.5 0c0 2.55-2 3.15-2 4.75zM6.5 13.75h3"
            }
            Self::Again => "M13 8a5 5 0 1 1-1.5-3.55M13 2.25v2.75h-2.75",
            Self::Plus => "M8 3v10M3 8h10",
            Self::Cross => "M4 4l8 8M12 4l-8 8",
            Self::Dots => {
                "M3 8a.4.4 0 1 0 .8 0a.4.4 0 1 0-.8 0M7.6 8a.4.4 0 1 0 .8 0a.4.4 0 1 0-.8 0M12.2 8a.4.4 0 1 0 .8 0a.4.4 0 1 0-.8 0"
            }
            Self::Down => "M4 6.25l4 4l4-4",
            Self::Right => "M6.25 4l4 4l-4 4",
            Self::Left => "M9.75 4l-4 4l4 4",
            Self::List => "M6 4h7.5M6 8h7.5M6 12h7.5M2.75 4h.01M2.75 8h.01M2.75 12h.01",
            Self::Prompt => "M2.5 4l4 4l-4 4M8 12.25h5.5",
            Self::Keyboard => {
                "M1.75 4h12.5v8.25H1.75zM4.5 6.75h.01M7 6.75h.01M9.5 6.75h.01M12 6.75h.01M5 9.5h6"
            }
            Self::Page => "M4 2.25h5.25L12.5 5.5v8.25H4zM6.5 7.5h3.5M6.5 10.25h3.5",
            Self::Auto => "M2.25 3h11.5v7.75H2.25zM5.75 13.5h4.5M8 10.75v2.75",
            Self::Sun => {
                "M8 5.25a2.75 2.75 0 1 1 0 5.5a2.75 2.75 0 0 1 0-5.5zM8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M12.6 3.4l-.7.7M4.1 11.9l-.7.7"
            }
            Self::Moon => "M13.25 9.5A5.75 5.75 0 0 1 6.5 2.75a5.5 5.5 0 1 0 6.75 6.75z",
            Self::Devices => "M1.75 3h9.5v6h-9.5zM1 11.5h6M10.25 6.5h4v7h-4zM12.25 11.5h.01",
            Self::Alert => "M8 2.25l6.25 11H1.75zM8 6.5v3M8 11.5h.01",
            Self::Info => "M8 2.25a5.75 5.75 0 1 1 0 11.5a5.75 5.75 0 0 1 0-11.5zM8 7.5v3.5M8 5.25h.01",
            Self::Clock => "M8 2.25a5.75 5.75 0 1 1 0 11.5a5.75 5.75 0 0 1 0-11.5zM8 5v3.25l2.25 1.25",
            Self::Stop => "M4 4h8v8H4z",
            Self::Layers => "M8 2.25l6 3l-6 3l-6-3zM2.5 8.25l5.5 2.75l5.5-2.75M2.5 11l5.5 2.75L13.5 11",
            Self::Boxes => "M2.25 8.25h5.25v5.25H2.25zM8.5 8.25h5.25v5.25H8.5zM5.25 2.25h5.5v5h-5.5z",
            Self::Window => "M2 3h12v10H2zM2 6h12M4.25 4.5h.01M6 4.5h.01",
            Self::Split => "M2 2.75h12v10.5H2zM2 8h12",
        }
    }
}

/// An icon beside words, or inside a button that has a name: assistive technology skips it.
#[cfg(feature = "ssr")]
#[component]
pub(crate) fn Icon(glyph: Glyph) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
            <path d=glyph.path()></path>
        </svg>
    }
}
