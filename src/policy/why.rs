//! Why the limit is what it is. The live view, the decision log, the metrics and the report all speak from this.

use super::AutoWhy;
use std::fmt;

/// The reason of a decision, with the figures that led to it.
#[derive(Clone, Debug, PartialEq)]
pub enum Why {
    /// The limit at the start.
    Initial,
    /// The user fixed it.
    Fixed,
    /// `auto` found it.
    Auto(AutoWhy),
}

impl Why {
    /// A stable name for machines to read: the `reason` counted in the metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Why::Initial => "initial",
            Why::Fixed => "fixed",
            Why::Auto(why) => why.kind(),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Initial => f.write_str("start"),
            Why::Fixed => f.write_str("fixed by -j"),
            Why::Auto(why) => why.fmt(f),
        }
    }
}
