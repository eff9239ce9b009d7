//! Tables: `--csv`, `--colsep` and `--header`, faulty tables, and missing columns.

use crate::harness::{Dir, Run};

/// Refused with status 255 and exactly this line, before the first job.
#[track_caller]
fn refused(input: &str, words: &[&str], message: &str) {
    let dir = Dir::new();
    let words = words.iter().map(|word| word.replace("RUN", "touch ran")).collect::<Vec<_>>();
    let words = words
        .iter()
        .flat_map(|word| if word == "touch ran" { vec!["touch", "ran"] } else { vec![word.as_str()] });
    let run = Run::new().args(words).stdin(input).dir(&dir);
    run.refused(255, &format!("apool: {message}")).stdout("");
    assert!(!dir.join("ran").exists(), "a job has run");
}

#[test]
fn an_unclosed_quote_is_reported_with_its_line() {
    let open = "is never closed; within quotes a quote is written twice";
    let done = Run::line("-k --csv echo {1}").stdin("a\nb\nc,\"d\ne\nf\n").run().status(255);
    // Records before the fault run.
    done.stdout("a\nb\n").stderr(&format!("apool: a quote that opens in line 3 of standard input {open}\n"));
    let dir = Dir::new();
    dir.write("t.csv", "a,b\r\n\"x\r\ny\",\"z\r\n1,2\r\n");
    let done = Run::line("-a t.csv --csv --header : echo {b}").dir(&dir).run().status(255).stdout("");
    done.stderr(&format!("apool: a quote that opens in line 3 of t.csv {open}\n"));
    // A fault in the header: no job runs.
    let message = format!("a quote that opens in line 1 of standard input {open}");
    refused("a,\"b\n1,2\n", &["--csv", "--header", ":", "RUN", "{a}"], &message);
    let word = Run::line("-k --csv echo {1} ::: a,b \"c").run().status(255).stdout("a\n");
    word.stderr(&format!("apool: a quote that opens in the value \"c {open}\n"));
}

#[test]
fn an_unclosed_quote_is_reported_before_it_takes_all_memory() {
    let mut input = b"a\n\"b".to_vec();
    input.resize(66 << 20, b'x');
    let done = Run::line("--csv echo {1}").stdin(input).run().status(255).stdout("a\n");
    done.stderr_has("a quote that opens in line 2 of standard input is not closed within 64 MiB");
}

#[test]
fn text_behind_a_closing_quote_is_refused() {
    let behind = "within quotes a quote is written twice\n";
    for text in ["x\n\"a\"b,c\n", "x\n\"a\" ,c\n", "x\n\"a\"\"\"b\n"] {
        let done = Run::line("-k --csv echo {1}").stdin(text).run().status(255).stdout("x\n");
        done.stderr(&format!("apool: text after a closing quote in line 2 of standard input; {behind}"));
    }
    let done = Run::line("--csv echo {1} ::: \"a\"b").run().status(255).stdout("");
    done.stderr(&format!("apool: text after a closing quote in the value \"a\"b; {behind}"));
    Run::line("-k --csv echo [{1}][{2}]")
        .stdin("6\" pipe,\"a \"\"b\"\"\"\r\n")
        .gives("[6\" pipe][a \"b\"]\n");
}

#[test]
fn every_table_is_opened_alike() {
    let tab = |line: &str| line.replace('|', "\t");
    for (options, between) in [
        ("--csv", ","),
        ("--csv -C ;", ";"),
        ("-C ,", ","),
        ("-C , --trim n", ","),
        ("", "\t"),
        ("--trim n", "\t"),
    ] {
        let table = tab(&format!("\u{feff}a{between}b\r\n1{between}2\r\n3{between}4\r\n"));
        let run = Run::line(options).args(["-k", "--header", ":", "printf", "<%s>", "{b}", "{a}", "{}"]);
        run.stdin(&table).gives("<2><1><1><2><4><3><3><4>");
        if !options.is_empty() && options != "--trim n" {
            let run = Run::line(options).args(["-k", "printf", "<%s>", "{2}", "{1}"]);
            run.stdin(&table).gives("<b><a><2><1><4><3>");
        }
    }
    // One column alone, and each kind of source.
    let dir = Dir::new();
    dir.write("x", "\u{feff}x\r\n1\r\n2\r\n");
    dir.write("y", "\u{feff}y\r\n3\r\n");
    let run = Run::line("-k --header : -a x -a y printf <%s> {x} {y}");
    run.dir(&dir).gives("<1><3><2><3>");
    // Without columns a quote is an ordinary byte.
    Run::line("-k printf <%s>").stdin("\u{feff}a\r\nb\r\n").gives("<\u{feff}a\r><b\r>");
}

