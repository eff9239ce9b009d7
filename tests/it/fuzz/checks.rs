//! Properties that hold for any input. The targets of `fuzz/` and the bounded tests in `fuzz.rs` check them.

use apool::escape;
use apool::exec::TermSeq;
use apool::input::parse_delimiter;
use apool::job::{Args, Row, Seq, Slot};
use apool::run::halt::{Halt, HaltRule, HaltState};
use apool::run::job_exit::JobExit;
use apool::run::parse;
use apool::run::records::joblog::{HEADER, scan};
use apool::run::records::results::split_pattern;
use apool::run::retry::StatusSet;
use apool::run::timeout::TimeoutRule;
use apool::template::{Pattern, Rule, Shell, Syntax, Template, Values};

/// `--halt`: no panic; a rule prints as text that parses to the same rule; a halted state stays halted.
pub fn halt(data: (&str, &[u8], Option<u64>)) {
    let (text, endings, total) = data;
    let Ok(rule) = text.parse::<HaltRule>() else { return };
    assert_eq!(rule.to_string().parse(), Ok(rule));
    let mut state = HaltState::new(rule);
    let mut last = Halt::Go;
    for code in endings {
        let halt = state.job_ended(JobExit::Exited(i32::from(*code)), total);
        assert!(last == Halt::Go || halt == last);
        last = halt;
    }
}

type Found = Vec<(u64, u64, Vec<u8>)>;

/// The leading whole records, and the offset of their end.
fn read(bytes: &[u8]) -> Option<(Found, usize)> {
    let mut found = Vec::new();
    let scanned =
        scan(bytes, &mut |line, offset, command| found.push((line.seq.0, offset, command.to_vec()))).ok()?;
    assert_eq!(scanned.len, bytes.len() as u64);
    assert!(scanned.end <= scanned.len);
    Some((found, scanned.end as usize))
}

/// The joblog reader: no panic; the part that it calls whole reads the same again and ends at the same byte; in a log that
/// is cut at any byte it finds exactly the records before the cut.
pub fn joblog(data: &[u8]) {
    let _ = read(data);
    let [cut, records @ ..] = data else { return };
    let log = [HEADER, records].concat();
    let Some((found, end)) = read(&log) else { return };
    assert_eq!(read(&log[..end]), Some((found.clone(), end)));
    // A cut inside the whole part, as after a crash.
    let cut = HEADER.len() + (end - HEADER.len()) * usize::from(*cut) / 256;
    let (before, stop) = read(&log[..cut]).expect("a cut is never damage");
    assert!(stop <= cut);
    assert_eq!(before, found[..before.len()]);
    assert!(found.get(before.len()).is_none_or(|(_, offset, _)| *offset as usize >= stop));
}

/// Parsers of option values that are more than a number: no panic, and the results keep the promises of their types.
pub fn options(bytes: &[u8]) {
    if let Ok(delimiter) = parse_delimiter(bytes) {
        assert!(!delimiter.is_empty());
    }
    let (directory, rest) = split_pattern(bytes, &[b"{", b"<"]);
    assert!(directory == b"." || [directory, rest].concat() == bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(sequence) = text.parse::<TermSeq>() {
        assert!(!sequence.steps().is_empty());
        assert!(sequence.steps().iter().all(|step| (1..=64).contains(&step.signal)));
    }
    if let Ok(TimeoutRule::OfMedian(times)) = text.parse() {
        assert!(times.is_finite() && times > 1.0);
    }
}

/// The template parser: no panic on any text. An accepted template fills without a panic, the same way each time, into words
/// without a NUL. A value that looks like a placeholder stays as it is, and shells hand a value on byte for byte.
pub fn template(data: (u8, &[u8], Vec<&[u8]>)) {
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
    let rows = if how & 4 == 0 {
        Args::One(Row::of(values.iter().copied()))
    } else {
        Args::Many(values.iter().map(|value| Row::one(*value)).collect())
    };
    let filled = Values { args: &rows, seq: Seq(7), slot: Slot(3), total: Some(9) };
    if let Ok(pattern) = Pattern::parse(text, &syntax) {
        assert_eq!(pattern.render(&filled).ok(), pattern.render(&filled).ok());
    }
    let Ok(template) = template else { return };
    let Ok(argv) = template.render(&filled) else { return };
    assert!(template.render(&filled).is_ok_and(|again| again == argv));
    // A value that is a placeholder itself is still in the result.
    let tricky = Args::One(Row::one(&b"{#}<>"[..]));
    if let Ok(argv) = template.render(&Values { args: &tricky, ..filled })
        && let Template::Shell(_) = template
        && template.appends()
    {
        let last = argv.iter().last().expect("a script").to_bytes();
        assert!(last.windows(5).any(|part| part == b"{#}<>"));
    }
    let _ = (template.shown(&argv), Template::command_line(&argv));
    if let Some(value) = values.first() {
        through_shells(how, value);
    }
}

/// Through one or two real shells the argument of the program is the value.
fn through_shells(how: u8, value: &[u8]) {
    let texts = [
        "printf %s {}",
        "printf %s \"{}\"",
        "printf %s '{}'",
        "sh -c 'printf %s {}'",
        "sh -c \"printf %s '{}'\"",
        "sh -c 'printf %s \"{}\"'",
        "sh -c \"sh -c 'printf %s {}'\"",
        "x=$(sh -c 'printf %s. {}'); printf %s \"${x%.}\"",
    ];
    let text = texts[usize::from(how >> 2) % texts.len()];
    let template = Template::shell(text.as_bytes(), &Syntax::default(), &Shell::default()).expect(text);
    let input = Args::One(Row::one(value));
    let filled = Values { args: &input, seq: Seq(1), slot: Slot(1), total: None };
    let Ok(argv) = template.render(&filled) else { return };
    let words: Vec<&std::ffi::OsStr> =
        argv.iter().map(|word| std::os::unix::ffi::OsStrExt::from_bytes(word.to_bytes())).collect();
    let output = std::process::Command::new(words[0]).args(&words[1..]).output().expect("a shell");
    assert_eq!(output.stdout, value, "{text}");
}

fn harmless(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A name on the terminal: nothing in it moves the cursor or changes the colour or the direction of text. The form of names
/// in JSON restores the bytes.
pub fn terminal(raw: &[u8]) {
    let shown = escape::visible(raw);
    assert!(shown.chars().all(harmless), "{shown:?}");
    assert!(escape::visible_tag(raw).chars().all(|c| harmless(c) || c == '\t'));
    assert!(escape::shown(raw, 40).chars().all(harmless));
    assert_eq!(escape::bytes(&escape::text(raw)), raw);
}

/// Parsers of option values: no panic, and the results keep the promises of their types.
pub fn values(text: &str) {
    if let Ok(duration) = parse::duration(text) {
        assert!(duration.as_secs_f64() <= 1e10);
    }
    if let Ok(ratio) = parse::ratio(text) {
        assert!(ratio.is_finite() && ratio >= 0.0);
    }
    if let Ok(count) = parse::count(text) {
        assert!(count.resolve(8.0).is_none_or(|workers| workers >= 1));
    }
    if let Ok(set) = text.parse::<StatusSet>() {
        assert!(!set.contains(JobExit::Exited(0)));
    }
    let _ = (parse::size(text), text.parse::<TimeoutRule>(), text.parse::<apool::exec::TermSeq>());
}
