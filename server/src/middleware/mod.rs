//! What every request passes through, one file each.

pub mod headers;
pub mod origin;
