//! What the conductor hears of, and what it does about signals and at regular times.

pub mod jobs_file;
pub mod limit_command;
pub mod memsuspend;
pub mod periodic;
mod signal_events;
pub mod signals;

use crate::run::input::reader::Input;
use crate::run::worker::attempt_finished::AttemptFinished;
use crate::sink::SinkEvent;
use adaptive_pool::pool::DecisionRecord;
use crossbeam_channel::Receiver;
use signals::SignalThread;

/// The channels that the conductor receives from.
pub struct EventSources {
    /// The reading thread.
    pub input: Receiver<Input>,
    /// The workers.
    pub finished: Receiver<AttemptFinished>,
    /// The sink.
    pub sink: Receiver<SinkEvent>,
    /// The policy.
    pub decisions: Receiver<DecisionRecord>,
    /// The kernel.
    pub signals: SignalThread,
}
