//! The options of GNU parallel and of xargs that apool does not have, and what to use instead. The table is read only for an
//! unknown option.
//!
//! A test checks that no option of apool is in the table.

/// The tool that has an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// GNU parallel.
    Parallel,
    /// GNU xargs.
    Xargs,
}

impl Tool {
    /// True for GNU parallel.
    pub fn is_parallel(self) -> bool {
        self == Tool::Parallel
    }

    fn name(self) -> &'static str {
        match self {
            Tool::Parallel => "GNU parallel",
            Tool::Xargs => "xargs",
        }
    }
}

/// The tool, the names of one option, separated by blanks, and what to use instead.
pub type Entry = (Tool, &'static str, &'static str);

const REMOTE: &str =
    "jobs run on this machine; run apool on each host, or put ssh into the command: apool ssh {1} ...";
const PERL: &str = "apool runs no Perl; use {s/FROM/TO/} or --rpl '{name} s/FROM/TO/'";
const NAMED: &str =
    "use -I STR, which also changes the other forms (-I ,, has ,., for {.}), or --rpl 'STR s/FROM/TO/'";
const SQL: &str = "apool writes no database; --joblog and --metrics-json can be loaded into one";
const CORES: &str = "apool counts the cores it may use (affinity and cgroup quota); nproc prints them";
const SPLIT: &str = "apool gives whole blocks to jobs; split the input first, or use --pipe --round-robin";
const SEM: &str = "runs do not share a limit; give all commands to one apool -j N, or let one run at a time by flock(1): flock FILE COMMAND";
const ENV: &str = "jobs get the whole environment and exported bash functions; use --env NAME to choose";
const LATEST: &str = "use --line-buffer --tag to see lines as they arrive, or the live view (--progress)";

const P: Tool = Tool::Parallel;
const X: Tool = Tool::Xargs;

/// All options that apool does not have.
pub const ABSENT: &[Entry] = &[
    (
        P,
        "--arg-sep --argsep --arg-file-sep --argfilesep",
        "::: and :::: keep their names; give such values by -a FILE",
    ),
    (P, "-B", "use ordinary BLOCK sizes with --block"),
    (
        P,
        "--basefile --bf --cleanup --controlmaster -M --filter-hosts --filterhosts --filter-host --hgrp --hostgroup --hostgroups",
        REMOTE,
    ),
    (P, "--basenameextensionreplace --bner --basenamereplace --bnr --dirnamereplace --dnr", NAMED),
    (
        P,
        "--bg --fg --wait --semaphore --id --semaphorename --semaphore-name --semaphoretimeout --semaphore-timeout --st",
        SEM,
    ),
    (P, "--bin --shard --group-by --groupby --tee", SPLIT),
    (P, "--bibtex --citation", "there is no notice to silence; leave it out"),
    (
        P,
        "--block-timeout --blocktimeout --bt",
        "a job gets a block when the block is full or the input ends; use a smaller --block or -N",
    ),
    (
        P,
        "--color-failed --colorfailed --color-fail --colorfail --colour-failed --colourfailed --colour-fail --colourfail --cf --ctag --ctagstring --ctag-string",
        "use --tag or --tagstring; failures are listed at the end",
    ),
    (
        P,
        "--compress --compress-program --compressprogram --use-compress-program --usecompressprogram --decompress-program --decompressprogram --use-decompress-program --usedecompressprogram",
        "large outputs go to --tmpdir uncompressed; put a compressor into the command",
    ),
    (P, "--ctrlc --ctrl-c --no-ctrlc --no-ctrl-c --noctrlc", "Ctrl-C always ends the jobs"),
    (P, "-D --debug", "use --decision-log FILE, --explain or -t"),
    (P, "--embed", "apool is one file; ship it with the script"),
    (P, "--record-env --recordenv --session", ENV),
    (P, "--extensionreplace --er -U --seqreplace --slotreplace", NAMED),
    (P, "--filter", "filter the input first (grep, awk), or test in the command"),
    (P, "-g -H -T -W -Y --tollef", "GNU parallel has removed it, too; leave it out"),
    (P, "-J", "put the options into variables APOOL_<OPTION>, or a shell alias"),
    (P, "--latest-line --latestline --ll", LATEST),
    (P, "--linkinputsource --xapplyinputsource", "use :::+ or ::::+ before the source"),
    (
        P,
        "--max-line-length-allowed --maxlinelengthallowed",
        "getconf ARG_MAX prints the limit, and -X fills it by itself",
    ),
    (P, "--minversion --min-version", "apool --version prints its own"),
    (
        P,
        "--nonall --onall --return --trc --transfer --transferfile --transfer-file --transferfiles --transfer-files --tf",
        REMOTE,
    ),
    (
        P,
        "--number-of-cores --numberofcores --number-of-cpus --numberofcpus --number-of-sockets --numberofsockets --number-of-threads --numberofthreads",
        CORES,
    ),
    (P, "--parens", PERL),
    (P, "--regexp --regex", "--recstart and --recend are plain strings"),
    (P, "--rrs --remove-rec-sep --removerecsep", "strip the separators in the command, for example with sed"),
    (P, "--shebang --hashbang --shebang-wrap", "write #!/bin/sh and apool in the script"),
    (P, "--shell-completion", "use --completions bash|zsh|fish"),
    (P, "--skip-first-line --skipfirstline", "use --skip 1, or --header : for names"),
    (P, "--sql --sqlmaster --sql-master --sqlworker --sql-worker --sqlandworker --sql-and-worker", SQL),
    (P, "-S --sshlogin --sshloginfile --slf --ssh --sshdelay --ssh-delay --rsync-opts --rsyncopts", REMOTE),
    (P, "--template --tmpl", "fill the file with the command, for example with sed or envsubst"),
    (P, "--tmux --tmuxpane --tmux-pane", LATEST),
    (P, "--total-jobs --totaljobs --total", "the live view shows the total once all input has been read"),
    (
        P,
        "--use-cores-instead-of-threads --usecoresinsteadofthreads --use-cpus-instead-of-cores --usecpusinsteadofcores --use-sockets-instead-of-threads --usesocketsinsteadofthreads",
        CORES,
    ),
    (X, "-J -R", "{} as a whole word stands for all records of a job: apool -n 10 mv {} dir"),
    (X, "--show-limits --showlimits", "getconf ARG_MAX prints the limit, and -X fills it by itself"),
];

