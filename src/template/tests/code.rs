//! Words that other programs run as code. Values are quoted for a shell and refused for another language.

use super::*;

const V: &str = "a'b\\";

fn of(words: &[&str], syntax: &Syntax) -> Result<Template, TemplateError> {
    let words: Vec<Vec<u8>> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
    Template::direct(&words, syntax)
}

fn direct_argv(line: &[&str], args: &Args) -> Vec<String> {
    words(&of(line, &Syntax::default()).unwrap(), args)
}

fn script(text: &str) -> Result<String, TemplateError> {
    let template = Template::shell(text.as_bytes(), &Syntax::default(), &Shell::default())?;
    Ok(words(&template, &one(V)).pop().unwrap())
}

#[test]
fn among_words_code_for_a_shell_is_filled_quoted() {
    let login = r#"'a'"'"'b'"\\""#;
    let cat = format!("cat {login}");
    let option = format!("--command=x {login}");
    // The value for sh, and that text for the shell of ssh.
    let nested = "sh -c 'x '\"'\"'a'\"'\"\"\\\\\"\"''\"'b'\"\\\\\"\"'\"";
    for (line, want) in [
        (&["sh", "-c", "echo {}"][..], &["sh", "-c", r"echo 'a'\''b\'"][..]),
        (
            &["bash", "-c", "x \"{}\" ${1} ${#} 3<>f {#}", "_", "{}"],
            &["bash", "-c", "x \"\"'a'\\''b\\'\"\" ${1} ${#} 3<>f 7", "_", V],
        ),
        (&["env", "A=b", "dash", "-ec", "x$(y {})"], &["env", "A=b", "dash", "-ec", r"x$(y 'a'\''b\')"]),
        (&["ssh", "-p", "22", "host", "cat", "{}"], &["ssh", "-p", "22", "host", &cat]),
        (&["ssh", "host", "cat"], &["ssh", "host", &cat]),
        (&["ssh", "host", "sh -c 'x {}'"], &["ssh", "host", nested]),
        (&["su", "--command=x {}", "me"], &["su", &option, "me"]),
        (&["sh", "-c", "{}"], &["sh", "-c", V]),
        (&["ssh", "host", "{}"], &["ssh", "host", V]),
        (&["ssh", "{}", "uptime"], &["ssh", V, "uptime"]),
        (&["sh", "-c", "x # it's {}", "{}"], &["sh", "-c", "x # it's {}", V]),
        (&["sh", "-c", "x $(({#}+1)) `y {#}`"], &["sh", "-c", "x $((7+1)) `y 7`"]),
        (&["python3", "-c", "print({#})", "{}"], &["python3", "-c", "print(7)", V]),
        (&["sqlite3", "{}", "select 1 <> 2"], &["sqlite3", V, "select 1 <> 2"]),
        (&["perl", "-e", "while (<>) { print }", "{}"], &["perl", "-e", "while (<>) { print }", V]),
        (&["awk", "{print $1}", "{}"], &["awk", "{print $1}", V]),
        (&["jq", ".", "{}"], &["jq", ".", V]),
        (&["sed", "-n", "5p", "{}"], &["sed", "-n", "5p", V]),
        (&["grep", "-e", "x{}", "f"], &["grep", "-e", "xa'b\\", "f"]),
    ] {
        assert_eq!(direct_argv(line, &one(V)), want, "{line:?}");
    }
}

#[test]
fn several_values_are_several_words_in_code_too() {
    let packed = Args::Packed(row(&["1", "2 3"]));
    let repeat = Syntax { pack: Pack::Repeat, ..Syntax::default() };
    assert_eq!(direct_argv(&["sh", "-c", "c {} x{}"], &packed), ["sh", "-c", "c 1 '2 3' x'1 2 3'"]);
    let template = of(&["sh", "-c", "c {} x{}"], &repeat).unwrap();
    assert_eq!(words(&template, &packed), ["sh", "-c", "c 1 '2 3' x'1' x'2 3'"]);
    let template = Template::shell(b"ssh h c x{}", &repeat, &Shell::default()).unwrap();
    let text = words(&template, &packed).pop().unwrap();
    assert_eq!(text, r"ssh h 'c x'\''1'\'' x'\''2 3'\'''");
    for args in [&packed, &one("'''\\")] {
        let size = template.size();
        let (Args::One(row) | Args::Packed(row)) = args else { continue };
        let each = |value: &[u8]| size.length()(value) * size.copies + size.bytes_each;
        let most = size.bytes + row.values().map(each).sum::<usize>();
        let argv = template.render(&values(args)).unwrap();
        let real: usize = argv.iter().map(|word| word.to_bytes().len() + 1).sum();
        assert!(most >= real, "{most} < {real}");
    }
}

