//! The command: placeholders, quoting by context, and the places where a placeholder is refused.

use crate::harness::Run;

/// The value of a placeholder for the record `dir/a.b.txt`, in both spellings and in both modes.
fn placeholder(inner: &str, want: &str) {
    for word in [format!("{{{inner}}}"), format!("<{inner}>")] {
        Run::line("-- echo").args([&word]).args([":::", "dir/a.b.txt"]).gives(format!("{want}\n"));
        let glued = format!("x{word}y");
        Run::line("-- echo").args([&glued]).args([":::", "dir/a.b.txt"]).gives(format!("x{want}y\n"));
        let text = format!("echo {word} \"{word}\" '{word}'");
        Run::line("-c").args([&text]).args([":::", "dir/a.b.txt"]).gives(format!("{want} {want} {want}\n"));
    }
}

#[test]
fn the_whole_record() {
    placeholder("", "dir/a.b.txt");
}

#[test]
fn parts_of_a_path() {
    for (inner, want) in [(".", "dir/a.b"), ("/", "a.b.txt"), ("//", "dir"), ("/.", "a.b")] {
        placeholder(inner, want);
    }
}

#[test]
fn sequence_number_and_slot() {
    placeholder("#", "1");
    placeholder("%", "1");
    Run::line("-k -j3 echo {#} <#> ::: a b c").gives("1 1\n2 2\n3 3\n");
    Run::line("-k -j1 echo {%} <%> ::: a b c").gives("1 1\n1 1\n1 1\n");
    Run::line("-k echo {#}/{##} ::: a b").gives("1/2\n2/2\n");
}

#[test]
fn columns() {
    for (inner, want) in [
        ("1", "dir/a.b.txt"),
        ("-1", "dir/a.b.txt"),
        ("1.", "dir/a.b"),
        ("1/", "a.b.txt"),
        ("1//", "dir"),
        ("1/.", "a.b"),
    ] {
        placeholder(inner, want);
    }
    Run::line("-k echo {2} <1> {-1} <-2> ::: a ::: b").gives("b a b a\n");
}

#[test]
fn a_number_beyond_the_only_value_is_text() {
    Run::line("--dry-run grep -cE ^[0-9]{4}$ {1} ::: f").gives("grep -cE '^[0-9]{4}$' f\n");
    Run::line("echo {-2} {2.} {-1} ::: f").gives("{-2} {2.} f\n");
    Run::line("echo {2} ::: f ::: g").gives("g\n");
    Run::line("-N2 echo {2} ::: f g").gives("g\n");
    Run::line("-C , echo x{2} ::: f").gives("x\n");
}

#[test]
fn a_command_without_a_placeholder_gets_the_record_last() {
    Run::line("echo a ::: b").gives("a b\n");
    Run::line("-c").args(["echo a", ":::", "b  c"]).gives("a b  c\n");
}

#[test]
fn another_base_placeholder() {
    Run::line("-I @ echo @ x@y {} <> {.} ::: d/a.c").gives("d/a.c xd/a.cy {} <> {.}\n");
    // A base of two halves has the other forms between them.
    Run::line("-I [] echo [] [.] [/] [1] [#] {} ::: d/a.c").gives("d/a.c d/a a.c d/a.c 1 {}\n");
    Run::line("-I {} echo x{} ::: a").gives("xa\n");
    Run::line("-I , -c").args(["echo \",\"", ":::", "a  b"]).gives("a  b\n");
}

#[test]
fn the_command_itself_may_be_a_placeholder() {
    Run::line("-- {} x ::: echo").gives("x\n");
    Run::line("-- <> x ::: echo").gives("x\n");
    // One path, never split.
    let done = Run::line("-- {} x ::: ").args(["echo a"]).run().status(1);
    done.stderr_has("apool: 'echo a' x: not found in PATH");
}

const NASTY: &str = "a'b\"c $HOME `id` \\ $(id) *?[x] ~ # ! ; & | < > {} é\u{202e}\t\\n";