#[test]
fn a_missing_column_is_refused_before_the_first_job() {
    let table = "a,c\n1,2\n";
    let csv = ["--csv", "--header", ":", "RUN"];
    let with = |more: &[&'static str]| [&csv[..], more].concat();
    let message = "no column is called b; the columns are a, c";
    for words in [&["{b}"][..], &["x{b.}y"], &["{a}", "{b//}"], &["<a>", "{b:-none}"]] {
        refused(table, &with(words), message);
    }
    refused(table, &["--csv", "--header", ":", "-c", "touch ran; echo \"{b}\""], message);
    refused(table, &["--csv", "--header", ":", "touch ran; echo {b}"], message);
    refused("a c\n1 2\n", &["-C", " ", "--header", ":", "RUN", "{b}"], message);
    refused("a\tc\n1\t2\n", &["--header", ":", "RUN", "{b}"], message);
    refused("", &["--header", ":", "RUN", "{b}", ":::", "a", "1", ":::", "c", "2"], message);
    for option in ["--tagstring", "--results", "--workdir"] {
        let words = ["--csv", "--header", ":", option, "x{b}", "RUN", "{a}"];
        refused(table, &words, &format!("{option}: {message}"));
    }
    let message = "no column has the number 3; the columns are a, c";
    refused(table, &with(&["{3}"]), message);
    refused(table, &with(&["{3/.}"]), message);
    refused(table, &with(&["{-3}"]), "no column has the number -3; the columns are a, c");
    refused("", &["--header", ":", "RUN", "{3}", ":::", "a", "1", ":::", "c", "2"], message);
    let message =
        "no column is called b; columns have names only with --header :; without it use numbers such as {1}";
    refused(table, &["--csv", "RUN", "{b}"], message);
    refused(table, &["-C", ",", "RUN", "{b}"], message);
}

#[test]
fn braces_stay_text_where_there_are_no_columns() {
    Run::line("-k echo {b} {a}").stdin("x\n").gives("{b} {a} x\n");
    Run::line("-k echo {b} {1}-{2}-{3} ::: x ::: y").gives("{b} x-y-\n");
    // Records may have more columns or fewer, as in GNU parallel.
    Run::line("-k -C , echo [{1}][{3}]").stdin("a\nb,c,d\n").gives("[a][]\n[b][d]\n");
    Run::line("-k --csv echo [{1}][{3}]").stdin("a\nb,c,d\n").gives("[a][]\n[b][d]\n");
    // Braces of other languages, and another placeholder, which leaves all braces alone.
    let run = Run::line("-k --csv --header : echo").args([
        "{print $1}",
        "{print}",
        "{x,y}",
        "${b}",
        "%{b}",
        "{{b}}",
        "{a}",
    ]);
    run.stdin("a,c\n1,2\n").gives("{print $1} {print} {x,y} ${b} %{b} {{b}} 1\n");
    let run = Run::line("-k --csv --header : -I [] echo {b} [c] [1]");
    run.stdin("a,c\n1,2\n").gives("{b} 2 1\n");
}

#[test]
fn rows_may_be_longer_or_shorter_than_the_header() {
    let run = Run::line("-k --csv --header : echo [{a}][{c}][{}]");
    run.stdin("a,c\n1\n1,2\n1,2,3\n").gives("[1][][1]\n[1][2][1 2]\n[1][2][1 2 3]\n");
    Run::line("-k --csv --header : echo {a} {}").stdin("a,,\n1,2,3\n").gives("1 1 2 3\n");
}

#[test]
fn an_empty_table_runs_no_job_and_its_header_is_checked() {
    Run::line("--csv --header : echo {a}").stdin("a,c\n").gives("");
    refused(
        "a,c\n",
        &["--csv", "--header", ":", "RUN", "{b}"],
        "no column is called b; the columns are a, c",
    );
    // An empty input has no columns to check.
    Run::line("--csv --header : echo {b} {7}").stdin("").gives("");
    Run::line("--header : echo {a} {b} :::: - ::: a 1").stdin("").gives("");
    Run::line("--csv --header : --priority x echo").stdin("").gives("");
}

#[test]
fn two_columns_of_one_name_are_refused() {
    let message = "two columns are called a; each column needs a different name";
    refused("a,b,a\n1,2,3\n", &["--csv", "--header", ":", "RUN", "{b}"], message);
    refused("a\tb\ta\n1\t2\t3\n", &["--header", ":", "RUN", "{1}"], message);
    refused("", &["--header", ":", "RUN", "{1}", ":::", "a", "1", ":::", "a", "2"], message);
}

#[test]
fn a_name_that_is_a_placeholder_too_is_refused_where_it_is_used() {
    let message = "{#} is a placeholder, and column 1 is called #: give that column another name";
    refused("#,n\n1,2\n", &["--csv", "--header", ":", "RUN", "{#}"], message);
    Run::line("--csv --header : echo {1} {n}").stdin("#,n\n1,2\n").gives("1 2\n");
    Run::line("--csv --header : echo {2020} {2019}").stdin("2019,2020\n1,2\n").gives("2 1\n");
}

#[test]
fn an_order_by_a_missing_column_is_refused() {
    let table = "job,weight\na,3\n";
    let csv = ["--csv", "--header", ":"];
    let by = |more: &[&'static str]| [&csv[..], more, &["RUN", "{job}"]].concat();
    refused(
        table,
        &by(&["--priority", "cost"]),
        "--priority: no column is called cost; the columns are job, weight",
    );
    refused(
        table,
        &by(&["--priority", "3"]),
        "--priority: no column has the number 3; the columns are job, weight",
    );
    refused(
        "a\n",
        &["--priority", "2", "RUN"],
        "--priority 2: a record has one value; --colsep splits it into columns",
    );
    let words = ["--priority", "3", "RUN", ":::", "a", ":::", "b"];
    refused("", &words, "--priority 3: a job has 2 values");
    let message = "--priority: no column is called x; columns have names only with --header :; without it use numbers such as {1}";
    refused("a b\n", &["-C", " ", "--priority", "x", "RUN"], message);
    // Found when the records are read.
    refused("a b\nc\n", &["-C", " ", "--priority", "3", "RUN"], "--priority 3: no record has a column 3");
    Run::line("-j1 -C , --priority 2 echo {1}").stdin("a\nb,1\n").gives("b\na\n");
    refused("none\nneither\n", &["--order", "size", "RUN"], "--order size: no value names a file");
    let dir = Dir::new();
    dir.write("some", "x");
    Run::line("-j1 --order size echo ::: none some").dir(&dir).gives("some\nnone\n");
    Run::line("--order size echo").gives("");
    refused("a\n", &["--order", "history=none", "RUN"], "cannot read none: No such file or directory");
}