#[test]
fn in_text_code_for_a_shell_is_quoted_for_every_level() {
    for (text, want) in [
        ("sh -c 'c {}'", r"sh -c 'c '\''a'\''\'\'''\''b\'\'''"),
        ("\"$SHELL\" -c \"c {}\"", r#""$SHELL" -c 'c '\''a'\''\'\'''\''b\'\'''"#),
        ("f $(sh -c \"{};\")", r"f $(sh -c ''\''a'\''\'\'''\''b\'\'';')"),
        ("find . -exec sh -c 'c {}' \\;", r"find . -exec sh -c 'c '\''a'\''\'\'''\''b\'\''' \;"),
        ("ssh host c {} >f y", r#"ssh host 'c '\''a'\''"'\''"'\''b'\''"\\" y' >f"#),
        ("ssh host c", r#"ssh host 'c '\''a'\''"'\''"'\''b'\''"\\"'"#),
        ("sh -c \"{}\"", r#"sh -c ""'a'\''b\'"""#),
        ("exec sh -c 'c # {}'; d {#}", "exec sh -c 'c # {}'; d 7"),
        ("if x; then /bin/sh -c 'c {#}'; fi", "if x; then /bin/sh -c 'c 7'; fi"),
        ("c $(({#}+1)) `d {#}` ${x:-{#}}", "c $((7+1)) `d 7` ${x:-7}"),
        ("eval c {#}; a[{#}]=1; c <<E\n{#}\nE", "eval c 7; a[7]=1; c <<E\n7\nE"),
        ("python3 -c 'print({#})'", "python3 -c 'print(7)'"),
        ("sqlite3 db 'select a <> b' {#}", "sqlite3 db 'select a <> b' 7"),
        ("awk '{print $1}' {}", r"awk '{print $1}' 'a'\''b\'"),
    ] {
        assert_eq!(script(text).as_deref(), Ok(want), "{text}");
    }
}

#[test]
fn what_cannot_be_known_or_quoted_is_refused() {
    for (text, column, why) in [
        (
            "bash -c \"cd $HOME; c {}\"",
            22,
            "beside an expansion in the code of bash -c at column 22: no quoting is right there; write bash -c",
        ),
        (
            "ssh host c *.txt {}",
            18,
            "beside an expansion in the code of ssh at column 18: no quoting is right there; write sh -c",
        ),
        ("ssh host \"c $(d) {}\"", 18, "beside an expansion in the code of ssh"),
        ("sh -c 'c `d {}`'", 13, "in backticks"),
        ("sh -c 'c $(({}))'", 13, "in an arithmetic"),
        ("sh -c \"sh -c 'eval {}'\"", 20, "in the code of eval"),
        ("x | env A=b sh -c 'c ${x:-{}}'", 27, "in ${...}"),
        ("awk '{}' f", 6, "in the code of awk"),
        ("python3 -c {}", 12, "in the code of python3 -c"),
    ] {
        let error = script(text).expect_err(text);
        assert_eq!(error.column, Some(column), "{text}: {error}");
        let message = error.to_string();
        assert!(message.starts_with(&format!("placeholder {why}")), "{text}: {message}");
    }
    let open = script("sh -c \"echo '{}\"").unwrap_err().to_string();
    assert_eq!(open, "unterminated single quote at column 7");
    let message = of(&["ssh", "host", "x", "`y {}`"], &Syntax::default()).unwrap_err().to_string();
    assert!(message.starts_with("placeholder in backticks at column 4 of word 4"), "{message}");
    for line in [&["sqlite3", "db"][..], &["jq"], &["python3", "-c"]] {
        let message = of(line, &Syntax::default()).unwrap_err().to_string();
        assert!(message.contains("no quoting is right there"), "{message}");
    }
}

const SED_WAY: &str =
    "the change for perl, which reads it from the environment: env x={} perl -pe 's/FROM/$ENV{x}/'";

/// The user's command, and the one that is offered in its place.
#[test]
fn the_way_out_is_made_from_the_command() {
    for (line, want) in [
        (&["python3", "-c", "print(\"{}\")"][..], "python3 -c 'import sys; print(sys.argv[1])' {}"),
        (
            &["python3", "-c", "print(\"a {} b\")", "x"],
            "env x={} python3 -c 'import os; print(\"a \"+os.environ[\"x\"]+\" b\")' x",
        ),
        (&["perl", "-e", "print \"<{}>\""], "perl -e 'print \"<$ARGV[0]>\"' -- {}"),
        (&["perl", "-ne", "print if /{}/", "f"], "env x={} perl -e '... $ENV{x} ...'"),
        (&["python3", "-c", "print(r\"{}\")"], "python3 -c 'import sys; ... sys.argv[1] ...' {}"),
        (&["python3", "-c", "print(\"{}\" % 1)"], "python3 -c 'import sys; ... sys.argv[1] ...' {}"),
        (&["python3", "-c", "a = 1\nprint(\"{}\")"], "python3 -c 'import sys; ... sys.argv[1] ...' {}"),
        (
            &["python3", "-c", "for a in 'b': print(\"{}\")"],
            "python3 -c 'import sys; ... sys.argv[1] ...' {}",
        ),
        (&["jq", "{\"{}\": 1}"], "jq --arg x {} '... $x ...'"),
        (&["jq", ". as $x | \"{}\""], "jq --arg x {} '... $x ...'"),
        (&["emacs", "--eval", "(message \"{}\")"], "env x={} emacs --eval '... (getenv \"x\") ...'"),
        (&["ssh", "h", "sed 's/a/{}/' f"], SED_WAY),
        (&["sudo", "sed", "s/a/{}/", "f"], SED_WAY),
        (&["ruby", "-e", "puts \"{}\""], "ruby -e 'puts ARGV[0]' -- {}"),
        (&["node", "-e", "console.log(`a {}`)"], "node -e '... process.argv[1] ...' -- {}"),
        (&["awk", "/{}/", "f"], "env x={} awk '... ENVIRON[\"x\"] ...'"),
        (&["nice", "awk", "{print \"{}\"}", "f"], "nice env x={} awk '{print ENVIRON[\"x\"]}' f"),
        (&["jq", "-r", ".a == \"{}\"", "f"], "jq -r --arg x {} '.a == $x' f"),
        (&["psql", "-d", "db", "-c", "select '{}'"], "psql -v x={} -f FILE, with ... :'x' ... in FILE"),
        (&["sed", "-i", "s/a/{}/g", "f"], "env x={} perl -i -pe 's/a/$ENV{x}/g' f"),
        (&["python3", "-c", "{}"], "apool -c 'printf \"%s\\n\" {} | python3 -'"),
        (&["awk", "{}", "f"], "apool -c 'printf \"%s\\n\" {} | awk -f - f'"),
        (&["sqlite3", "my.db", "{}"], "apool -c 'printf \"%s\\n\" {} | sqlite3 my.db'"),
        (&["sudo", "-s", "cat", "{}"], "sudo without -s or -i, which passes words unchanged"),
    ] {
        let error = of(line, &Syntax::default()).expect_err("refused").reason;
        let Reason::Language(_, _, way) = &error else { panic!("{line:?}: {error:?}") };
        assert_eq!(way, want, "{line:?}");
    }
    let error = script("python3 -c 'print(\"{}\")'").unwrap_err().to_string();
    assert!(error.contains("write python3 -c 'import sys; print(sys.argv[1])' {} (or use -I @"), "{error}");
    for text in
        ["cat f | awk '{print \"{}\"}'", "awk '{print \"{}\"}' f >g", "cd d && awk '{print \"{}\"}' f"]
    {
        let error = script(text).unwrap_err().to_string();
        assert!(error.contains("write env x={} awk '... ENVIRON[\"x\"] ...'"), "{error}");
    }
}
