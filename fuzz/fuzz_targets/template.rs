//! The template parser: no panic on any text; what it accepts fills without a panic, the same way each time, never makes a
//! word with a NUL, and a value that looks like a placeholder is not read again.
#![no_main]

use apool::job::{Args, Row, Seq, Slot};
use apool::template::{Pattern, Rule, Shell, Syntax, Template, Values};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (u8, &[u8], Vec<&[u8]>)| {
    let (how, text, values) = data;
    let _ = Rule::parse(text);
    let base = [&b"{}"[..], b"%", b"[]", b"<>", b"{"][usize::from(how >> 4) % 5];
    let syntax = if how & 8 == 0 { Syntax::default() } else { Syntax::with_base(base) };
    let shell = Shell::default();
    let template = match how & 3 {
        0 => Template::shell(text, &syntax, &shell),
        1 => Template::one_word(text, &syntax, &shell),
        2 => Template::direct(&text.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>(), &syntax),
        _ => Ok(Template::record(&shell)),
    };
    let args = if how & 4 == 0 {
        Args::One(Row::of(values.iter().copied()))
    } else {
        Args::Many(values.iter().map(|value| Row::one(*value)).collect())
    };
    let filled = Values { args: &args, seq: Seq(7), slot: Slot(3), total: Some(9) };
    if let Ok(pattern) = Pattern::parse(text, &syntax) {
        assert_eq!(pattern.render(&filled).ok(), pattern.render(&filled).ok());
    }
    let Ok(template) = template else { return };
    let Ok(argv) = template.render(&filled) else { return };
    assert!(template.render(&filled).is_ok_and(|again| again == argv));
    // Filled with values that are placeholders themselves, what comes out still holds them.
    let tricky = Args::One(Row::one(&b"{#}<>"[..]));
    if let Ok(argv) = template.render(&Values { args: &tricky, ..filled })
        && let Template::Shell(_) = template
        && template.appends()
    {
        let last = argv.last().expect("a script").to_bytes();
        assert!(last.windows(5).any(|part| part == b"{#}<>"));
    }
    let _ = (template.shown(&argv), Template::command_line(&argv));
});
