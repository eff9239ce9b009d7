//! sys
pub mod output;
