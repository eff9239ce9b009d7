//! Commands with expansions among their words: what an expansion stands for is not known before the shell runs, and it may
//! be the program, an option or nothing, so that a later word is code.

use super::super::error::{Reason, TemplateError};
use super::super::programs::{self, Code, Lang, Operands};
use super::Scanner;
use super::word::{HOLE, UNKNOWN, Word};

/// What an expansion may stand for: a program with code, or the option of one.
const PROGRAMS: &[&[u8]] = &[b"sh", b"perl"];
const OPTIONS: &[&[u8]] = &[b"-c", b"-e"];

impl Scanner<'_> {
    /// The code in a command, some of whose words are expansions.
    pub(super) fn find_code(&self, words: &[Word], names: &[Vec<u8>]) -> Result<Vec<Code>, TemplateError> {
        let mut found = programs::find(names);
        let is_unknown = |word: &Word| word.plain.contains(&UNKNOWN);
        if !words.iter().any(is_unknown) {
            return Ok(found);
        }
        for code in &mut found {
            self.join_less(code, words, names)?;
        }
        let nothing =
            |at: usize| is_unknown(&words[at]) && names[at].is_empty() && !programs::is_taken(names, at);
        // An expansion without quotes may come to nothing; one in quotes may be an option.
        let ways: [&dyn Fn(usize) -> bool; 2] = [&|at| nothing(at) && words[at].splits, &nothing];
        for (way, is_left_out) in ways.into_iter().enumerate() {
            let kept: Vec<usize> = (0..words.len()).filter(|&at| !is_left_out(at)).collect();
            if kept.len() == words.len() {
                continue;
            }
            let fewer: Vec<&[u8]> = kept.iter().map(|&at| &*names[at]).collect();
            for code in programs::find(&fewer) {
                let (first, last) = (kept[code.first], kept[code.last]);
                let option = code.option.map(|option| kept[option]);
                let by_option = option.is_some_and(|option| (0..option).any(is_left_out));
                let is_file = is_lone(&words[last]) && last + 1 == words.len() && !by_option;
                let known = found.iter().any(|known| known.first <= last && first <= known.last);
                let has_value = words[first..=last].iter().any(|word| self.has_value(word));
                if known || !has_value || is_file || (way == 1 && !by_option) {
                    continue;
                }
                found.push(Code { first, last, option, program: kept[code.program], ..code });
            }
        }
        self.refuse_maybe_code(words, names, &found)?;
        Ok(found)
    }

    /// A word that is code if an expansion before it is a program or an option.
    fn refuse_maybe_code(
        &self,
        words: &[Word],
        names: &[Vec<u8>],
        found: &[Code],
    ) -> Result<(), TemplateError> {
        let is_quoted = |word: &Word| {
            !is_lone(word) && self.text[word.start..word.end].iter().any(|byte| b"'\"\\".contains(byte))
        };
        let suspects: Vec<usize> = (0..words.len())
            .filter(|&at| is_quoted(&words[at]) && self.has_value(&words[at]))
            .filter(|at| !found.iter().any(|code| (code.first..=code.last).contains(at)))
            .collect();
        let Some(&last) = suspects.last() else { return Ok(()) };
        let unknown: Vec<usize> = (0..last).filter(|&at| words[at].plain.contains(&UNKNOWN)).collect();
        for &at in &unknown {
            let kept: Vec<usize> = (0..words.len())
                .filter(|other| *other == at || !unknown.contains(other) || !names[*other].is_empty())
                .collect();
            let options = if words[at].splits { OPTIONS } else { &[] };
            let programs = if is_named(&words[at]) { &[] } else { PROGRAMS };
            for maybe in programs.iter().chain(options) {
                let guess: Vec<&[u8]> =
                    kept.iter().map(|&other| if other == at { maybe } else { &*names[other] }).collect();
                let codes = programs::find_known(&guess);
                let hit = codes.iter().find(|code| suspects.contains(&kept[code.first]));
                let Some(code) = hit else { continue };
                let program = kept[code.program];
                return Err(self.refuse_beside(&words[kept[code.first]], &words[program]));
            }
        }
        Ok(())
    }

    /// `ssh $x y z`: the expansion may be the host, or options, and `y` the host then.
    fn join_less(&self, code: &mut Code, words: &[Word], names: &[Vec<u8>]) -> Result<(), TemplateError> {
        let before = code.program + 1..code.first;
        let maybe_options =
            |at: usize| words[at].splits && names[at].is_empty() && !programs::is_taken(names, at);
        if !before.into_iter().any(maybe_options) {
            return Ok(());
        }
        let joined =
            matches!(programs::operands(&names[code.program]), Some(Operands::Joined(1, Lang::Login)));
        if !joined || code.first == code.last {
            return Ok(());
        }
        let values: Vec<usize> = (code.first..=code.last).filter(|&at| self.has_value(&words[at])).collect();
        let Some(&first) = values.first() else { return Ok(()) };
        let is_code = words[first].plain.contains(&b' ') && first == code.first + 1;
        if is_code && first == code.last {
            code.first = first;
            return Ok(());
        }
        Err(self.refuse_beside(&words[first], &words[code.program]))
    }

    fn refuse_beside(&self, word: &Word, program: &Word) -> TemplateError {
        let name = String::from_utf8_lossy(&self.text[program.start..program.end]).into_owned();
        let (start, end) = self.values_in(word).next().unwrap_or((word.start, word.end));
        self.refuse(start, end, Reason::Expansion(name))
    }

    /// True when a placeholder for a value stands in a word, or in a command nested in it.
    pub(super) fn has_value(&self, word: &Word) -> bool {
        self.values_in(word).next().is_some()
    }

    fn values_in(&self, word: &Word) -> impl Iterator<Item = (usize, usize)> {
        let (start, end) = (word.start, word.end);
        let values = self.found.iter().filter(|found| !found.placeholder.is_number());
        values.map(|found| (found.start, found.end)).filter(move |found| start <= found.0 && found.1 <= end)
    }

    /// The placeholders for values that stand in commands nested in a word: `x$(y {})`.
    pub(super) fn nested_values(&self, word: &Word) -> Vec<usize> {
        if !word.plain.contains(&UNKNOWN) {
            return Vec::new();
        }
        // The command was read a moment ago: what is in it is at the end of the list.
        let last = self.found.iter().enumerate().rev().take_while(|(_, found)| found.end > word.start);
        let nested = last.filter(|(at, found)| {
            found.end <= word.end && !word.holes.contains(at) && !found.placeholder.is_number()
        });
        nested.map(|(at, _)| at).collect()
    }
}

/// True for `$x/name`: a path whose last part is known.
fn is_named(word: &Word) -> bool {
    let name = word.plain.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    name.len() < word.plain.len() && !name.is_empty() && !name.contains(&UNKNOWN)
}

/// True for a word that is nothing but a placeholder.
fn is_lone(word: &Word) -> bool {
    word.plain == [HOLE]
}
