//! Registries on the real host engine. `scripts/setup test` and `images/build all` come first.
