//! run
pub mod atomic;
pub mod decision_log;
pub mod document;
pub mod ending;
pub mod halt;
pub mod joblog;
pub mod os;
pub mod parse;
pub mod results;
pub mod resume;
pub mod retry;
