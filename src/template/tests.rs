//! Templates and their results, as tables with one line for each case.

mod code;
mod expansions;
mod record;
mod shells;
mod table;

use super::*;
use crate::job::{Args, Row, Seq, Slot};

pub(super) fn values(args: &Args) -> Values<'_> {
    Values { args, seq: Seq(7), slot: Slot(3), total: Some(99) }
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The words of a rendered command.
pub(super) fn words(template: &Template, args: &Args) -> Vec<String> {
    template.render(&values(args)).unwrap().iter().map(|word| text(word.to_bytes())).collect()
}

fn direct(line: &str, syntax: &Syntax) -> Result<Template, TemplateError> {
    let words: Vec<Vec<u8>> = line.split(' ').map(|word| word.replace('_', " ").into_bytes()).collect();
    Template::direct(&words, syntax)
}

fn one(value: &str) -> Args {
    Args::One(Row::one(value))
}

fn row(values: &[&str]) -> Row {
    Row::of(values.iter().map(|value| value.as_bytes()))
}

fn direct_words(line: &str, syntax: &Syntax, args: &Args) -> Vec<String> {
    words(&direct(line, syntax).unwrap(), args)
}

#[test]
fn words_are_filled_without_a_shell() {
    let syntax = Syntax::default();
    let hostile = "x y'\"$(id)`;\n{}";
    let args = one(hostile);
    assert_eq!(direct_words("cmd {}", &syntax, &args), ["cmd", hostile]);
    assert_eq!(direct_words("cmd <>", &syntax, &args), ["cmd", hostile]);
    assert_eq!(direct_words("cmd", &syntax, &args), ["cmd", hostile]);
    assert_eq!(direct_words("{}", &syntax, &args), [hostile]);
    assert_eq!(direct_words("a{}b{}", &syntax, &one("1")), ["a1b1"]);
    assert_eq!(
        direct_words("c {.} {/} {//} {/.} {..}", &syntax, &one("d/a.b.c")),
        ["c", "d/a.b", "a.b.c", "d", "a.b", "d/a"]
    );
    assert_eq!(
        direct_words("c <.> </> <//> </.> <#> <%> <##>", &syntax, &one("d/a.b")),
        ["c", "d/a", "a.b", "d", "a", "7", "3", "99"]
    );
    assert_eq!(direct_words("c x{#}_{%}_{##}", &syntax, &one("v")), ["c", "x7 3 99"]);
    assert_eq!(direct_words("c {}", &syntax, &one("")), ["c", ""]);
}

#[test]
fn columns_and_names() {
    let syntax = Syntax { names: vec![b"file".to_vec(), b"file2".to_vec()], ..Syntax::default() };
    let args = Args::One(row(&["d/a.b", "two"]));
    assert_eq!(
        direct_words("c {1} {2} {-1} {-2} {3} {-3}", &syntax, &args),
        ["c", "d/a.b", "two", "two", "d/a.b", "", ""]
    );
    assert_eq!(
        direct_words("c {1.} {1/} {1//} {1/.} {-2/}", &syntax, &args),
        ["c", "d/a", "a.b", "d", "a", "a.b"]
    );
    assert_eq!(
        direct_words("c {file} {file2} {file/.} <file>", &syntax, &args),
        ["c", "d/a.b", "two", "a", "d/a.b"]
    );
    assert_eq!(direct_words("c {} x{}", &syntax, &args), ["c", "d/a.b", "two", "xd/a.b two"]);
    assert_eq!(direct_words("c", &syntax, &args), ["c", "d/a.b", "two"]);
}

