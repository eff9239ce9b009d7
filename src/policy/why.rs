//! Why the limit is what it is. The live view, the decision log, the metrics and the report all speak from this.

use std::fmt;

/// The reason of a decision, with the figures that led to it.
#[derive(Clone, Debug, PartialEq)]
pub enum Why {
    /// The limit at the start.
    Initial,
    /// The user fixed it.
    Fixed,
    /// The system refused a start while so many ran.
    SpawnRefused {
        /// Tasks (or threads) that there were.
        running: u32,
    },
    /// The bounds were moved.
    Bounds {
        /// The lower one.
        min: u32,
        /// The upper one.
        max: u32,
    },
}

impl Why {
    /// A stable name for machines to read: the `reason` counted in the metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Why::Initial => "initial",
            Why::Fixed => "fixed",
            Why::SpawnRefused { .. } => "spawn_refused",
            Why::Bounds { .. } => "bounds",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Initial => f.write_str("start"),
            Why::Fixed => f.write_str("fixed by -j"),
            Why::SpawnRefused { running } => write!(f, "a start was refused with {running} running"),
            Why::Bounds { min, max } => write!(f, "bounds {min} to {max}"),
        }
    }
}
