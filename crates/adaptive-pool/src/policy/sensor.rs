//! The trait that a sensor implements.

use super::reading::Reading;
use crate::time::Time;
use std::sync::Arc;

/// Reads the machine, on its own thread.
pub trait Sensor: Send {
    /// One reading at `now`. A figure that cannot be read is `None`. It must take at most some milliseconds.
    fn read(&mut self, now: Time) -> Reading;
    /// A probe of the run queue between two readings. Called once, after the first reading. The default is `None`.
    fn run_queue_probe(&mut self) -> Option<RunQueueProbe> {
        None
    }
    /// A function that each worker thread calls once, before its first task: a sensor can register the threads to read. Called
    /// once, before the first worker starts. The default is `None`.
    fn on_thread_start(&mut self) -> Option<OnThreadStart> {
        None
    }
}

/// Called once by each worker thread, before its first task.
pub type OnThreadStart = Arc<dyn Fn() + Send + Sync>;

/// Returns the number of threads on the machine that want a CPU at this moment, without the caller; `None` when unknown. It is
/// called under the lock of the pool, so it must take only microseconds.
pub type RunQueueProbe = Box<dyn FnMut() -> Option<f64> + Send>;
