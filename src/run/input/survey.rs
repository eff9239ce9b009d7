//! The thread that counts the jobs ahead of the reading thread, for the progress.

use crate::input::{JobCount, Survey};
use crate::sys::fault;
use std::sync::{Arc, OnceLock};

const STACK_BYTES: usize = 256 * 1024;

/// The number of all jobs, from the moment when it is counted.
pub type Surveyed = Arc<OnceLock<JobCount>>;

/// Starts the count. Without a thread the number stays unknown. No thread joins this one, because it may block in a
/// read. It ends with the process.
pub fn start(survey: Option<Survey>) -> Surveyed {
    let surveyed = Surveyed::default();
    if let Some(survey) = survey {
        let result = Arc::clone(&surveyed);
        let thread = std::thread::Builder::new().name("survey".into()).stack_size(STACK_BYTES);
        let _ = fault::spawn(thread, move || {
            if let Some(count) = survey.count() {
                let _ = result.set(count);
            }
        });
    }
    surveyed
}
