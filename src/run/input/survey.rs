//! The thread that counts the jobs ahead of the reading thread, for the progress.

use crate::input::{JobCount, Survey};
use crate::sys::fault;
use std::sync::{Arc, Mutex, PoisonError};

const STACK_BYTES: usize = 256 * 1024;

/// The number of all jobs, as far as it is known.
#[derive(Clone, Debug, Default)]
pub struct Surveyed(Arc<Mutex<Option<JobCount>>>);

impl Surveyed {
    /// The number, once it is counted or estimated.
    pub fn get(&self) -> Option<JobCount> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, count: JobCount) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(count);
    }
}

/// Starts the count. Without a thread the number stays unknown. No thread joins this one, because it may block in a
/// read. It ends with the process.
pub fn start(survey: Option<Survey>) -> Surveyed {
    let surveyed = Surveyed::default();
    if let Some(survey) = survey {
        let result = surveyed.clone();
        let thread = std::thread::Builder::new().name("survey".into()).stack_size(STACK_BYTES);
        let _ = fault::spawn(thread, move || {
            survey.count(|count| result.set(count));
        });
    }
    surveyed
}
