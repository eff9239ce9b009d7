//! The facts of the machine and the environment, read once. Functions that take a [`Host`] can be tested without them.

use super::step_log;
use crate::sink::shows_progress;
use crate::sys::limits::{Limit, descriptors, raise_descriptors};
use crate::sys::signals::SignalSet;
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// The soft limit of descriptors that apool asks for. Programs that close every descriptor up to the limit would be slow with a
/// higher one.
const DESCRIPTORS_WANTED: u64 = 65_536;

/// The facts that a default may depend on.
#[expect(clippy::struct_excessive_bools, reason = "facts of the machine, independent of each other")]
#[derive(Clone, Debug, Default)]
pub struct Host {
    /// Cores this process may use: affinity and cgroup quota counted.
    pub cores: f64,
    /// Standard input is a terminal.
    pub stdin_tty: bool,
    /// Standard output is a terminal.
    pub stdout_tty: bool,
    /// Standard error is a terminal.
    pub stderr_tty: bool,
    /// `TERM` is `dumb` or not set.
    pub dumb: bool,
    /// `NO_COLOR` is set and not empty.
    pub no_color: bool,
    /// `CI` is set to something other than false.
    pub ci: bool,
    /// The locale is UTF-8, and not of a language whose terminals draw lines two columns wide.
    pub narrow_unicode: bool,
    /// The terminal shows a progress in its tab.
    pub tab_progress: bool,
    /// `GITHUB_ACTIONS` is true: the run is a step of a workflow.
    pub github: bool,
    /// Standard output goes to the log of that step, and to no other program.
    pub stdout_is_log: bool,
    /// `GITHUB_STEP_SUMMARY`.
    pub step_summary: Option<PathBuf>,
    /// Bash functions that are exported (`export -f`).
    pub bash_functions: Vec<Vec<u8>>,
    /// The directory for large outputs.
    pub tmpdir: PathBuf,
    /// The number of descriptors that may be open, after the soft limit was raised.
    pub descriptors: u64,
    /// The limit of descriptors before that, for the jobs.
    pub descriptors_before: Option<Limit>,
    /// The signals that were ignored at the start. They stay ignored.
    pub ignored: SignalSet,
    /// The PATH for looking up programs.
    pub path: Option<OsString>,
    /// The limit of the arguments and the environment of a process together, in bytes.
    pub argument_bytes: usize,
    /// The environment of apool.
    pub environment: Vec<(OsString, OsString)>,
}

impl Host {
    /// Reads all other facts.
    pub fn read(ignored: SignalSet, cores: f64, environment: Vec<(OsString, OsString)>) -> Host {
        let var = |name: &str| {
            let found = environment.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
        };
        let github = var("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        let mut bash_functions = Vec::new();
        let before = raise_descriptors(DESCRIPTORS_WANTED);
        for (name, value) in &environment {
            bash_functions.extend(bash_function(name, value));
        }
        Host {
            cores,
            stdin_tty: std::io::stdin().is_terminal(),
            stdout_tty: std::io::stdout().is_terminal(),
            stderr_tty: std::io::stderr().is_terminal(),
            dumb: var("TERM").is_none_or(|t| t == "dumb"),
            no_color: var("NO_COLOR").is_some(),
            ci: var("CI").is_some_and(|v| v != "false" && v != "0"),
            narrow_unicode: narrow_unicode(&var),
            tab_progress: shows_progress(|name| {
                let found = environment.iter().find(|(known, _)| known == name);
                found.and_then(|(_, value)| value.to_str()).unwrap_or_default()
            }),
            github,
            stdout_is_log: github && step_log::is_stdout(),
            step_summary: var("GITHUB_STEP_SUMMARY").map(PathBuf::from),
            bash_functions,
            tmpdir: var("TMPDIR").map_or_else(|| PathBuf::from("/tmp"), PathBuf::from),
            descriptors: descriptors().soft.unwrap_or(DESCRIPTORS_WANTED),
            descriptors_before: before,
            ignored,
            path: var("PATH"),
            argument_bytes: crate::sys::limits::command_line(),
            environment,
        }
    }
}

/// True if one of these variables may be a setting of apool.
pub fn has_settings(environment: &[(OsString, OsString)]) -> bool {
    environment.iter().any(|(name, _)| name.as_bytes().starts_with(b"APOOL_"))
}

/// The whole environment. It may be large, so it is copied only once.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn environment() -> Vec<(OsString, OsString)> {
    std::env::vars_os().collect()
}

impl Host {
    /// The variable that sets this option, if it has this value. An error message then names the variable.
    #[expect(clippy::disallowed_methods, reason = "asked once, before the program ends")]
    pub fn variable_with(option: &str, value: &str) -> Option<String> {
        let name = super::args::variable(option.trim_start_matches('-'));
        std::env::var_os(&name).is_some_and(|set| set == value).then_some(name)
    }

    /// The variable that sets this option, if it is set.
    #[expect(clippy::disallowed_methods, reason = "asked once, before the program ends")]
    pub fn variable_set(option: &str) -> Option<String> {
        let name = super::args::variable(option.trim_start_matches('-'));
        std::env::var_os(&name).filter(|set| !set.is_empty()).map(|_| name)
    }

    /// True if PATH has a program of this name.
    pub fn finds(&self, name: &str) -> bool {
        let path = self.path.as_deref().unwrap_or_default();
        std::env::split_paths(path).any(|directory| directory.join(name).is_file())
    }
}

/// The characters of a bar are one column wide. Terminals of Chinese, Japanese and Korean may draw them in two.
fn narrow_unicode(var: &impl Fn(&str) -> Option<OsString>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| var(name)).unwrap_or_default();
    let locale = locale.to_string_lossy().to_ascii_lowercase();
    let wide = ["zh", "ja", "ko"].iter().any(|language| locale.starts_with(language));
    (locale.contains("utf-8") || locale.contains("utf8")) && !wide
}

/// Bash exports a function as `BASH_FUNC_name%%=() {  …`; some builds leave out the percent signs or write `()`.
fn bash_function(name: &OsStr, value: &OsStr) -> Option<Vec<u8>> {
    let name = name.as_bytes().strip_prefix(b"BASH_FUNC_")?;
    let name = name.strip_suffix(b"%%").or_else(|| name.strip_suffix(b"()"))?;
    value.as_bytes().starts_with(b"()").then(|| name.to_vec())
}
