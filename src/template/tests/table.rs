//! Shell templates and their exact results.

use super::*;

const V: &str = "a'b";

/// Template, and the script for the value `a'b` (seq 7).
const FILLED: &[(&str, &str)] = &[
    ("c {}", r"c 'a'\''b'"),
    ("c <>", r"c 'a'\''b'"),
    ("c", r"c 'a'\''b'"),
    ("c\n", r"c 'a'\''b'"),
    ("c x{}y", r"c x'a'\''b'y"),
    ("c \"{}\"", r#"c ""'a'\''b'"""#),
    ("c \"x {} y\"", r#"c "x "'a'\''b'" y""#),
    ("c '{}'", r"c '''a'\''b'''"),
    ("c 'x {} y'", r"c 'x ''a'\''b'' y'"),
    ("c $(d {})", r"c $(d 'a'\''b')"),
    ("c \"$(d {})\"", r#"c "$(d 'a'\''b')""#),
    ("c \"$(d \"{}\")\"", r#"c "$(d ""'a'\''b'"")""#),
    ("c \"$(d '{}')\"", r#"c "$(d '''a'\''b''')""#),
    ("c $(d $(e {}) {})", r"c $(d $(e 'a'\''b') 'a'\''b')"),
    (
        "c $(case x in a) d {};; (b) e;; esac) \"{}\"",
        r#"c $(case x in a) d 'a'\''b';; (b) e;; esac) ""'a'\''b'"""#,
    ),
    ("case {} in a|{}) c {} ;; *) d ;; esac", r"case 'a'\''b' in a|'a'\''b') c 'a'\''b' ;; *) d ;; esac"),
    ("c {} > {}.out 2>&1", r"c 'a'\''b' > 'a'\''b'.out 2>&1"),
    ("c <{} >{}", r"c <'a'\''b' >'a'\''b'"),
    ("c <<< {}", r"c <<< 'a'\''b'"),
    ("c <(d {})", r"c <(d 'a'\''b')"),
    ("c 3<>f {}", r"c 3<>f 'a'\''b'"),
    ("c <>f {}", r"c <>f 'a'\''b'"),
    ("c <>", r"c 'a'\''b'"),
    ("c \"<>\" '<>'", r#"c ""'a'\''b'"" '''a'\''b'''"#),
    ("c <>;d", r"c 'a'\''b';d"),
    ("c \\{}", r"c 'a'\''b'"),
    ("c \\\\{}", r"c \\'a'\''b'"),
    ("c \"\\{}\"", r#"c "\\"'a'\''b'"""#),
    ("c \"\\\\{}\"", r#"c "\\"'a'\''b'"""#),
    ("c 'x\\{}'", r"c 'x\''a'\''b'''"),
    ("x={} c", r"x='a'\''b' c"),
    ("c ~{} $x{}", r"c ~'a'\''b' $x'a'\''b'"),
    ("c \"$x{}\" $$ $? $#", r#"c "$x"'a'\''b'"" $$ $? $#"#),
    ("c ${1} ${#} ${x%.c} ${##} {}", r"c ${1} ${#} ${x%.c} ${##} 'a'\''b'"),
    ("c $((1+2)) $((1<<2)) {}", r"c $((1+2)) $((1<<2)) 'a'\''b'"),
    ("((x=1<2)); c {}", r"((x=1<2)); c 'a'\''b'"),
    ("c $( (d {}); e)", r"c $( (d 'a'\''b'); e)"),
    ("c $((d {}); e)", r"c $((d 'a'\''b'); e)"),
    ("c `d` {}", r"c `d` 'a'\''b'"),
    ("c $'x\\n' {}", r"c $'x\n' 'a'\''b'"),
    ("c {} # it's {}", r"c 'a'\''b' # it's {}"),
    ("c # {}", "c # {}"),
    ("c a#b {}", r"c a#b 'a'\''b'"),
    ("c {} << E\nit's `x`\nE", "c 'a'\\''b' << E\nit's `x`\nE"),
    ("c <<- 'E' && d {}\n\t`\n\tE\ne {}", "c <<- 'E' && d 'a'\\''b'\n\t`\n\tE\ne 'a'\\''b'"),
    ("awk '{print $1}' {}", r"awk '{print $1}' 'a'\''b'"),
    ("c {1..5} {a,b} {} {x}", r"c {1..5} {a,b} 'a'\''b' {x}"),
    ("f() { echo \"$1\"; }; f {}", r#"f() { echo "$1"; }; f 'a'\''b'"#),
    ("if c {}; then d; fi", r"if c 'a'\''b'; then d; fi"),
    ("for x in {}; do c \"$x\"; done", r#"for x in 'a'\''b'; do c "$x"; done"#),
    ("[[ -f {} ]] && c", r"[[ -f 'a'\''b' ]] && c"),
    ("[[ {} =~ ^(x|y)$ ]] && c {}", r"[[ 'a'\''b' =~ ^(x|y)$ ]] && c 'a'\''b'"),
    ("a=(1 {}) c {}", r"a=(1 'a'\''b') c 'a'\''b'"),
    ("ls @(a|{})", r"ls @(a|'a'\''b')"),
    ("sh -c 'echo \"$1\"' sh {}", r#"sh -c 'echo "$1"' sh 'a'\''b'"#),
    ("sh -c {}", r"sh -c 'a'\''b'"),
    ("sh -c \"{}\"", r#"sh -c ""'a'\''b'"""#),
    ("bash -c 'f ${1}' _ {}", r"bash -c 'f ${1}' _ 'a'\''b'"),
    ("trap 'rm x' EXIT; c {}", r"trap 'rm x' EXIT; c 'a'\''b'"),
    ("read -r x < {}", r"read -r x < 'a'\''b'"),
    ("c {#} >{#} \"{#}\" x{#}", "c 7 >7 \"7\" x'7'"),
    ("c {#}>f", "c '7'>f"),
    ("{#} x", "'7' x"),
    ("sed -e '/x/{s/a/b/}' {}", r"sed -e '/x/{s/a/b/}' 'a'\''b'"),
    ("c {s/a/x/} \"{s/'/\\\"/}\"", "c 'x'\\''b' \"\"'a\"b'\"\""),
    ("c $\"x {}\"", r#"c $"x "'a'\''b'"""#),
    ("c \\\n {}", "c \\\n 'a'\\''b'"),
    ("{ c {}; }", r"{ c 'a'\''b'; }"),
    ("! c {}", r"! c 'a'\''b'"),
    ("c && d", r"c && d 'a'\''b'"),
    ("declare x={}; c", r"declare x='a'\''b'; c"),
    ("printf '[%s]' {}", r"printf '[%s]' 'a'\''b'"),
];

/// Template, column, and the start of the message.
const REFUSED: &[(&str, usize, &str)] = &[
    ("c `d {}`", 6, "placeholder in backticks"),
    ("c \"`d {}`\"", 7, "placeholder in backticks"),
    ("c `d '{}'`", 7, "placeholder in backticks"),
    ("c $(d `e {}`)", 10, "placeholder in backticks"),
    ("c <<E\nx {}\nE\n", 9, "placeholder in a here-document"),
    ("c <<'E'\nx {}\nE\n", 11, "placeholder in a here-document"),
    ("c <<-E; d\n\tx {}\n\tE\n", 14, "placeholder in a here-document"),
    ("c <<{}\n", 5, "placeholder in a here-document"),
    ("c $(d <<E\n{}\nE\n)", 11, "placeholder in a here-document"),
    ("c ${x:-{}}", 8, "placeholder in ${...}"),
    ("c \"${x:-{}}\"", 9, "placeholder in ${...}"),
    ("c ${x:-\"{}\"}", 9, "placeholder in ${...}"),
    ("c ${x:-'{}'}", 9, "placeholder in ${...}"),
    ("c ${}", 4, "placeholder in ${...}"),
    ("c ${/}", 4, "placeholder in ${...}"),
    ("c $(({}+1))", 6, "placeholder in an arithmetic"),
    ("c \"$((1+{}))\"", 9, "placeholder in an arithmetic"),
    ("c $((1+$(d {})))", 12, "placeholder in an arithmetic"),
    ("((x={})); c", 5, "placeholder in an arithmetic"),
    ("for ((i=0;i<{};i++)); do c; done", 13, "placeholder in an arithmetic"),
    ("c $[{}+1]", 5, "placeholder in an arithmetic"),
    ("a[{}]=1", 3, "placeholder in an arithmetic"),
    ("a=([{}]=1)", 5, "placeholder in an arithmetic"),
    ("let x={}", 7, "placeholder in an arithmetic"),
    ("declare -i x={}", 14, "placeholder in an arithmetic"),
    ("read {}", 6, "placeholder in an arithmetic"),
    ("printf -v {} x", 11, "placeholder in an arithmetic"),
    ("[[ {} -eq 1 ]]", 4, "placeholder in an arithmetic test"),
    ("[[ x && {} -gt 1 ]]", 9, "placeholder in an arithmetic test"),
    ("c $'x{}'", 6, "placeholder in $'...'"),
    ("eval {}", 6, "placeholder in the code of eval"),
    ("x; eval \"c {}\"", 12, "placeholder in the code of eval"),
    ("2>f command eval c '{}'", 21, "placeholder in the code of eval"),
    ("\\eval {}", 7, "placeholder in the code of eval"),
    ("$(x)eval {}", 10, "placeholder in the code of eval"),
    ("$x eval {}", 9, "placeholder in the code of eval"),
    ("eval a=({})", 9, "placeholder in the code of eval"),
    ("$(a=({}))", 6, "placeholder after the ( of an array inside parentheses"),
    ("trap 'rm {}' EXIT", 10, "placeholder in the code of trap"),
    ("c $'it\\'s' {}", 12, "placeholder after an escaped quote in $'...'"),
    ("c \"${x:-it's}\" {}", 16, "placeholder after a single quote in \"${...}\""),
    ("c $(d <<E) {}\nE\n", 12, "placeholder after a here-document across parentheses"),
];

/// Invalid templates, and the whole message.
const BROKEN: &[(&str, &str)] = &[
    ("c 'x {}", "unterminated single quote at column 3"),
    ("c \"x {}", "unterminated double quote at column 3"),
    ("c \"it's", "unterminated double quote at column 3"),
    ("c `x", "unterminated backtick at column 3"),
    ("c ${x {}", "unterminated ${ at column 3"),
    ("c $(x {}", "unterminated parenthesis at column 8"),
    ("c {} )", "closing parenthesis without an opening one at column 6"),
    ("c <<E {}", "unterminated here-document at column 8"),
    ("c <<E {}\nx", "unterminated here-document at column 10"),
    ("c {} \\", "unterminated backslash at column 6"),
    ("case x in {}) c", "unterminated case at column 15"),
    ("", "empty command"),
    ("  \n", "empty command"),
];

/// Templates without a placeholder to which no value can be appended.
const NO_PLACE: &[&str] = &[
    "c;",
    "c &",
    "c |",
    "c &&",
    "{ c; }",
    "(c)",
    "x=1",
    "if c; then d; fi",
    "for x in a; do c; done",
    "c <<E\nE",
    "f() { c; }",
    "case x in x) c;; esac",
    "((x))",
];

fn script(template: &str, value: &str) -> Result<String, TemplateError> {
    let template = Template::shell(template.as_bytes(), &Syntax::default(), &Shell::default())?;
    Ok(words(&template, &one(value)).pop().unwrap())
}

#[test]
fn values_are_quoted_for_their_place() {
    for (template, want) in FILLED {
        assert_eq!(script(template, V).as_deref(), Ok(*want), "{template}");
    }
}

#[test]
fn plain_values_stay_plain_where_that_is_the_same() {
    for (template, want) in [
        (
            "c {} x{} \"{}\" '{}' \"$x{}\" \"$x/{}\"",
            "c v.txt x'v.txt' \"v.txt\" 'v.txt' \"$x\"'v.txt'\"\" \"$x/v.txt\"",
        ),
        ("{} x", "'v.txt' x"),
        ("c >{} && {}", "c >v.txt && 'v.txt'"),
        ("[[ {} ]] && c \"\\{}\"", "[[ 'v.txt' ]] && c \"\\\\\"'v.txt'\"\""),
        ("case {} in {}) c {};; esac", "case 'v.txt' in 'v.txt') c v.txt;; esac"),
        ("c", "c v.txt"),
    ] {
        assert_eq!(script(template, "v.txt").as_deref(), Ok(want), "{template}");
    }
    assert_eq!(script("c {} \"{}\"", "").as_deref(), Ok("c '' \"\"''\"\""));
}

#[test]
fn no_quoting_is_right_in_some_places() {
    for (template, column, want) in REFUSED {
        let error = script(template, V).expect_err(template);
        assert_eq!(error.column, Some(*column), "{template}: {error}");
        let message = error.to_string();
        assert!(message.starts_with(want), "{template}: {message}");
        let advice = format!(" at column {column}: no quoting is right there; write ");
        assert!(message.contains(&advice), "{template}: {message}");
    }
    assert_eq!(
        script("c `d {}`", V).unwrap_err().to_string(),
        "placeholder in backticks at column 6: no quoting is right there; write sh -c '... \"$1\"' sh {}"
    );
    assert_eq!(
        script("eval", V).unwrap_err().to_string(),
        "placeholder in the code of eval: no quoting is right there; write sh -c '... \"$1\"' sh {}"
    );
}

#[test]
fn broken_templates_say_what_is_open() {
    for (template, want) in BROKEN {
        assert_eq!(script(template, V).expect_err(template).to_string(), *want, "{template}");
    }
    for template in NO_PLACE {
        assert_eq!(script(template, V).expect_err(template).reason, Reason::NoPlace, "{template}");
    }
    for template in ["c # x", "c; d #", "# c", "c #\n"] {
        assert_eq!(script(template, V).as_deref(), Ok(template.trim_end()), "{template}");
    }
    let deep = "$(".repeat(5000);
    assert_eq!(script(&deep, V).unwrap_err().reason, Reason::TooDeep);
    let deep = "$((".repeat(5000);
    assert_eq!(script(&deep, V).unwrap_err().reason, Reason::TooDeep);
}

#[test]
fn another_base_is_found_in_a_script() {
    let script = |base: &str, text: &str| {
        let template =
            Template::shell(text.as_bytes(), &Syntax::with_base(base.as_bytes()), &Shell::default());
        template.map(|template| words(&template, &one("a b")).pop().unwrap())
    };
    assert_eq!(script("%", "c % \"%\" {} ${x%.c}").unwrap_err().reason, Reason::Parameter);
    assert_eq!(script("%", "c % \"%\" {}").as_deref(), Ok("c 'a b' \"\"'a b'\"\" {}"));
    assert_eq!(script("%", "c $%").unwrap_err().reason, Reason::AfterDollar);
    assert_eq!(script("%", "c \"$%\"").as_deref(), Ok("c \"$\"'a b'\"\""));
    assert_eq!(script(",,", "c ,, ,/,").as_deref(), Ok("c 'a b' 'a b'"));
    assert_eq!(script("()", "c () (/) f()").as_deref(), Ok("c 'a b' 'a b' f()"));
}
