//! Flags for jobs that fail or hang.

use crate::exec::TermSeq;
use crate::run::halt::HaltRule;
use crate::run::parse;
use crate::run::retry::StatusSet;
use crate::run::timeout::TimeoutRule;
use clap::Args;
use std::time::Duration;

/// What happens to a job that fails, and to the run.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Failure")]
pub struct FailureArgs {
    /// Try a failing job up to N times in all; 0: until it succeeds
    #[arg(long, value_name = "N")]
    pub retries: Option<u32>,

    /// Wait up to DURATION before the second attempt
    ///
    /// Twice that before the third, and so on, at most 5 minutes. Each wait is drawn evenly from 0 to that, so that jobs that
    /// failed together do not come back together.
    #[arg(long, value_name = "DURATION", value_parser = parse::duration, hide_short_help = true)]
    pub retry_delay: Option<Duration>,

    /// Try again only after these endings, such as 75,100-110,signal,timeout
    #[arg(long, value_name = "CODES", requires = "retries", hide_short_help = true)]
    pub retry_on: Option<StatusSet>,

    /// These endings mean that too much runs at once
    ///
    /// The job runs again after a while, ten times at most unless --retries allows more. auto and aimd lower the limit.
    #[arg(long, value_name = "CODES", hide_short_help = true)]
    pub backoff_on: Option<StatusSet>,

    /// End a job after DURATION, or after N% of the median run time
    #[arg(long, value_name = "DURATION|N%")]
    pub timeout: Option<TimeoutRule>,

    /// How jobs are ended: signals and the milliseconds between them
    ///
    /// The default is TERM,200,TERM,100,TERM,50,KILL,25. They go to the whole process group of the job.
    #[arg(long, visible_alias = "term-seq", value_name = "SEQUENCE", hide_short_help = true)]
    pub termseq: Option<TermSeq>,

    /// When to stop: never, or now,fail=1, soon,fail=10%, now,success=1, ...
    ///
    /// now ends the running jobs, soon lets them end. What is counted is fail, success or done; the number may be a percentage of
    /// all jobs.
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub halt: Option<HaltRule>,
}