#[test]
fn quoting_survives_every_context() {
    let want = format!("{NASTY}|");
    for text in [
        "printf '%s|' {}",
        "printf '%s|' \"{}\"",
        "printf '%s|' '{}'",
        "printf '%s|' \"\"{}''",
        "x={}; printf '%s|' \"$x\"",
        "x=\"{}\"; printf '%s|' \"$x\"",
        "printf '%s|' \"$(printf %s {})\"",
        "printf '%s|' \"$(printf %s \"{}\")\"",
        "printf '%s|' <>",
        "printf '%s|' \"<>\"",
        "( printf '%s|' '<>' )",
        "if true; then printf '%s|' {}; fi",
        "case {} in *) printf '%s|' {};; esac",
        "sh -c 'printf \"%s|\" \"$1\"' sh {}",
        "printf '%s|' {} # not {} here",
    ] {
        for shell in ["sh", "bash"] {
            Run::line("--shell").args([shell, "-c", text, ":::", NASTY]).gives(&want);
        }
    }
}

#[test]
fn every_byte_but_nul_and_newline_survives_quoting() {
    let bytes: Vec<u8> = (1..=255u8).filter(|b| *b != b'\n').collect();
    for text in ["printf %s {}", "printf %s \"{}\"", "printf %s '{}'"] {
        let done = Run::line("-c").args([text]).stdin(&bytes).run().status(0).stderr("");
        assert_eq!(done.stdout, bytes, "{text}");
    }
    let done = Run::line("-0 -c").args(["printf %s \"{}\""]).stdin("a\n\nb\n\n\0").run().status(0);
    done.stdout("a\n\nb\n\n");
}

#[test]
fn a_redirection_is_not_a_placeholder() {
    let dir = crate::harness::Dir::new();
    Run::line("-c").args(["exec 3<>made; echo {} >&3", ":::", "a"]).dir(&dir).gives("");
    assert_eq!(dir.read("made"), "a\n");
}

#[test]
fn one_word_with_metacharacters_is_run_by_a_shell() {
    Run::new().args(["echo {} | tr a-z A-Z", ":::", "a b"]).gives("A B\n");
    Run::new().args(["echo x; echo {}", ":::", "a"]).gives("x\na\n");
}

#[test]
fn records_are_commands_when_there_is_none() {
    Run::line("-k").stdin("echo one\nsleep 0.01; echo two | tr a-z A-Z\n").gives("one\nTWO\n");
    Run::line("-k").stdin("printf '%s\\n' 'a  b'\necho $((1+1))\nA=1 env printf x\n").gives("a  b\n2\nx");
    Run::line("-k :::").args(["echo {}", "echo \"x  y\""]).gives("{}\nx  y\n");
}

#[test]
fn exported_functions_are_commands() {
    let function = ("BASH_FUNC_greet%%", "() {  echo \"hello $1\"\n}");
    Run::line("-k greet ::: a b").env(function.0, function.1).gives("hello a\nhello b\n");
    Run::new().args(["greet {} | tr a-z A-Z", ":::", "a"]).env(function.0, function.1).gives("HELLO A\n");
}

fn refused(text: &str, why: &str) {
    let message = format!("apool: {why}: no quoting is right there; write sh -c '... \"$1\"' sh {{}}");
    let dir = crate::harness::Dir::new();
    let done = Run::line("-c").args([text, ":::", "a", "b"]).dir(&dir).run().status(255).stdout("");
    let error = done.err();
    assert_eq!(error.lines().next(), Some(&*message));
    assert!(error.contains("^^\n"), "{error}");
    assert!(!dir.join("made").exists());
}

#[test]
fn refusals_name_the_place_and_an_alternative() {
    refused("touch made; echo `cat {}`", "placeholder in backticks at column 23");
    refused("touch made; cat <<E\n{}\nE\n", "placeholder in a here-document at column 21");
    refused("echo ${x:-{}}", "placeholder in ${...} at column 11");
    refused("echo $(({}))", "placeholder in an arithmetic expression at column 9");
    refused("echo $'{}'", "placeholder in $'...' at column 8");
    refused("sh -c 'echo `x {}`'", "placeholder in backticks at column 16");
    refused("eval echo {}", "placeholder in the code of eval at column 11");
    refused("touch made; eval \"{}\"", "placeholder in the code of eval at column 19");
}

