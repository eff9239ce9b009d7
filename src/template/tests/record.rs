//! Records as command lines.

use super::*;

#[test]
fn plain_words_need_no_shell() {
    let shell = Shell { functions: vec![b"fun".to_vec()], ..Shell::default() };
    let template = Template::record(&shell);
    for line in [
        "true",
        "ls -l a",
        " echo  a\tb ",
        "./step.sh x",
        "/bin/echo a=b",
        "gcc -Da=b x.c",
        "a,b c:d e@f %x",
        "printenv",
        "echo a -n",
        "test -f x",
        "caf\u{e9} x",
    ] {
        let want: Vec<&str> = line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
        assert_eq!(words(&template, &one(line)), want, "{line}");
    }
    for line in [
        "",
        " ",
        "# x",
        "a; b",
        "a|b",
        "a&",
        "a>b",
        "a<b",
        "(a)",
        "a $b",
        "a `b`",
        "a 'b'",
        "a \"b\"",
        "a \\b",
        "a *",
        "a ?",
        "a [b]",
        "a {b}",
        "a ~",
        "! a",
        "a=b c",
        "cd x",
        ". x",
        ": x",
        "if x",
        "time x",
        "exit 3",
        "export a",
        "fun x",
        "eval x",
        "%1",
        "-x",
        "echo -e x",
        "a\nb",
        "a\x01b",
        "printf %s x",
        "ulimit -n",
        "a ^b",
    ] {
        assert_eq!(words(&template, &one(line)), ["/bin/sh", "-c", line], "{line}");
    }
}

#[test]
fn several_records_are_lines_and_columns_are_words() {
    let template = Template::record(&Shell::default());
    assert_eq!(words(&template, &Args::Packed(row(&["a b", "c"]))), ["/bin/sh", "-c", "a b\nc"]);
    assert_eq!(words(&template, &Args::One(row(&["a b", "c"]))), ["a", "b", "c"]);
    let nul = template.render(&values(&one("a\0b")));
    assert_eq!(nul.unwrap_err(), RenderError::Nul);
    let line = one("x | y");
    let argv = template.render(&values(&line)).unwrap();
    assert_eq!(text(&template.shown(&argv)), "x | y");
}
