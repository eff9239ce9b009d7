//! Flags of jobs that read a stream instead of getting arguments.

use crate::run::parse;
use clap::Args;
use std::ffi::OsString;

/// How a stream is cut and handed to jobs.
#[expect(clippy::struct_excessive_bools, reason = "each flag is one; the configuration makes enums of them")]
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Stream", group = clap::ArgGroup::new("stream").multiple(true))]
pub struct PipeArgs {
    /// Give each job a block of the input as its standard input
    ///
    /// A block holds whole records (lines, unless --recstart or --recend say otherwise). The input is standard input or the
    /// file of -a.
    #[arg(long, group = "stream", hide_short_help = true)]
    pub pipe: bool,

    /// Like --pipe, for the file of -a: only looked into where it is cut
    #[arg(long, requires = "arg_file", conflicts_with_all = ["pipe", "round_robin", "max_replace_args"], group = "stream", hide_short_help = true)]
    pub pipe_part: bool,

    /// About SIZE a block, 1M unless given; -N with --pipe-part: N blocks a worker
    #[arg(long, value_name = "SIZE", requires = "stream", allow_hyphen_values = true, value_parser = block, hide_short_help = true)]
    pub block: Option<BlockSize>,

    /// What begins a record
    #[arg(long, value_name = "STR", allow_hyphen_values = true, requires = "stream", hide_short_help = true)]
    pub recstart: Option<OsString>,

    /// What ends a record; a newline unless given; with --recstart, the place where the two meet
    #[arg(long, value_name = "STR", allow_hyphen_values = true, requires = "stream", hide_short_help = true)]
    pub recend: Option<OsString>,

    /// Start one job a worker and give each block to whichever has room
    #[arg(long, requires = "pipe", conflicts_with_all = ["cat", "fifo", "retries", "interactive"], hide_short_help = true)]
    pub round_robin: bool,

    /// Give each job the name of a file that holds its block, in {}
    #[arg(long, group = "stream", conflicts_with = "fifo", hide_short_help = true)]
    pub cat: bool,

    /// Give each job the name of a named pipe that its block comes through, in {}
    #[arg(long, group = "stream", hide_short_help = true)]
    pub fifo: bool,
}

impl PipeArgs {
    /// Whether jobs read a stream at all.
    pub fn any(&self) -> bool {
        self.pipe || self.pipe_part || self.cat || self.fifo
    }
}

/// The size of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockSize {
    /// Bytes.
    Bytes(u64),
    /// So many blocks a worker.
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
