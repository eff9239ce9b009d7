//! The display of the progress: the option `--progress` and its meaning on this terminal. Pure.

use super::rows::Look;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// How often a plain line is written.
const PLAIN_INTERVAL: Duration = Duration::from_secs(30);

/// The value of `--progress`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProgressMode {
    /// The live view on a terminal, plain lines in CI, otherwise nothing.
    #[default]
    Auto,
    /// The live view.
    Bar,
    /// A plain line from time to time.
    Plain,
    /// JSON objects, one for each line.
    Json,
    /// Nothing.
    None,
}

/// The facts that decide the meaning of [`ProgressMode`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProgressContext {
    /// Standard error is a terminal.
    pub terminal: bool,
    /// The terminal cannot move its cursor (`TERM=dumb`, or no `TERM`).
    pub dumb: bool,
    /// The run is in CI (`CI` is set).
    pub ci: bool,
    /// How a live view looks (`--color`, `NO_COLOR`, the locale, the kind of terminal).
    pub look: Look,
    /// The interval of `--metrics-interval`. Otherwise 30 s, or 1 s for JSON.
    pub every: Option<Duration>,
}

/// The display of the progress.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// Nothing.
    #[default]
    None,
    /// The live view.
    Bar {
        /// How it looks.
        look: Look,
    },
    /// A plain line from time to time.
    Plain {
        /// The interval.
        every: Duration,
        /// Write a last line at the end, even when none was due.
        last: bool,
    },
    /// JSON objects, one for each line, and a last one at the end.
    Json {
        /// The interval.
        every: Duration,
    },
}

impl Progress {
    /// The name as a value of `--progress`.
    pub fn name(self) -> &'static str {
        match self {
            Progress::None => "none",
            Progress::Bar { .. } => "bar",
            Progress::Plain { .. } => "plain",
            Progress::Json { .. } => "json",
        }
    }
}

impl ProgressMode {
    /// The display for this mode. The live view needs a terminal that moves its cursor, unless the user asks for the
    /// view.
    pub fn resolve(self, context: &ProgressContext) -> Progress {
        let plain = |last| Progress::Plain { every: context.every.unwrap_or(PLAIN_INTERVAL), last };
        let look = context.look;
        match self {
            ProgressMode::Auto if context.terminal && !context.dumb => Progress::Bar { look },
            ProgressMode::Auto if context.terminal || context.ci => plain(false),
            ProgressMode::Auto | ProgressMode::None => Progress::None,
            ProgressMode::Bar if context.dumb => plain(true),
            ProgressMode::Bar => Progress::Bar { look },
            ProgressMode::Plain => plain(true),
            ProgressMode::Json => Progress::Json { every: context.every.unwrap_or(Duration::from_secs(1)) },
        }
    }
}

/// Not a mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownMode;

impl fmt::Display for UnknownMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected auto, bar, plain, json or none")
    }
}

impl std::error::Error for UnknownMode {}

impl ProgressMode {
    /// The names of the modes.
    pub const NAMES: [&'static str; 5] = ["auto", "bar", "plain", "json", "none"];
}

impl FromStr for ProgressMode {
    type Err = UnknownMode;

    fn from_str(name: &str) -> Result<ProgressMode, UnknownMode> {
        Ok(match name {
            "auto" => ProgressMode::Auto,
            "bar" => ProgressMode::Bar,
            "plain" => ProgressMode::Plain,
            "json" => ProgressMode::Json,
            "none" => ProgressMode::None,
            _ => return Err(UnknownMode),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_depends_on_the_terminal_and_ci() {
        let bar = Progress::Bar { look: Look::default() };
        let plain = |last| Progress::Plain { every: PLAIN_INTERVAL, last };
        let at = |terminal, dumb, ci| ProgressContext { terminal, dumb, ci, ..ProgressContext::default() };
        assert_eq!(ProgressMode::Auto.resolve(&at(true, false, false)), bar);
        assert_eq!(ProgressMode::Auto.resolve(&at(true, true, false)), plain(false));
        assert_eq!(ProgressMode::Auto.resolve(&at(false, false, true)), plain(false));
        assert_eq!(ProgressMode::Auto.resolve(&at(false, false, false)), Progress::None);
        assert_eq!(ProgressMode::Bar.resolve(&at(false, false, false)), bar);
        assert_eq!(ProgressMode::Bar.resolve(&at(true, true, false)), plain(true));
        assert_eq!(ProgressMode::None.resolve(&at(true, false, true)), Progress::None);
    }

    #[test]
    fn names_are_read() {
        assert_eq!("json".parse(), Ok(ProgressMode::Json));
        assert_eq!("Bar".parse::<ProgressMode>(), Err(UnknownMode));
    }
}
