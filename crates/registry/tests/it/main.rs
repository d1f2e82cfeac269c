//! Registries on the real host engine. `scripts/setup test` and `images/build registry` come first.

mod archives;
mod elsewhere;
mod filling;
mod keeping;
mod made;
mod place;
mod upstream;
