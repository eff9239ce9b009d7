//! What is shown of a run while it goes on: what the user asked for, and what that means here. Pure.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// How often a line is written where no terminal shows a view.
const PLAIN_INTERVAL: Duration = Duration::from_secs(30);

/// What the user asked for (`--progress`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProgressMode {
    /// A live view on a terminal, a line now and then in CI, else nothing.
    #[default]
    Auto,
    /// The live view.
    Bar,
    /// A line now and then.
    Plain,
    /// A JSON object a line.
    Json,
    /// Nothing.
    None,
}

#[expect(clippy::struct_excessive_bools, reason = "context that have nothing to do with each other")]
/// What is known of the place where it is to be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProgressContext {
    /// Standard error is a terminal.
    pub terminal: bool,
    /// It cannot move its cursor (`TERM=dumb`, or no `TERM` at all).
    pub dumb: bool,
    /// This is a run in CI (`CI` is set).
    pub ci: bool,
    /// Colours are wanted: `--color`, and `NO_COLOR` is not set.
    pub colour: bool,
    /// How often, when the user said so (`--metrics-interval`); else 30 s, or a second for JSON.
    pub every: Option<Duration>,
}

/// What is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// Nothing.
    #[default]
    None,
    /// The live view.
    Bar {
        /// With colours.
        colour: bool,
    },
    /// A line now and then.
    Plain {
        /// How often.
        every: Duration,
        /// One at the end even when none was due.
        last: bool,
    },
    /// A JSON object a line, and one at the end.
    Json {
        /// How often.
        every: Duration,
    },
}

impl Progress {
    /// How it is asked for.
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
    /// What that means here. The view needs a terminal that moves its cursor, or else somebody who asks for it all the same.
    pub fn resolve(self, context: &ProgressContext) -> Progress {
        let plain = |last| Progress::Plain { every: context.every.unwrap_or(PLAIN_INTERVAL), last };
        let colour = context.colour;
        match self {
            ProgressMode::Auto if context.terminal && !context.dumb => Progress::Bar { colour },
            ProgressMode::Auto if context.terminal || context.ci => plain(false),
            ProgressMode::Auto | ProgressMode::None => Progress::None,
            ProgressMode::Bar if context.dumb => plain(true),
            ProgressMode::Bar => Progress::Bar { colour },
            ProgressMode::Plain => plain(true),
            ProgressMode::Json => Progress::Json { every: context.every.unwrap_or(Duration::from_secs(1)) },
        }
    }
}

/// There is no such mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownMode;

impl fmt::Display for UnknownMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected auto, bar, plain, json or none")
    }
}

impl std::error::Error for UnknownMode {}

impl ProgressMode {
    /// What can be typed.
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
        let bar = Progress::Bar { colour: false };
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