#[test]
fn several_records_join_or_repeat() {
    let join = Syntax::default();
    let repeat = Syntax { pack: Pack::Repeat, ..Syntax::default() };
    let packed = Args::Packed(row(&["1", "2 3"]));
    assert_eq!(direct_words("c {} z", &join, &packed), ["c", "1", "2 3", "z"]);
    assert_eq!(direct_words("c {} z", &repeat, &packed), ["c", "1", "2 3", "z"]);
    assert_eq!(direct_words("c", &repeat, &packed), ["c", "1", "2 3"]);
    assert_eq!(direct_words("c x{}y {#}", &join, &packed), ["c", "x1 2 3y", "7"]);
    assert_eq!(direct_words("c x{}y {#}", &repeat, &packed), ["c", "x1y", "x2 3y", "7"]);
    assert_eq!(direct_words("c {1} {2}", &join, &packed), ["c", "1", "2 3"]);
    let table = Args::Many(vec![row(&["a", "b"]), row(&["c", "d"])]);
    assert_eq!(direct_words("c {1} {2} {3} {4} {-1}", &join, &table), ["c", "a", "b", "c", "d", "d"]);
    assert_eq!(direct_words("c {2}-{1}", &repeat, &table), ["c", "b-a", "d-c"]);
    assert_eq!(direct_words("c {} x{}y", &join, &Args::None), ["c", "xy"]);
    assert_eq!(direct_words("c", &join, &Args::None), ["c"]);
    assert_eq!(direct_words("c {}", &join, &Args::One(Row::of([]))), ["c"]);

    let shell = |text: &str, syntax: &Syntax, args: &Args| {
        words(&Template::shell(text.as_bytes(), syntax, &Shell::default()).unwrap(), args).pop().unwrap()
    };
    assert_eq!(shell("c {} \"{}\" x{}y", &join, &packed), r#"c 1 '2 3' ""'1 2 3'"" x'1 2 3'y"#);
    assert_eq!(shell("c {} x{}\"y {}\"z", &repeat, &packed), r#"c 1 '2 3' x'1'"y 1"z x'2 3'"y "'2 3'""z"#);
    assert_eq!(shell("c $(f x{}) {#}", &repeat, &packed), "c $(f x'1' x'2 3') 7");
    assert_eq!(shell("c", &join, &packed), "c 1 '2 3'");
    assert_eq!(shell("c {2}-{1}", &repeat, &table), "c 'b'-'a' 'd'-'c'");
    assert_eq!(shell("c {}", &join, &Args::None), "c ");
}

#[test]
fn another_base_moves_every_form() {
    let of = |base: &str, line: &str| direct_words(line, &Syntax::with_base(base.as_bytes()), &one("d/a.b"));
    assert_eq!(of("[]", "c [] [.] [/] [#] {} <> {/}"), ["c", "d/a.b", "d/a", "a.b", "7", "{}", "<>", "{/}"]);
    assert_eq!(of(",,", "c ,, ,/, ,1., {}"), ["c", "d/a.b", "a.b", "d/a", "{}"]);
    assert_eq!(of("%", "c % x%y {} {#} {1}"), ["c", "d/a.b", "xd/a.by", "{}", "{#}", "{1}"]);
    assert_eq!(of("FILE", "c FILE FI.LE"), ["c", "d/a.b", "FI.LE"]);
    assert_eq!(of("{}", "c {} <>"), ["c", "d/a.b", "<>"]);
    assert_eq!(of("{{}}", "c {{}} {{/}} {}"), ["c", "d/a.b", "a.b", "{}"]);
    let empty = direct("c", &Syntax::with_base(b"")).unwrap_err();
    assert_eq!(empty.to_string(), "the placeholder of -I is empty");
}

#[test]
fn rules_of_ones_own() {
    let rule = |text: &str| Rule::parse(text.as_bytes());
    let rules = vec![rule("{..} s:\\.[^/.]+$::;s:\\.[^/.]+$::").unwrap(), rule("@up s/.*/\\U$0/").unwrap()];
    let syntax = Syntax { rules, ..Syntax::default() };
    assert_eq!(
        direct_words("c {..} {1..} <..> @up", &syntax, &one("a.b.c")),
        ["c", "a", "a", "a.b.c", "A.B.C"].map(|word| if word == "a.b.c" {
            "a".to_owned()
        } else {
            word.to_owned()
        })
    );
    for (text, why) in [
        ("{x}", "bad replacement: --rpl needs a tag, a blank and s/FROM/TO/"),
        (
            "{x} $_=lc($_)",
            "bad replacement: --rpl does not run Perl; it takes s/FROM/TO/ with the flags g and i, and steps separated by ;",
        ),
        ("{x} s/a/b/ s/c/d/", "bad replacement: --rpl needs ; between two steps"),
        ("{x} s/a/b/e", "bad replacement: unknown flag e (g and i are known)"),
    ] {
        assert_eq!(rule(text).unwrap_err().to_string(), why);
    }
}

#[test]
fn faults_are_sentences() {
    let syntax = Syntax::default();
    let message = |result: Result<Template, TemplateError>| result.unwrap_err().to_string();
    assert_eq!(message(Template::direct(&[], &syntax)), "empty command");
    assert_eq!(message(Template::direct(&[vec![]], &syntax)), "empty command");
    assert_eq!(
        message(Template::direct(&[b"a".to_vec(), b"b\0".to_vec()], &syntax)),
        "NUL byte in the command at column 2 of word 2"
    );
    assert_eq!(
        message(direct("c {=_s/a/b/_=}", &syntax)),
        "{= =} is Perl, which apool does not run at column 1 of word 2; use {s/FROM/TO/} or --rpl '{name} s/FROM/TO/'"
    );
    let fish = Shell { argv: vec![c"/usr/bin/fish".into(), c"-c".into()], functions: vec![] };
    assert_eq!(
        message(Template::shell(b"echo {}", &syntax, &fish)),
        "values cannot be quoted for fish; use a shell with the syntax of sh (--shell sh)"
    );
    let template = direct("c {} x{}", &syntax).unwrap();
    let nul = template.render(&values(&one("a\0"))).unwrap_err();
    assert_eq!(nul.to_string(), "NUL byte in the input; if the records end in NUL, use -0");
    let total = direct("c {##}", &syntax).unwrap();
    assert!(total.needs_total() && !template.needs_total());
    let unknown = Values { total: None, ..values(&Args::None) };
    assert_eq!(total.render(&unknown).unwrap_err(), RenderError::NoTotal);
}

#[test]
fn the_command_that_all_jobs_share() {
    let syntax = Syntax::default();
    let shell = Shell::default();
    let fixed = |template: &Template| template.fixed_command().map(|name| text(name.to_bytes()));
    assert_eq!(fixed(&direct("cat {}", &syntax).unwrap()).as_deref(), Some("cat"));
    assert_eq!(fixed(&direct("{} x", &syntax).unwrap()), None);
    assert_eq!(fixed(&Template::shell(b"cat {}", &syntax, &shell).unwrap()).as_deref(), Some("/bin/sh"));
    assert_eq!(fixed(&Template::record(&shell)), None);
}

#[test]
fn one_word_goes_to_a_shell_when_it_means_something_there() {
    let shell = Shell { functions: vec![b"fun".to_vec()], ..Shell::default() };
    let of = |word: &str| {
        let template = Template::command(&[word.as_bytes().to_vec()], &Syntax::default(), &shell).unwrap();
        words(&template, &one("v w"))
    };
    assert_eq!(of("ls"), ["ls", "v w"]);
    assert_eq!(of("./x{}"), ["./xv w"]);
    assert_eq!(of("ls -l"), ["/bin/sh", "-c", "ls -l 'v w'"]);
    assert_eq!(of("f {}"), ["/bin/sh", "-c", "f 'v w'"]);
    assert_eq!(of("{};id"), ["/bin/sh", "-c", "'v w';id"]);
    assert_eq!(of("fun"), ["/bin/sh", "-c", "fun 'v w'"]);
    let two = Template::command(&[b"fun".to_vec(), b"{}".to_vec()], &Syntax::default(), &shell).unwrap();
    assert_eq!(words(&two, &one("v w")), ["/bin/sh", "-c", "fun \"$@\"", "fun", "v w"]);
    let none = Template::command(&[], &Syntax::default(), &shell).unwrap();
    assert!(matches!(none, Template::Record(_)));
}

#[test]
fn what_is_shown_can_be_pasted() {
    let shell = Shell::default();
    let script = Template::shell(b"f '{}' | g", &Syntax::default(), &shell).unwrap();
    let argv = script.render(&values(&one("a b"))).unwrap();
    assert_eq!(text(&script.shown(&argv)), "f '''a b''' | g");
    let direct = direct("f {}", &Syntax::default()).unwrap();
    let argv = direct.render(&values(&one("a b"))).unwrap();
    assert_eq!(text(&direct.shown(&argv)), "f 'a b'");
}

#[test]
fn patterns_are_never_quoted() {
    let pattern = Pattern::parse(b"out/{1/.}-{#} {}", &Syntax::default()).unwrap();
    let args = Args::One(row(&["a/b c.d", "e"]));
    assert_eq!(text(&pattern.render(&values(&args)).unwrap()), "out/b c-7 a/b c.d e");
    assert!(!pattern.is_fixed() && !pattern.needs_total());
    assert!(Pattern::parse(b"plain {x} {1..2}", &Syntax::default()).unwrap().is_fixed());
}
