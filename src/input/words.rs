//! Splits the words of the command line at `:::`, `::::`, `:::+` and `::::+`. Pure.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use super::config::{Source, SourceKind};

/// Returns the words of the template, and the sources in order. `::: a b` is one source of two records. `:::: f g` is
/// two sources; `-` is standard input. `cmd :::` has one source without records and runs nothing; `cmd` has no source
/// and reads standard input.
pub fn split_sources(words: Vec<OsString>) -> (Vec<OsString>, Vec<Source>) {
    split_sources_at(words, b":::", b"::::")
}

/// [`split_sources`] with other separators before values and before files. With a plus sign at its end, a separator links.
pub fn split_sources_at(words: Vec<OsString>, values: &[u8], files: &[u8]) -> (Vec<OsString>, Vec<Source>) {
    let mut template = Vec::new();
    let mut sources: Vec<Source> = Vec::new();
    let mut mode = Mode::Template;
    for word in words {
        if let Some(next) = separator(word.as_bytes(), values, files) {
            if let Mode::Args { linked } = next {
                sources.push(Source { kind: SourceKind::Args(Vec::new()), linked });
            }
            mode = next;
            continue;
        }
        match mode {
            Mode::Template => template.push(word),
            Mode::Args { .. } => {
                if let Some(Source { kind: SourceKind::Args(args), .. }) = sources.last_mut() {
                    args.push(word.into_vec());
                }
            }
            Mode::Files { linked } => {
                let stdin = word.as_bytes() == b"-";
                let kind = if stdin { SourceKind::Stdin } else { SourceKind::File(word.into()) };
                sources.push(Source { kind, linked });
            }
        }
    }
    (template, sources)
}

#[derive(Clone, Copy)]
enum Mode {
    Template,
    Args { linked: bool },
    Files { linked: bool },
}

fn separator(word: &[u8], values: &[u8], files: &[u8]) -> Option<Mode> {
    let is = |separator: &[u8]| match word.strip_prefix(separator) {
        Some(b"") => Some(false),
        Some(b"+") => Some(true),
        _ => None,
    };
    let values = is(values).map(|linked| Mode::Args { linked });
    values.or_else(|| is(files).map(|linked| Mode::Files { linked }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(line: &str) -> (Vec<OsString>, Vec<Source>) {
        split_sources(line.split(' ').map(OsString::from).collect())
    }

    fn args(linked: bool, words: &[&str]) -> Source {
        Source { kind: SourceKind::Args(words.iter().map(|w| w.as_bytes().to_vec()).collect()), linked }
    }

    #[test]
    fn words_before_the_first_separator_are_the_template() {
        assert_eq!(cut("echo {} x"), (vec!["echo".into(), "{}".into(), "x".into()], vec![]));
        assert_eq!(
            cut("echo ::: a b ::: 1"),
            (vec!["echo".into()], vec![args(false, &["a", "b"]), args(false, &["1"])])
        );
        assert_eq!(cut("::: a"), (vec![], vec![args(false, &["a"])]));
        assert_eq!(cut("e :::"), (vec!["e".into()], vec![args(false, &[])]));
    }

    #[test]
    fn files_are_a_source_each_and_plus_links_each() {
        let file = |name: &str, linked| Source { kind: SourceKind::File(name.into()), linked };
        let (_, sources) = cut("e :::: f - ::::+ g h :::+ 1 2");
        let stdin = Source::new(SourceKind::Stdin);
        assert_eq!(
            sources,
            [file("f", false), stdin, file("g", true), file("h", true), args(true, &["1", "2"])]
        );
    }
}
