//! The job pool of make, ninja or cargo above apool: one job runs without a token, and each further job needs one.
//!
//! A token is kept while another job takes its place, and is given back when fewer jobs run.

use crate::sys::fault;
use crate::sys::token_pool::TokenPool;
use adaptive_pool::policy::{Admit, Guard, Observation, Why};
use adaptive_pool::time::Time;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How soon a start that waits for a token is tried again. The thread of the pool holds the token meanwhile.
const RETRY: Duration = Duration::from_millis(5);
/// How long the thread waits for a token before it checks whether one is still wanted.
const WAIT: Duration = Duration::from_millis(100);

/// The tokens of this run. They are given back when it is dropped.
#[derive(Debug)]
pub struct JobPool {
    /// `None`: the pool has one place, and apool has it (`make -j1`).
    tokens: Option<TokenPool>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    held: Vec<u8>,
    /// A job waits for a token.
    wanted: bool,
    /// The pool has gone: no token comes any more.
    lost: bool,
}

impl JobPool {
    /// No token is held.
    pub fn new(tokens: Option<TokenPool>) -> Arc<JobPool> {
        Arc::new(JobPool { tokens, state: Mutex::default(), changed: Condvar::new() })
    }

    /// Starts the thread that waits for tokens. Other clients wait in the kernel, which wakes the one that waits when a
    /// token comes. A client that only asks from time to time would get none. The thread ends after the last user of
    /// `self` is dropped.
    pub fn start(self: &Arc<JobPool>) -> io::Result<()> {
        if self.tokens.is_none() {
            return Ok(());
        }
        let pool = Arc::downgrade(self);
        fault::spawn(
            std::thread::Builder::new().name("job-pool".into()).stack_size(128 * 1024),
            move || {
                while let Some(pool) = pool.upgrade() {
                    pool.wait_for_token();
                }
            },
        )?;
        Ok(())
    }

    /// Waits until a token is wanted and there, or for [`WAIT`].
    fn wait_for_token(&self) {
        let Some(tokens) = &self.tokens else { return };
        let state = self.state();
        let state = self.changed.wait_timeout_while(state, WAIT, |state| !state.wanted);
        let (state, _) = state.unwrap_or_else(PoisonError::into_inner);
        let wanted = state.wanted && !state.lost;
        drop(state);
        if wanted && tokens.wait(WAIT) {
            let mut state = self.state();
            // The job may have been started by the token of another one.
            if state.wanted && self.take(&mut state) {
                state.wanted = false;
            }
        }
    }

    /// Takes a token from the pool. False when there is none.
    fn take(&self, state: &mut State) -> bool {
        let Some(tokens) = self.tokens.as_ref().filter(|_| !state.lost) else { return false };
        let Ok(token) = tokens.take() else {
            state.lost = true;
            return false;
        };
        state.held.extend(token);
        token.is_some()
    }

    /// Whether one more job may start beside `running`.
    fn admit(&self, running: u32) -> bool {
        let mut state = self.state();
        let may = running as usize <= state.held.len() || self.take(&mut state);
        if state.wanted == may {
            state.wanted = !may;
            self.changed.notify_one();
        }
        may
    }

    /// Gives back the tokens that `running` jobs do not need.
    fn keep(&self, running: u32) {
        let mut state = self.state();
        let needed = running.saturating_sub(1) as usize;
        // Without a job that runs, none waits for a token.
        state.wanted &= running > 0;
        if let Some(tokens) = self.tokens.as_ref().filter(|_| state.held.len() > needed) {
            state.held.drain(needed..).for_each(|token| tokens.give(token));
        }
    }

    /// No job waits to be started.
    fn nothing_waits(&self, running: u32) {
        self.state().wanted = false;
        self.keep(running);
    }

    fn is_wanted(&self) -> bool {
        self.state().wanted
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for JobPool {
    fn drop(&mut self) {
        self.keep(0);
    }
}

/// The guard that asks for the tokens.
#[derive(Debug)]
pub struct JobPoolGuard(pub Arc<JobPool>);

impl Guard for JobPoolGuard {
    fn cap(&mut self, observation: &Observation<'_>) -> Option<(u32, Why)> {
        if observation.queued == 0 {
            self.0.nothing_waits(observation.running);
        }
        self.0.is_wanted().then_some((observation.running.max(1), Why::NoToken))
    }

    fn admit(&mut self, _now: Time, running: u32) -> Admit {
        if self.0.admit(running) { Admit::Yes } else { Admit::After(RETRY) }
    }

    fn ended(&mut self, _now: Time, running: u32) {
        self.0.keep(running);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::events::pipe;
    use std::os::fd::AsRawFd;

    #[test]
    fn each_job_beyond_the_first_has_a_token() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pool");
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR)
            .unwrap();
        let open = || TokenPool::named(path.as_os_str().as_encoded_bytes()).unwrap();
        let make = open();
        make.give(b'a');
        make.give(b'b');
        let pool = JobPool::new(Some(open()));
        assert!(pool.admit(0) && pool.admit(1) && pool.admit(2));
        assert!(!pool.admit(3));
        assert_eq!(make.take().unwrap(), None);
        pool.keep(2);
        assert!(make.take().unwrap().is_some());
        assert!(!pool.admit(2));
        // The last token goes back even if the run ends in the middle.
        drop(pool);
        assert_eq!(make.take().unwrap(), Some(b'a'));
    }

    #[test]
    fn a_pool_of_one_place_admits_one_job() {
        let pool = JobPool::new(None);
        assert!(pool.admit(0) && !pool.admit(1));
    }

    #[test]
    fn descriptors_that_are_no_pool_are_named() {
        assert_eq!(TokenPool::inherited(-2, -2).unwrap_err(), "make has turned it off");
        assert_eq!(TokenPool::inherited(900, 901).unwrap_err(), "descriptor 900 is closed");
        // What apool opened itself is not what make named.
        let (read, write) = pipe().unwrap();
        let error = TokenPool::inherited(read.as_raw_fd(), write.as_raw_fd()).unwrap_err();
        assert!(error.ends_with("is closed"), "{error}");
    }
}
