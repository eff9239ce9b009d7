//! The progress in the tab or the title bar of a terminal, by the sequence `OSC 9;4`. Pure.
//!
//! A terminal that does not know the sequence may show it as a notification, so it is sent only to those that are known
//! to show a progress. A multiplexer (tmux, screen) is none of them, whatever terminal is around it.

use super::view::{Activity, ViewModel, percent_done};

/// Ends the display.
pub(super) const REMOVE: &str = "\x1b]9;4;0;\x1b\\";

/// The sequence for this state of the run.
pub(super) fn sequence(view: &ViewModel) -> String {
    let state = match (&view.activity, percent_done(view)) {
        (_, None) => return "\x1b]9;4;3;\x1b\\".to_owned(),
        (Activity::Blocked(_) | Activity::Stopping { .. }, Some(_)) => 4,
        (_, Some(_)) if view.failed > 0 => 2,
        _ => 1,
    };
    format!("\x1b]9;4;{state};{}\x1b\\", percent_done(view).unwrap_or(0))
}

/// True if the terminal with this environment shows a progress. `var` is empty for a variable that is not set.
pub fn shows_progress<'a>(var: impl Fn(&str) -> &'a str) -> bool {
    let (term, program) = (var("TERM"), var("TERM_PROGRAM"));
    let multiplexed = ["TMUX", "STY", "ZELLIJ"].iter().any(|name| !var(name).is_empty())
        || ["tmux", "screen"].iter().any(|name| term.starts_with(name));
    // The number of a version such as 3.6.10 or 20250209-182623-44866cc1, field by field.
    let at_least = |wanted: &[u64]| {
        let version = var("TERM_PROGRAM_VERSION").split(['.', '-']).map_while(|field| field.parse().ok());
        version.collect::<Vec<u64>>().as_slice() >= wanted
    };
    let known = match program {
        "ghostty" => true,
        "WezTerm" => at_least(&[20_250_209]),
        "iTerm.app" => at_least(&[3, 6, 6]),
        _ => {
            term == "xterm-ghostty"
                || !var("WT_SESSION").is_empty()
                || var("ConEmuANSI") == "ON"
                || var("VTE_VERSION").parse::<u32>().is_ok_and(|version| version >= 7900)
        }
    };
    known && !multiplexed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shows(set: &[(&str, &'static str)]) -> bool {
        shows_progress(|name| set.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value))
    }

    #[test]
    fn only_terminals_that_show_a_progress_get_one() {
        for known in [
            &[("WT_SESSION", "f00")][..],
            &[("ConEmuANSI", "ON")],
            &[("TERM", "xterm-ghostty")],
            &[("TERM_PROGRAM", "ghostty")],
            &[("TERM_PROGRAM", "WezTerm"), ("TERM_PROGRAM_VERSION", "20250209-182623-44866cc1")],
            &[("TERM_PROGRAM", "iTerm.app"), ("TERM_PROGRAM_VERSION", "3.6.10")],
            &[("VTE_VERSION", "8001")],
        ] {
            assert!(shows(known), "{known:?}");
            for multiplexer in [("TMUX", "/tmp/tmux-0/default,1,0"), ("STY", "1.tty"), ("ZELLIJ", "0")] {
                assert!(!shows(&[known, &[multiplexer]].concat()), "{known:?} in {multiplexer:?}");
            }
        }
        for unknown in [
            &[][..],
            &[("TERM", "xterm-256color")],
            &[("ConEmuANSI", "OFF")],
            &[("TERM", "tmux-256color"), ("WT_SESSION", "f00")],
            &[("TERM", "screen"), ("TERM_PROGRAM", "ghostty")],
            &[("TERM_PROGRAM", "WezTerm"), ("TERM_PROGRAM_VERSION", "20240203-110809-5046fc22")],
            &[("TERM_PROGRAM", "iTerm.app"), ("TERM_PROGRAM_VERSION", "3.5.14")],
            &[("VTE_VERSION", "7402")],
        ] {
            assert!(!shows(unknown), "{unknown:?}");
        }
    }

    #[test]
    fn the_state_follows_the_run() {
        let view =
            |total, failed, activity| ViewModel { done: 1, total, failed, activity, ..ViewModel::default() };
        assert_eq!(sequence(&view(None, 0, Activity::Working)), "\x1b]9;4;3;\x1b\\");
        assert_eq!(sequence(&view(Some(3), 0, Activity::Working)), "\x1b]9;4;1;33\x1b\\");
        assert_eq!(sequence(&view(Some(3), 1, Activity::Working)), "\x1b]9;4;2;33\x1b\\");
        assert_eq!(sequence(&view(Some(3), 1, Activity::Blocked("x".into()))), "\x1b]9;4;4;33\x1b\\");
    }
}