#[test]
fn code_for_another_shell_gets_the_exact_bytes() {
    let value = "a'b\"c $HOME `id` $(id) \\ {} ! * \\n";
    let want = format!("{value}|");
    for shell in ["sh", "bash", "/bin/dash"] {
        Run::line("--").args([shell, "-c", "printf '%s|' {}", ":::", value]).gives(&want);
        Run::line("-I@ --").args([shell, "-c", "printf '%s|' \"@\"", ":::", value]).gives(&want);
        Run::line("-c").args([&format!("{shell} -c \"printf '%s|' {{}}\""), ":::", value]).gives(&want);
        let nested = format!("env A=b {shell} -c 'sh -c \"printf %s\\| {{}}\"'");
        Run::new().args([&nested, ":::", value]).gives(&want);
    }
    // A placeholder that is the whole code is the code that the user asks for.
    Run::line("-- sh -c {} ::: ").args(["echo a; echo b"]).gives("a\nb\n");
    Run::line("--dry-run ssh host cat {} :::").args(["a b"]).gives("ssh host 'cat '\\''a b'\\'''\n");
}

#[test]
fn code_in_another_language_is_refused_with_an_alternative() {
    let tail = "(or use -I @ if these braces belong to the code)";
    let dir = crate::harness::Dir::new();
    Run::line("--").args(["python3", "-c", "print(\"{}\")", ":::", "a"]).dir(&dir).refused(
        255,
        &format!(
            "apool: placeholder in the code of python3 -c at column 8 of word 3: no quoting is right there; \
             write python3 -c 'import sys; print(sys.argv[1])' {{}} {tail}\n  \
             python3 -c 'print(\"{{}}\")'\n                     ^^"
        ),
    );
    Run::line("--").args(["awk", "{}", "f", ":::", "a"]).refused(
        255,
        &format!(
            "apool: placeholder in the code of awk at column 1 of word 2: no quoting is right there; \
             write apool -c 'printf \"%s\\n\" {{}} | awk -f - f' {tail}\n  awk {{}} f\n      ^^"
        ),
    );
    Run::line("-- awk").args(["{print $1}", "{}", ":::", "/dev/null"]).gives("");
    Run::line("-c").args(["sh -c 'echo $(({#}+1))'", ":::", "a"]).gives("2\n");
}

#[test]
fn unfinished_shell_text_is_refused_before_anything_runs() {
    Run::line("-c")
        .args(["echo 'a {}", ":::", "x"])
        .refused(255, "apool: unterminated single quote at column 6\n  echo 'a {}\n       ^");
    Run::line("-c").args(["", ":::", "x"]).refused(255, "apool: empty command");
    Run::line("-c").args(["echo {}", "more", ":::", "x"]).refused(
        255,
        "apool: -c takes the whole command as one string: more is one word too many (quote it)",
    );
    Run::line("--shell fish -c").args(["echo {}", ":::", "x"]).refused(
        255,
        "apool: values cannot be quoted for fish; use a shell with the syntax of sh (--shell sh)",
    );
}

#[test]
fn a_dry_run_prints_commands_for_the_shell() {
    let done =
        Run::line("--dry-run -- printf %s\\n {} ::: ").args(["a b", "c'd", "$x"]).run().status(0).stderr("");
    let again = std::process::Command::new("sh").args(["-c", &done.out()]).output().expect("sh");
    assert_eq!(String::from_utf8_lossy(&again.stdout), "a b\nc'd\n$x\n");
    Run::line("--dry-run echo ::: a b c").gives("echo a\necho b\necho c\n");
    Run::line("-j1 -t echo ::: a b").run().status(0).stdout("a\nb\n").stderr("echo a\necho b\n");
}
