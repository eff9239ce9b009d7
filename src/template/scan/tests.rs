//! Property tests of the scanner on random texts.

use proptest::prelude::*;

use crate::job::{Args, Row, Seq, Slot};
use crate::template::{Pack, RenderError, Shell, Syntax, Template, Values};

/// A piece that may open or close a quote. Random texts made of such pieces reach all parts of the scanner.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "{}", "<>", "{.}", "\"", "'", "`", "$(", "${", "$((", "((", "))", ")", "}", "$'", "$[", "]", "\\",
        "\n", " ", "#", "<<E", "\nE\n", "case", " x in ", ";;", "esac", "[[", "]]", "eval", "sh -c", ";",
        "&&", "|", "x", "=", "(", "<(", "&>", "2>", "<<-", "for", "do",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_what_is_accepted_can_be_filled(pieces in prop::collection::vec(piece(), 0..30), repeat: bool) {
        let text = pieces.concat();
        let pack = if repeat { Pack::Repeat } else { Pack::Join };
        let syntax = Syntax { pack, ..Syntax::default() };
        if let Ok(template) = Template::shell(text.as_bytes(), &syntax, &Shell::default()) {
            let args = Args::Packed(Row::of([&b"a'b"[..], b"c"]));
            let values = Values { args: &args, seq: Seq(1), slot: Slot(1), total: None };
            prop_assert!(!matches!(template.render(&values), Err(RenderError::Nul)));
        }
    }

    #[test]
    fn no_bytes_panic(text in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = Template::shell(&text, &Syntax::default(), &Shell::default());
        let _ = Template::direct(&[text], &Syntax::default());
    }

    #[test]
    fn what_holds_no_quoting_is_never_accepted(
        before in "[a-z ;|]{0,6}",
        around in prop::sample::select(vec![
            ("`", "`"), ("\"`", "`\""), ("$(a `", "`)"), ("${x:-", "}"), ("\"${x#", "}\""), ("$((", "))"), ("$'", "'"), ("cat <<E\n", "\nE\n"),
            ("cat <<-'E'\n\t", "\n\tE\n"), ("eval ", ""), ("eval \"", "\""), ("sh -c 'x `", "`'"), ("bash -ec \"x $y", " x\""), ("trap '", " ' EXIT"),
        ]),
        inside in "[a-z ]{0,4}",
        placeholder in prop::sample::select(vec!["{}", "{.}", "{/}", "{1}", "{//}"]),
    ) {
        let text = format!("{before}\n{}{inside} {placeholder} {inside}{}", around.0, around.1);
        let refused = Template::shell(text.as_bytes(), &Syntax::default(), &Shell::default()).expect_err(&text);
        prop_assert_eq!(refused.placeholder, placeholder.as_bytes(), "{}", text);
    }
}

#[test]
fn long_texts_take_linear_time() {
    let shell = Shell::default();
    for text in
        ["{".repeat(200_000), "c {} ".repeat(40_000), "\"{}\"".repeat(40_000), "$((1))".repeat(30_000)]
    {
        let template = Template::shell(text.as_bytes(), &Syntax::default(), &shell);
        assert!(template.is_ok(), "{:?}", template.err());
    }
}
