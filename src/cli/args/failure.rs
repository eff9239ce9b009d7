//! Options for jobs that fail or hang.

use crate::exec::TermSeq;
use crate::run::halt::HaltRule;
use crate::run::parse;
use crate::run::retry::StatusSet;
use crate::run::timeout::TimeoutRule;
use clap::Args;
use std::time::Duration;

/// The reaction to failed jobs: retries, timeouts, the end of the run.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Failure")]
pub struct FailureArgs {
    /// Run a failing job up to N times (default 1; 0: until it succeeds)
    #[arg(long, value_name = "N")]
    pub retries: Option<u32>,

    /// Wait up to DURATION before the second attempt (default 0)
    ///
    /// The maximum doubles for each further attempt, up to 5 minutes. Each delay is random, from 0 to the maximum: jobs
    /// that failed together do not run again together.
    #[arg(long, value_name = "DURATION", value_parser = parse::duration, hide_short_help = true)]
    pub retry_delay: Option<Duration>,

    /// Retry only after these results, such as 75,100-110,signal,timeout (default any)
    #[arg(long, value_name = "CODES", requires = "retries", hide_short_help = true)]
    pub retry_on: Option<StatusSet>,

    /// Treat these results as a sign that too many jobs run, such as 75
    ///
    /// Such a job runs again later, at most ten times unless --retries allows more. The policies auto and aimd lower
    /// the limit. CODES has the form of --retry-on.
    #[arg(long, value_name = "CODES", hide_short_help = true)]
    pub backoff_on: Option<StatusSet>,

    /// End a job after DURATION, or after N% of the median run time
    ///
    /// N is above 100. The median is that of the successful jobs. N% applies once three jobs have succeeded, and is at
    /// least 100 ms.
    #[arg(long, value_name = "DURATION|N%")]
    pub timeout: Option<TimeoutRule>,

    /// Set the signals that end a job, and the milliseconds between them
    ///
    /// The default is TERM,200,TERM,100,TERM,50,KILL,25. The signals go to the whole process group of the job.
    #[arg(long, visible_alias = "term-seq", value_name = "SEQUENCE", hide_short_help = true)]
    pub termseq: Option<TermSeq>,

    /// Set when to stop: never (default), now,fail=1, soon,fail=10%, ...
    ///
    /// now ends the running jobs, and soon waits for them. The words fail, success and done say which jobs are counted.
    /// The number may be a percentage of all jobs.
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    pub halt: Option<HaltRule>,
}
