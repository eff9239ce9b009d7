//! The reports of a run to the user: the live view while it runs, and a summary at the end.

mod ending;
mod eta;
mod explain;
pub mod failures;
pub mod github;
pub mod live;
pub mod summary;
mod waiting;

pub use live::{Moment, Reporter};
