//! The signals that end a job and the waits between them, in the form of `--termseq`: `TERM,200,TERM,100,KILL,25`.

use crate::sys::signals;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// One signal and the wait after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The number of the signal.
    pub signal: i32,
    /// The wait before the next signal.
    pub wait: Duration,
}

/// A sequence of signals that ends a job. Never empty. A job that survives it is killed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermSeq(Vec<Step>);

impl TermSeq {
    /// The steps, in order.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The first signal.
    pub fn first(&self) -> i32 {
        self.0.first().map_or(signals::SIGTERM, |step| step.signal)
    }
}

impl Default for TermSeq {
    fn default() -> TermSeq {
        let step = |signal, ms| Step { signal, wait: Duration::from_millis(ms) };
        TermSeq(vec![
            step(signals::SIGTERM, 200),
            step(signals::SIGTERM, 100),
            step(signals::SIGTERM, 50),
            step(signals::SIGKILL, 25),
        ])
    }
}

impl FromStr for TermSeq {
    type Err = TermSeqError;

    fn from_str(text: &str) -> Result<TermSeq, TermSeqError> {
        let mut steps = Vec::new();
        let mut words = text.split(',').map(str::trim);
        while let Some(name) = words.next() {
            let signal = signals::by_name(name).ok_or_else(|| TermSeqError::Signal(name.to_owned()))?;
            let wait = match words.next() {
                // The last wait may be missing, as with GNU parallel.
                None => 0,
                Some(ms) => ms.parse::<u32>().map_err(|_| TermSeqError::Wait(ms.to_owned()))?,
            };
            steps.push(Step { signal, wait: Duration::from_millis(u64::from(wait)) });
        }
        Ok(TermSeq(steps))
    }
}

impl fmt::Display for TermSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            write!(f, "{comma}{},{}", name(step.signal), step.wait.as_millis())?;
        }
        Ok(())
    }
}

/// An error in the text of a sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TermSeqError {
    /// Not a signal.
    Signal(String),
    /// Not a number of milliseconds.
    Wait(String),
}

impl fmt::Display for TermSeqError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TermSeqError::Signal(word) => write!(f, "{word:?} is no signal (write SIGNAL,MS,SIGNAL,MS,…)"),
            TermSeqError::Wait(word) => {
                write!(f, "{word:?} is no number of milliseconds (write SIGNAL,MS,SIGNAL,MS,…)")
            }
        }
    }
}

impl std::error::Error for TermSeqError {}

/// The name of a signal, or its number when it has no name.
pub fn name(signal: i32) -> String {
    signals::name(signal).map_or_else(|| signal.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_reads_as_it_is_written() {
        let text = "TERM,200,TERM,100,TERM,50,KILL,25";
        assert_eq!(TermSeq::default().to_string(), text);
        assert_eq!(text.parse(), Ok(TermSeq::default()));
    }

    #[test]
    fn names_numbers_and_a_last_signal_without_a_wait() {
        let seq: TermSeq = "sigint, 5,15,0,Kill".parse().unwrap();
        let steps: Vec<_> = seq.steps().iter().map(|s| (s.signal, s.wait.as_millis())).collect();
        assert_eq!(steps, [(2, 5), (15, 0), (9, 0)]);
    }

    #[test]
    fn errors_name_the_word() {
        assert_eq!("TERM,x".parse::<TermSeq>(), Err(TermSeqError::Wait("x".into())));
        assert_eq!("TERM,-1".parse::<TermSeq>(), Err(TermSeqError::Wait("-1".into())));
        assert_eq!("".parse::<TermSeq>(), Err(TermSeqError::Signal(String::new())));
        assert_eq!("TERM,1,".parse::<TermSeq>(), Err(TermSeqError::Signal(String::new())));
        assert_eq!("65".parse::<TermSeq>(), Err(TermSeqError::Signal("65".into())));
    }
}
