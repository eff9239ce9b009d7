//! exec
pub mod capture;
pub mod spec;
pub use capture::Capture;
pub use spec::Stream;