/// The message for an unknown option, if one of the tools has it.
pub fn about(flag: &str) -> Option<String> {
    let (tool, _, advice) = ABSENT.iter().find(|(_, names, _)| names.split(' ').any(|name| name == flag))?;
    Some(format!("{flag} of {} is not an option here: {advice}", tool.name()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::command;
    use std::collections::HashSet;

    #[test]
    fn no_absent_option_exists() {
        let have = names_we_have();
        let names = ABSENT.iter().flat_map(|(_, names, _)| names.split(' '));
        let both: Vec<&str> = names.filter(|name| have.contains(*name)).collect();
        assert!(both.is_empty(), "{both:?}");
    }

    /// All names of options of both tools, from their definitions and manuals.
    const THEIRS: &str = include_str!("../../tests/it/compat/options.txt");

    fn names_we_have() -> HashSet<String> {
        let mut have = HashSet::new();
        for arg in command().get_arguments() {
            let long = arg.get_long().into_iter().chain(arg.get_all_aliases().unwrap_or_default());
            have.extend(long.map(|name| format!("--{name}")));
            let short = arg.get_short().into_iter().chain(arg.get_all_short_aliases().unwrap_or_default());
            have.extend(short.map(|letter| format!("-{letter}")));
        }
        have
    }

    #[test]
    fn every_option_of_the_tools_exists_or_has_advice() {
        let have = names_we_have();
        let (mut theirs, mut absent) = (0, 0);
        for line in THEIRS.lines().filter(|line| !line.starts_with('#')) {
            let (tool, name) = line.split_once(' ').expect("a tool and a name");
            theirs += 1;
            if have.contains(name) {
                continue;
            }
            absent += 1;
            let answer =
                about(name).unwrap_or_else(|| panic!("{name} of {tool} is neither here nor answered"));
            let (said, instead) = answer.split_once(" is not an option here: ").expect("a sentence");
            assert!(said.starts_with(&format!("{name} of ")), "{answer}");
            assert!(instead.split_whitespace().count() >= 3, "{answer}");
        }
        assert!(theirs > 300 && absent < theirs / 2, "{absent} of {theirs}");
    }

    #[test]
    fn an_absent_option_has_advice() {
        assert!(about("--sshlogin").is_some_and(|text| text.contains("ssh {1}")));
        assert!(about("--show-limits").is_some_and(|text| text.starts_with("--show-limits of xargs")));
        assert_eq!(about("--frobnicate"), None);
    }
}
