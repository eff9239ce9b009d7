//! The command line of GNU parallel. Options with the same meaning become words for apool's own parser, which also
//! checks their values. Where two options exclude each other in apool, the one that GNU parallel obeys is kept. Pure.

use super::table::{Meaning, Own, Print, ROWS};
use crate::cli::personality::getopt::{self, Given, Spec};
use crate::escape::visible;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// How the outputs of jobs are kept apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Grouping {
    #[default]
    Job,
    Line,
    None,
}

/// How many records form a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum PerJob {
    #[default]
    One,
    UpTo(OsString),
    Positional(OsString),
    Lines(OsString),
}

/// The way in which a command line is filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Fill {
    #[default]
    No,
    Context,
    Many,
    Xargs,
}

/// Where commands are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Shown {
    #[default]
    No,
    Stdout,
    Stderr,
}

/// What is done with the joined words of the command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Joined {
    /// A shell runs them.
    #[default]
    Shell,
    /// `-q`: each word stays one word.
    Words,
    /// `--shellquote`: they are printed in quotes.
    Quoted,
}

/// A parsed command line.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each flag is one")]
pub struct Options {
    /// What is printed instead of running jobs.
    pub print: Option<Print>,
    /// `--minversion`.
    pub least_version: Option<OsString>,
    /// `-J`.
    pub profiles: Vec<OsString>,
    /// `--plain`: no configuration is read.
    pub plain: bool,
    /// Options of apool with the same meaning.
    same: Vec<OsString>,
    /// The separators before values and before files.
    pub separators: (OsString, OsString),
    /// Placeholders with another name: the usual name and the new one.
    pub renamed: Vec<(&'static str, OsString)>,
    /// `--rpl`.
    pub rules: Vec<OsString>,
    /// `--results` was given.
    pub results: bool,
    /// What is done with the command.
    pub joined: Joined,
    grouping: Grouping,
    keep_order: bool,
    tag: bool,
    tagstring: Option<OsString>,
    shown: Shown,
    silent: bool,
    dry_run: bool,
    progress: bool,
    per_job: PerJob,
    fill: Fill,
    end_marker: Option<OsString>,
    resume: bool,
}

/// The options at the start of `words`, added to `options`, and the number of words before the command.
pub fn read(options: &mut Options, words: &[OsString]) -> Result<usize, String> {
    let mut specs: Vec<Spec<usize>> = Vec::new();
    for (id, (names, takes, _)) in ROWS.iter().enumerate() {
        for name in names.split(' ') {
            let short = if name.len() == 1 { name.bytes().next() } else { None };
            specs.push(Spec { id, short, long: if short.is_some() { "" } else { name }, takes: *takes });
        }
    }
    let (given, used) = getopt::parse(words, &specs)?;
    given.into_iter().try_for_each(|given| options.take(given))?;
    Ok(used)
}

impl Options {
    /// Without options.
    pub fn new() -> Options {
        Options { separators: (":::".into(), "::::".into()), ..Options::default() }
    }

    fn take(&mut self, (row, value): Given<usize>) -> Result<(), String> {
        let (names, _, meaning) = ROWS[row];
        match meaning {
            Meaning::Nothing => {}
            Meaning::Same(long) => self.same(long, value.as_deref()),
            Meaning::Print(print) => self.print = self.print.or(Some(print)),
            Meaning::Own(own) => return self.own(own, value),
            Meaning::Refused(why) => {
                let name = names.split(' ').next().unwrap_or_default();
                return Err(format!("--{name} is not supported: {why}"));
            }
        }
        Ok(())
    }

    fn same(&mut self, long: &str, value: Option<&OsStr>) {
        let mut word = format!("--{long}").into_bytes();
        if let Some(value) = value {
            word.push(b'=');
            word.extend_from_slice(value.as_bytes());
        }
        self.same.push(OsString::from_vec(word));
    }

