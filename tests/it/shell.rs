//! The shell of `-c` and of records that are commands: the one that started apool, that of `--shell`, or sh.

use crate::harness::{Dir, Run, apool};
use std::process::{Command, Output, Stdio};

/// Shells as a user starts them, with the words of the metrics.
const SHELLS: &[(&str, &str)] = &[
    ("sh", "/bin/sh"),
    ("bash", "bash"),
    ("dash", "dash"),
    ("zsh", "zsh -f"),
    ("ksh", "ksh"),
    ("mksh", "mksh"),
    ("yash", "yash"),
    ("busybox sh", "busybox sh"),
];

/// Runs a script file with this shell, if it is installed. apool is `$APOOL`.
fn script(dir: &Dir, shell: &str, text: &str) -> Option<Output> {
    let file = dir.write("script", format!("{text}\n:\n"));
    let mut words = shell.split(' ');
    let mut command = Command::new(words.next().expect("a shell"));
    command.args(words).arg(&file).current_dir(dir.path()).stdin(Stdio::null());
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("APOOL", apool()).env("LC_ALL", "C.UTF-8").env("HOME", dir.path());
    let output = command.output().ok();
    if output.is_none() {
        eprintln!("left out: {shell} is not here");
    }
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The shell that the metrics name, without the directory and the version of its file.
fn named(dir: &Dir) -> String {
    let shell = dir.json("m")["config"]["shell"].as_str().expect("the shell").to_owned();
    if shell == "/bin/sh" {
        return shell;
    }
    let base = shell.rsplit('/').next().expect("a name").to_owned();
    base.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned()
}

#[test]
fn the_shell_that_started_apool_runs_the_jobs() {
    for (shell, want) in SHELLS {
        let dir = Dir::new();
        let line = "\"$APOOL\" --metrics-json m -c 'readlink /proc/$$/exe; echo {}' ::: x";
        let Some(output) = script(&dir, shell, line) else { continue };
        let said = text(&output.stdout);
        assert!(output.status.success() && said.ends_with("\nx\n"), "{shell}: {output:?}");
        assert_eq!(named(&dir), *want, "{shell}");
        // The job runs in the file of that shell.
        let own = script(&dir, shell, "readlink /proc/$$/exe").map(|own| text(&own.stdout));
        assert_eq!(said.lines().next(), own.as_deref().map(str::trim_end), "{shell}");
    }
}

#[test]
fn every_value_arrives_in_the_shell_that_started_apool() {
    let value = "a'b\"c $HOME `id` \\ $(id) *?[x] ~ # ! ; & | < > {} '' \u{e9} \\n -";
    for (shell, _) in SHELLS {
        let dir = Dir::new();
        dir.write("in", format!("{value}\n"));
        // HOME is this directory.
        dir.write(".zshenv", "setopt RC_QUOTES\n");
        let mut lines = String::new();
        for place in ["{}", "\"{}\"", "'{}'", "\"$(printf %s {})\"", "\"\"{}''"] {
            let command = format!("printf \"%s|\" {place}").replace('\'', "'\\''");
            lines.extend(["\"$APOOL\" -a in -c '", &command, "'\n"]);
        }
        // One word, and a record that is a command.
        lines += "\"$APOOL\" -a in 'printf \"%s|\" {} # {}'\n";
        lines += "\"$APOOL\" ::: 'printf \"%s|\" \"a  b\"; :'";
        let Some(output) = script(&dir, shell, &lines) else { continue };
        assert_eq!(text(&output.stdout), format!("{value}|").repeat(6) + "a  b|", "{shell}: {output:?}");
    }
}

#[test]
fn the_syntax_of_bash_and_zsh_works_as_at_the_prompt() {
    let line = "\"$APOOL\" -c '[[ {} == a* ]] && a=(x y) && cat <(echo \"${a[@]}\" {})' ::: abc";
    for shell in ["bash", "zsh", "ksh"] {
        let dir = Dir::new();
        if let Some(output) = script(&dir, shell, line) {
            assert_eq!(text(&output.stdout), "x y abc\n", "{shell}: {output:?}");
        }
    }
}

#[test]
fn a_shell_that_is_called_sh_is_sh() {
    let dir = Dir::new();
    let line = "(exec -a sh bash -c '\"$APOOL\" --metrics-json m -c \"echo {}\" ::: x; :')";
    let output = script(&dir, "bash", line).expect("bash");
    assert_eq!((text(&output.stdout), named(&dir)), ("x\n".to_owned(), "/bin/sh".to_owned()));
}

#[test]
fn a_parent_that_is_no_shell_gives_sh() {
    let dir = Dir::new();
    Run::line("--metrics-json m -c").args(["echo {}", ":::", "x"]).dir(&dir).gives("x\n");
    assert_eq!(named(&dir), "/bin/sh");
    // Another program is between the shell and apool.
    let line = "env -i nice \"$APOOL\" --metrics-json m -c 'echo {}' ::: y";
    let output = script(&dir, "bash", &line.replace("nice", "timeout 100")).expect("bash");
    assert_eq!((text(&output.stdout), named(&dir)), ("y\n".to_owned(), "/bin/sh".to_owned()));
}

#[test]
fn the_option_takes_options_of_the_shell() {
    let dir = Dir::new();
    let run = Run::new().args(["--metrics-json", "m", "--shell", "bash -eo pipefail", "-c"]).dir(&dir);
    run.args(["false | true; echo {}", ":::", "x"]).run().status(1).stdout("");
    assert_eq!(dir.json("m")["config"]["shell"], "bash -eo pipefail");
    Run::new().args(["--shell", "bash -u", ":::", "echo ${none-a}; echo b;"]).gives("a\nb\n");
    // A file whose name has a blank.
    let file = dir.write("my shell", "#!/bin/sh\nprintf '%s|' \"$@\"\n");
    let mut mode = std::fs::metadata(&file).expect("the file").permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
    std::fs::set_permissions(&file, mode).expect("chmod");
    Run::new().args(["--shell", "./my shell", "-c", "echo {}", ":::", "x"]).dir(&dir).gives("-c|echo x|");
}

#[test]
fn shells_that_do_not_read_text_as_sh_does_are_refused() {
    let refused = |shell: &str, message: &str| {
        let run = Run::new().args(["--shell", shell, "-c", "touch {}", ":::", "made"]);
        run.refused(255, &format!("apool: {message}"));
    };
    let use_sh = "use a shell with the syntax of sh (--shell sh)";
    refused("env fish", &format!("values cannot be quoted for fish; {use_sh}"));
    refused("ssh host bash", &format!("values cannot be quoted for ssh; {use_sh}"));
    refused("bash 'x", "--shell 'bash 'x': unmatched quote");
    refused(" ", "--shell ' ': the name of a shell is missing, as in --shell 'bash -eo pipefail'");
}

#[test]
fn the_help_names_the_shell() {
    let dir = Dir::new();
    let output = script(&dir, "dash", "\"$APOOL\" --help").expect("dash");
    let help = text(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    let named = help.split("The shell that started this apool is ").nth(1).unwrap_or_default();
    assert!(named.split(' ').next().is_some_and(|file| file.ends_with("/dash.")), "{help}");
    assert!(Run::line("--help").run().out().contains("No shell has started this apool."));
}

#[test]
fn a_template_that_ends_in_a_comment_leaves_the_record_out() {
    let dir = Dir::new();
    let hostile = "x\ntouch made";
    for template in ["echo hi #", "echo hi # {}", "echo hi #{}", "true\necho hi # it's `"] {
        Run::line("-0 -c").args([template, ":::", hostile]).dir(&dir).gives("hi\n");
        Run::line("-0 -n2 -X").args([template, ":::", hostile, "y"]).dir(&dir).gives("hi\n");
    }
    // A # inside of a word is no comment.
    Run::line("-c").args(["echo a#", ":::", "b"]).gives("a# b\n");
    Run::line("-j1 --dry-run").args(["echo hi #", ":::", "1", "2"]).gives("echo hi #\necho hi #\n");
    assert!(!dir.join("made").exists());
}

#[test]
fn a_template_that_is_the_placeholder_runs_the_record_as_a_command_line() {
    for template in ["{}", "<>"] {
        Run::new().args([template, ":::", "echo a; echo 'b  c'"]).gives("a\nb  c\n");
        Run::line("-c").args([template, ":::", "echo a  b"]).gives("a b\n");
    }
    Run::line("-I , , :::").args(["echo a | tr a b"]).gives("b\n");
    Run::line("-k -n2 {} ::: pwd").args([":", "echo x"]).run().status(0);
    // A word of several, and -q, are the name of a program.
    Run::line("-- {} x ::: echo").gives("x\n");
    Run::line("-q {} :::").args(["echo a"]).run().status(1).stderr_has("'echo a': not found in PATH");
}

#[test]
fn words_that_were_meant_for_a_shell_are_named_once() {
    let run = Run::line("-k echo {} ; exit {} ::: a b").run().status(0).stdout("a ; exit a\nb ; exit b\n");
    run.stderr("apool: ';' went to echo as an argument; for a shell: apool -c 'echo {} ; exit {}' ...\n");
    let run = Run::line("echo $HOME ::: a").run().status(0).stdout("$HOME a\n");
    run.stderr("apool: '$HOME' went to echo as an argument; for a shell: apool -c 'echo $HOME {}' ...\n");
    let run = Run::line("--pipe echo | x").stdin("a\n").run().status(0).stdout("| x\n");
    run.stderr("apool: '|' went to echo as an argument; for a shell: apool -c 'echo | x' ...\n");
    // Behind find, and quoted on purpose.
    Run::line("find {} -maxdepth 0 -exec echo {} ; ::: .").gives(".\n");
    Run::line("-q echo {} ; exit ::: a").gives("a ; exit\n");
    Run::line("echo -d ; ::: a").gives("-d ; a\n");
}

#[test]
fn a_word_that_only_a_shell_has_is_explained() {
    for (line, message) in [
        ("cd {} ::: a", "cd: a builtin of the shell, not a program; write apool -c 'cd {}' ..."),
        ("A=1 env ::: a", "A=1: an assignment of the shell, not a program; write apool env A=1 env ..."),
        (
            "while read ::: a",
            "while: a keyword of the shell, not a program; write apool -c 'while read {}' ...",
        ),
    ] {
        Run::line(line).run().status(127).stdout("").stderr(&format!("apool: {message}\n"));
    }
    // A function or an alias of the user is not known to apool.
    let dir = Dir::new();
    for (shell, way) in [("bash", "type export -f ll first"), ("zsh", "make a script of it")] {
        let Some(output) = script(&dir, shell, "\"$APOOL\" ll ::: a") else { continue };
        let want = format!(
            "apool: ll: not found in PATH; if ll is a function of your shell, {way}; if it is an alias, type what it stands for\n"
        );
        assert_eq!(text(&output.stderr), want, "{shell}");
    }
}
