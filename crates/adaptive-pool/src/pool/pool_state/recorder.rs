//! The decisions that are recorded for the observer.

use crate::policy::Why;
use crate::pool::hooks::{DecisionEvent, DecisionRecord};

/// Collects the records of decisions until the coordinator takes them.
#[derive(Debug)]
pub(super) struct Recorder {
    /// There is an observer. Without one, records are dropped.
    observed: bool,
    /// The kind of the last reason.
    last_kind: &'static str,
    records: Vec<DecisionRecord>,
}

impl Recorder {
    pub(super) fn new(observed: bool) -> Recorder {
        Recorder { observed, last_kind: Why::Initial.kind(), records: Vec::new() }
    }

    /// The kind of record for a decision; `None` when nothing new is to be recorded.
    pub(super) fn event(&self, guarded: bool, moved: bool, why: &Why) -> Option<DecisionEvent> {
        let new_kind = why.kind() != self.last_kind;
        match (guarded, moved) {
            (true, moved) if moved || new_kind => Some(DecisionEvent::Guard),
            (false, true) => Some(DecisionEvent::Adjustment),
            (false, false) if new_kind => Some(DecisionEvent::Hold),
            _ => None,
        }
    }

    pub(super) fn push(&mut self, kind: &'static str, record: impl FnOnce() -> DecisionRecord) {
        self.last_kind = kind;
        if self.observed {
            self.records.push(record());
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub(super) fn take(&mut self) -> Vec<DecisionRecord> {
        std::mem::take(&mut self.records)
    }
}
