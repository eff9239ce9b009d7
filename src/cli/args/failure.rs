//! Flags for jobs that fail or hang.

use crate::exec::TermSeq;
use crate::run::halt::HaltRule;
use crate::run::parse;
use crate::run::retry::{StatusSet, TimeoutRule};
use clap::Args;
use std::time::Duration;

/// What happens to a job that fails, and to the run.
#[derive(Args, Debug)]
#[command(next_help_heading = "Failure")]
pub struct FailureArgs {
    /// Try a failing job up to N times in all; 0 for as often as it takes
    #[arg(long, value_name = "N")]
    pub retries: Option<u32>,

    /// Wait DURATION before the second attempt, twice as long before the third, and so on (with jitter)
    #[arg(long, value_name = "DURATION", value_parser = parse::duration)]
    pub retry_delay: Option<Duration>,

    /// Try again only after these exit statuses, such as `75,100-110,signal,timeout`
    #[arg(long, value_name = "CODES")]
    pub retry_on: Option<StatusSet>,

    /// These exit statuses mean that too much runs at once: the job runs again later, with fewer beside it
    #[arg(long, value_name = "CODES")]
    pub backoff_on: Option<StatusSet>,

    /// End a job that runs longer than DURATION, or than N% of the median
    #[arg(long, value_name = "DURATION|N%")]
    pub timeout: Option<TimeoutRule>,

    /// How jobs are ended: signals and milliseconds between them
    #[arg(long, visible_alias = "term-seq", value_name = "SEQUENCE")]
    pub termseq: Option<TermSeq>,

    /// When to stop the run: never, or soon|now,fail|success|done=N or =N%
    #[arg(long, aliases = ["halt-on-error", "haltonerror"], value_name = "WHEN", allow_hyphen_values = true)]
    pub halt: Option<HaltRule>,
}
