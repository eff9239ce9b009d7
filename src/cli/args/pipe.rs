//! Options of jobs that read a stream instead of getting arguments.

use crate::run::parse;
use clap::Args;
use std::ffi::OsString;

/// How a stream is split into blocks and given to jobs.
#[expect(clippy::struct_excessive_bools, reason = "each flag is one; the configuration makes enums of them")]
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Stream", group = clap::ArgGroup::new("stream").multiple(true))]
pub struct PipeArgs {
    /// Give each job a block of the input on its standard input
    ///
    /// A block contains whole records: lines, unless --recstart or --recend is given. The input is standard input or
    /// the file of -a.
    #[arg(long, group = "stream", hide_short_help = true)]
    pub pipe: bool,

    /// Like --pipe, but read the file of -a only where blocks begin and end
    #[arg(long, requires = "arg_file", conflicts_with_all = ["pipe", "round_robin", "max_replace_args"], group = "stream", hide_short_help = true)]
    pub pipe_part: bool,

    /// Set the size of a block (default 1M); with --pipe-part, -N makes N blocks for each worker
    ///
    /// A block contains whole records and may be shorter or longer than SIZE.
    #[arg(long, value_name = "SIZE", requires = "stream", allow_hyphen_values = true, value_parser = block, hide_short_help = true)]
    pub block: Option<BlockSize>,

    /// Records start with STR
    #[arg(long, value_name = "STR", allow_hyphen_values = true, requires = "stream", hide_short_help = true)]
    pub recstart: Option<OsString>,

    /// Records end with STR (default newline)
    ///
    /// With --recstart alone, a record ends where the next one starts. With both options, a record ends only where STR
    /// is followed by the start of a record.
    #[arg(long, value_name = "STR", allow_hyphen_values = true, requires = "stream", hide_short_help = true)]
    pub recend: Option<OsString>,

    /// Start one job for each worker, and give each block to a job that has room
    #[arg(long, requires = "pipe", conflicts_with_all = ["cat", "fifo", "retries", "interactive"], hide_short_help = true)]
    pub round_robin: bool,

    /// Give each job its block in a file; {} is the name of the file
    #[arg(long, group = "stream", conflicts_with = "fifo", hide_short_help = true)]
    pub cat: bool,

    /// Give each job its block through a named pipe; {} is the name of the pipe
    #[arg(long, group = "stream", hide_short_help = true)]
    pub fifo: bool,
}

impl PipeArgs {
    /// True if jobs read a stream.
    pub fn any(&self) -> bool {
        self.pipe || self.pipe_part || self.cat || self.fifo
    }
}

/// The size of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockSize {
    /// Bytes.
    Bytes(u64),
    /// This many blocks for each worker.
    Shares(u64),
}

fn block(text: &str) -> Result<BlockSize, parse::ParseError> {
    if let Some(shares) = text.strip_prefix('-') {
        let number = shares.parse().ok().filter(|&n| n > 0);
        return number.map(BlockSize::Shares).ok_or_else(|| parse::ParseError::wanted(text, "a size, or -N"));
    }
    match parse::size(text)? {
        0 => Err(parse::ParseError::wanted(text, "a size above 0")),
        n => Ok(BlockSize::Bytes(n)),
    }
}
