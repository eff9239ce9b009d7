//! The sources of events for the conductor, and the pure decisions on signals and periodic work.

pub mod job_pool;
pub mod jobs_file;
pub mod limit_command;
pub mod memsuspend;
pub mod periodic;
pub mod signal_events;
pub mod signals;
pub mod suspend;

use crate::run::input::message::InputMessage;
use crate::run::worker::attempt_finished::AttemptFinished;
use crate::sink::SinkEvent;
use adaptive_pool::pool::DecisionRecord;
use crossbeam_channel::Receiver;
use signals::SignalThread;

/// The channels that the conductor receives from.
pub struct EventSources {
    /// The reading thread.
    pub input: Receiver<InputMessage>,
    /// The workers.
    pub finished: Receiver<AttemptFinished>,
    /// The sink.
    pub sink: Receiver<SinkEvent>,
    /// The policy.
    pub decisions: Receiver<DecisionRecord>,
    /// The signals from the kernel.
    pub signals: SignalThread,
}