    fn own(&mut self, own: Own, value: Option<OsString>) -> Result<(), String> {
        let text = value.clone().unwrap_or_default();
        match own {
            Own::ArgSep => self.separators.0 = text,
            Own::ArgFileSep => self.separators.1 = text,
            Own::Rename(usual) => self.renamed.push((usual, text)),
            Own::Replace => self.renamed.extend(value.filter(|v| !v.is_empty()).map(|v| ("{}", v))),
            Own::Rpl => self.rules.push(text),
            Own::Group => self.grouping = Grouping::Job,
            Own::Ungroup => self.grouping = Grouping::None,
            Own::LineBuffer => self.grouping = Grouping::Line,
            Own::KeepOrder => self.keep_order = true,
            Own::NoKeepOrder => self.keep_order = false,
            Own::Tag => self.tag = true,
            Own::TagString => self.tagstring = value,
            Own::Announce => self.shown = Shown::Stdout,
            Own::Verbose => self.shown = Shown::Stderr,
            Own::Silent => self.silent = true,
            Own::DryRun => self.dry_run = true,
            Own::Progress => self.progress = true,
            Own::Quote => self.joined = Joined::Words,
            Own::ShellQuote => self.joined = Joined::Quoted,
            Own::MaxArgs => self.per_job = PerJob::UpTo(text),
            Own::MaxReplaceArgs => self.per_job = PerJob::Positional(text),
            Own::MaxLines => self.per_job = PerJob::Lines(text),
            Own::LinesOrOne => self.per_job = PerJob::Lines(value.unwrap_or_else(|| "1".into())),
            Own::Context => self.fill = Fill::Context,
            Own::Many => self.fill = Fill::Many,
            Own::Xargs => self.fill = Fill::Xargs,
            Own::Eof => self.end_marker = value,
            Own::EofOrNone => self.end_marker = value.filter(|value| !value.is_empty()),
            Own::Login => return login(&text),
            Own::Profile => self.profiles.push(text),
            Own::NoProfiles => self.plain = true,
            Own::MinVersion => self.least_version = value,
            Own::Results => {
                self.results = true;
                self.same("results", value.as_deref());
            }
            Own::SkipFirstLine => self.same("skip", Some(OsStr::new("1"))),
            Own::Resume => self.resume = true,
            Own::Header => self.same("header", Some(header(&text))),
        }
        Ok(())
    }

    /// True if words with a placeholder are repeated for each record, as with `-X`.
    pub fn repeats(&self) -> bool {
        match self.fill {
            Fill::Context => true,
            Fill::Many | Fill::Xargs => false,
            Fill::No => matches!(self.per_job, PerJob::Positional(_) | PerJob::Lines(_)),
        }
    }

    /// The options as a command line of apool, without a command.
    pub fn words(&self) -> Vec<OsString> {
        let mut made = Options { same: self.same.clone(), ..Options::default() };
        let tty = made.same.iter().any(|word| word == "--tty");
        let mut switch = |on: bool, long: &str| {
            if on {
                made.same(long, None);
            }
        };
        let ungroup = (self.grouping == Grouping::None || tty) && !self.dry_run;
        switch(ungroup, "ungroup");
        switch(self.grouping == Grouping::Line && !tty, "line-buffer");
        switch(self.keep_order && !ungroup, "keep-order");
        switch(self.dry_run, "dry-run");
        switch(self.resume, "resume");
        switch(self.tag && self.tagstring.is_none() && !ungroup, "tag");
        switch(self.shown == Shown::Stderr && !self.dry_run, "verbose");
        switch(self.fill == Fill::Many, "many");
        switch(self.fill == Fill::Xargs, "xargs");
        if let Some(text) = self.tagstring.as_ref().filter(|_| !ungroup) {
            made.same("tagstring", Some(text));
        }
        if let Some(text) = &self.end_marker {
            made.same("eof", Some(text));
        }
        match (&self.per_job, self.fill) {
            (PerJob::One, _) => {}
            (PerJob::Lines(n), Fill::No) => made.same("max-lines", Some(n)),
            // Each record stays one, so that words are repeated.
            (PerJob::UpTo(n) | PerJob::Positional(n) | PerJob::Lines(n), _) => made.same("max-args", Some(n)),
        }
        made.same("progress", Some(OsStr::new(if self.progress { "bar" } else { "none" })));
        let mut words = made.same;
        words.extend((self.fill == Fill::Context).then(|| "-X".into()));
        words.extend(
            (self.shown == Shown::Stdout && !self.silent && !ungroup && !self.dry_run).then(|| "-v".into()),
        );
        words
    }
}

/// The value of `--header`: `.*\n` is another spelling of `:`.
fn header(text: &OsStr) -> &OsStr {
    if text == "1" { OsStr::new(":") } else { text }
}

/// The value of `-S`: only this machine.
fn login(text: &OsStr) -> Result<(), String> {
    let here = |login: &[u8]| {
        let host = login.iter().rposition(|&byte| byte == b'/').map_or(login, |at| &login[at + 1..]);
        host == b":"
    };
    if text.as_bytes().split(|&byte| byte == b',').all(here) {
        return Ok(());
    }
    let shown = visible(text.as_bytes());
    Err(format!("--sshlogin {shown} is not supported: jobs run on this machine only, which is -S :"))
}
