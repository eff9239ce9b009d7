//! Input, placeholders and streams in the spellings of xargs and GNU parallel that are not in the tables, because they need
//! a look at more than the output, or are refused.

use crate::env::{Dir, Run};

#[test]
fn a_value_may_be_attached_to_the_letter() {
    let lines = || Run::new().stdin("a\nb\nc\nd\n").args(["-k"]);
    lines().args(["-i", "echo", "{}."]).gives("a.\nb.\nc.\nd.\n");
    lines().args(["-i%", "echo", "%{}"]).gives("a{}\nb{}\nc{}\nd{}\n");
    lines().args(["-l", "echo"]).gives("a\nb\nc\nd\n");
    lines().args(["-l3", "echo"]).gives("a b c\nd\n");
    lines().args(["-eb", "echo"]).gives("a\n");
    lines().args(["-tl2", "echo"]).run().status(0).stdout("a b\nc d\n");
    // The words of the command, and values of other options, are their own.
    Run::new().stdin("x-iby").args(["-k", "-d", "-ib", "echo", "-l5", "-i"]).gives("-l5 -i x\n-l5 -i y\n");
    lines().args(["--jobs", "1", "--", "echo", "-eb"]).gives("-eb a\n-eb b\n-eb c\n-eb d\n");
}

#[test]
fn a_header_makes_columns_at_tabs() {
    let table = "n\tsize\n a \t1 2\nb\t3\n";
    let run = || Run::new().stdin(table).args(["-k", "--header", ":"]);
    run().args(["echo", "{size}|{n}|{2}"]).gives("1 2| a |1 2\n3|b|3\n");
    run().args(["--trim", "lr", "echo", "{size}|{n}"]).gives("1 2|a\n3|b\n");
    run().args(["-C", " ", "echo", "{1}"]).run().status(0);
}

#[test]
fn csv_may_have_another_separator() {
    for separator in [";", "\\;"] {
        Run::new().stdin("\"a;b\";c\n").args(["--csv", "-C", separator, "echo", "{2}|{1}"]).gives("c|a;b\n");
    }
    Run::new().stdin("\"a\tb\"\tc\n").args(["--csv", "-C", "\\t", "echo", "{2}"]).gives("c\n");
    let done = Run::new().args(["--csv", "-C", "[;,]", "echo"]).run();
    done.status(255).stderr("apool: --csv with --colsep takes one character such as ; or \\t\n");
}

#[test]
fn a_record_that_is_missing_is_no_word() {
    let run = || Run::new().stdin("a\nb\nc\n").args(["-k"]);
    let count = ["sh", "-c", "echo $#", "sh", "{1}", "{2}"];
    run().args(["-n", "2"]).args(count).gives("2\n1\n");
    run().args(["-N", "2", "-c", "set -- {1} {2}; echo $#"]).gives("2\n1\n");
    run().args(["-N", "2", "-c", "echo \"[{2}]\""]).gives("[b]\n[]\n");
    // A column that is missing is empty: the words behind it keep their places.
    run().args(["-C", ","]).args(count).gives("2\n2\n2\n");
}

#[test]
fn the_bar_has_three_names() {
    for words in [&["--bar", "--eta"][..], &["--progress", "--bar"], &["--eta", "--progress=bar"]] {
        Run::new().args(words).args(["echo", ":::", "a"]).run().status(0).stdout("a\n");
    }
    Run::new().args(["--bar", "--progress=json", "echo"]).run().status(255).stderr_has("leave out one");
}

#[test]
fn what_has_another_name_here_is_said() {
    for (words, part) in [
        (&["--limit", "mem 1G"][..], "use --memfree 1G"),
        (&["--limit", "load 3"], "use --load 3"),
        (&["--limit", "io 80"], "not built in"),
        (&["--limit", "/no/such/command"], "--limit: the command is not found (status 127)"),
        (&["--results", "r.csv"], "--joblog FILE writes a table"),
        (&["--results", "r.tsv"], "--joblog FILE writes a table"),
        (&["--load", "none"], "is not a number of threads such as 8, 7.5"),
        (&["--pipe", "-0"], "--recend"),
        (&["--pipe", "-L", "2"], "-N counts records"),
        (&["--plus", "-I", "{}", "--tagstring", "{hgrp}"], "jobs run on this machine"),
        (&["--max-lines"], "'cat' is not a whole number"),
    ] {
        let dir = Dir::new();
        let done = Run::new().dir(&dir).args(words).args(["cat"]).stdin("a\n").run();
        done.status(255).stdout("").stderr_has(part);
        assert!(!dir.join("r.csv").exists());
    }
    Run::new().args(["--load", "100000.5", "echo", ":::", "a"]).gives("a\n");
}

#[test]
fn a_stream_has_a_header_by_expression() {
    let stream = "#one\n#two\n1\n2\n3\n";
    let run = |words: &[&str]| Run::new().stdin(stream).args(["--pipe", "-k", "--header"]).args(words);
    run(&["(#.*\\n)*", "-n", "2", "paste", "-sd,"]).gives("#one,#two,1,2\n#one,#two,3\n");
    run(&[".*\\n", "-N", "3", "paste", "-sd,"]).gives("#one,#two,1,2\n#one,3\n");
    run(&["x*", "-n", "3", "paste", "-sd,"]).gives("#one,#two,1\n2,3\n");
    run(&["(", "cat"]).run().status(255).stderr_has("apool: --header: ");
    Run::new().stdin("").args(["--pipe", "-r", "wc", "-c"]).gives("");
}

#[test]
fn the_further_forms_are_placeholders_with_plus_only() {
    let forms = ["{+/}", "{/a/b}", "{^^a}", "{:2}", "{0#}"];
    let run = |words: &[&str]| Run::new().args(words).args(["echo"]).args(forms).args([":::", "x/aa"]);
    run(&[]).gives("{+/} {/a/b} {^^a} {:2} {0#} x/aa\n");
    run(&["--plus"]).gives("x x/ba x/AA aa 1\n");
    // In code for sed and awk braces are theirs.
    Run::new().stdin("b\n").args(["--plus", "--pipe", "sed", "/b/{s/b/c/}"]).gives("c\n");
}

/// A value that is refused, not an option -1 that nobody typed.
#[test]
fn a_number_with_a_minus_is_a_value() {
    for (words, message) in [
        (&["--delay", "-1"][..], "--delay: '-1' is not a duration such as 30, 1.5s, 200ms, 1m30s or 2d"),
        (
            &["--policy", "balanced", "--cpu-threshold", "-0.5"],
            "--cpu-threshold: '-0.5' is not a ratio such as 0.8 or 80%",
        ),
        (&["--max-workers", "-3"], "--max-workers: '-3' is not a whole number in the range of this option"),
        (&["-1"], "unknown option -1: see --help"),
    ] {
        Run::new().args(words).args(["echo", ":::", "a"]).refused(255, &format!("apool: {message}"));
    }
}
