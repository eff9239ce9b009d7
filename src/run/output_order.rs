//! With `-k`: tells the sink which jobs have no output, so that it does not wait for them. Without `-k` it does
//! nothing.

use crate::job::Seq;
use crate::sink::SinkSender;

/// The numbers that the sink must not wait for.
#[derive(Debug)]
pub struct OutputOrder {
    keep_order: bool,
    /// The number that the next job has if none is missing; `None` when jobs come in another order (`--order`).
    next: Option<Seq>,
    sink: SinkSender,
}

impl OutputOrder {
    /// `keep_order` is `-k`, `ordered_start` is `--order`.
    pub fn new(keep_order: bool, ordered_start: bool, sink: SinkSender) -> OutputOrder {
        OutputOrder { keep_order, next: (!ordered_start).then_some(Seq(1)), sink }
    }

    /// A job was read. The numbers before it may be missing, when the jobs come from a joblog (`--retry-failed`).
    pub fn job_read(&mut self, seq: Seq) {
        if let Some(next) = &mut self.next {
            if self.keep_order && seq > *next {
                self.sink.skip_range(*next, Seq(seq.0 - 1));
            }
            *next = Seq(seq.0 + 1);
        }
    }

    /// A job has no output.
    pub fn skip(&self, seq: Seq) {
        if self.keep_order {
            self.sink.skip(seq);
        }
    }

    /// The run stops. With `--order`, the jobs between those in flight will never start. `in_flight` is sorted.
    pub fn skip_unstarted(&self, in_flight: impl IntoIterator<Item = Seq>) {
        if !self.keep_order || self.next.is_some() {
            return;
        }
        let mut from = 1;
        for seq in in_flight {
            if seq.0 > from {
                self.sink.skip_range(Seq(from), Seq(seq.0 - 1));
            }
            from = seq.0 + 1;
        }
    }
}
