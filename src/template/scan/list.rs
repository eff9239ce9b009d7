//! A list of commands: operators, redirections, comments, `case`, and the words of each simple command.

use super::super::error::{Reason, TemplateError};
use super::super::programs;
use super::hazard;
use super::word::{HOLE, UNKNOWN, Word};
use super::{End, Place, Scanner, Step};

/// The end of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    End,
    Parenthesis,
}

/// The progress of a `case`. Its patterns end in a parenthesis that closes nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Subject,
    In,
    Pattern,
    Body,
}

/// The state of the current command.
#[derive(Default)]
struct Command {
    words: Vec<Word>,
    /// The next word is the target of a redirection.
    redirect: bool,
    /// Inside `[[ ]]`, which has its own operators.
    test: bool,
    /// After `)`, `}`, `fi`…: only a redirection may follow.
    closed: bool,
    cases: Vec<Case>,
}

/// Reserved words after which a command begins.
const OPENERS: &[&[u8]] =
    &[b"if", b"then", b"elif", b"else", b"do", b"while", b"until", b"!", b"{", b"time", b"coproc"];
/// Reserved words that end a command.
const CLOSERS: &[&[u8]] = &[b"fi", b"done", b"}"];
/// Commands whose words are not all arguments.
const SPECIAL: &[&[u8]] = &[b"for", b"select", b"function", b"foreach", b"repeat"];

/// Names of variables that usually contain a shell.
const SHELL_NAMES: &[&[u8]] =
    &[b"$SHELL", b"${SHELL}", b"\"$SHELL\"", b"\"${SHELL}\"", b"$BASH", b"\"$BASH\""];

impl Scanner<'_> {
    /// Scans to the end, or past the closing parenthesis.
    pub(super) fn list(&mut self, stop: Stop) -> Step {
        self.in_code_of_sed = false;
        let mut command = Command::default();
        while let Some(byte) = self.peek() {
            if self.is_own_word(self.pos)? {
                self.next_word(&mut command)?;
                continue;
            }
            let case = command.cases.last().copied();
            match byte {
                b' ' | b'\t' => self.pos += 1,
                b'\\' if self.byte(self.pos + 1) == Some(b'\n') => {
                    self.check_continuation(self.pos);
                    self.pos += 2;
                }
                b'\n' => {
                    self.pos += 1;
                    if command.test {
                        self.doubt("a newline in [[ ]]");
                    } else {
                        self.end_command(&mut command)?;
                    }
                    self.here_bodies()?;
                }
                b'#' if self.placeholder_at(self.pos)?.is_none() => self.comment(&command)?,
                b';' => self.semicolon(&mut command)?,
                b'&' | b'|' | b')' if command.test => self.pos += 1,
                b'|' if case == Some(Case::Pattern) => self.pos += 1,
                b'&' if self.byte(self.pos + 1) == Some(b'>') => {
                    self.pos += 2;
                    self.pos += usize::from(self.peek() == Some(b'>'));
                    command.redirect = true;
                }
                b'&' | b'|' => {
                    self.end_command(&mut command)?;
                    self.pos += 1;
                }
                b'(' => self.open(&mut command)?,
                b')' if case == Some(Case::Pattern) => {
                    self.pos += 1;
                    command.words.clear();
                    if let Some(case) = command.cases.last_mut() {
                        *case = Case::Body;
                    }
                }
                b')' if stop == Stop::Parenthesis => {
                    self.end_command(&mut command)?;
                    self.check_closed(&command)?;
                    self.here_left_open();
                    self.pos += 1;
                    return Ok(());
                }
                b')' => return Err(TemplateError::at(self.pos, Reason::Unbalanced)),
                b'<' | b'>' if !self.is_process() => self.redirection(&mut command)?,
                _ => self.next_word(&mut command)?,
            }
        }
        if stop == Stop::Parenthesis {
            return Err(TemplateError::at(self.pos - 1, Reason::Unterminated("parenthesis")));
        }
        self.end_of_text(&command)
    }

    fn check_closed(&self, command: &Command) -> Step {
        let at = self.pos.min(self.text.len().saturating_sub(1));
        if command.test {
            return Err(TemplateError::at(at, Reason::Unterminated("[[")));
        }
        if command.cases.is_empty() {
            return Ok(());
        }
        Err(TemplateError::at(at, Reason::Unterminated("case")))
    }

    fn end_of_text(&mut self, command: &Command) -> Step {
        self.check_words(&command.words)?;
        self.check_closed(command)?;
        if !self.pending.is_empty() {
            return Err(TemplateError::at(self.text.len() - 1, Reason::Unterminated("here-document")));
        }
        let is_command = command.words.iter().any(|word| !hazard::is_assignment(&word.plain))
            && !command.words.first().is_some_and(|word| SPECIAL.contains(&&*word.plain));
        if !is_command || command.closed || self.in_last_comment() {
            return Ok(());
        }
        self.end = End::Argument;
        if self.found.is_empty() && !self.in_comment {
            if let Some(what) = self.doubt {
                return Err(TemplateError::plain(Reason::Doubtful(what)));
            }
            let appended = Word { plain: vec![super::word::HOLE], holes: vec![0], ..Word::at(0) };
            let words: Vec<Word> = command.words.iter().cloned().chain([appended]).collect();
            if let Some((_, reason)) = hazard::hazard(&words) {
                return Err(TemplateError::plain(reason));
            }
            let names: Vec<Vec<u8>> = words.iter().map(hazard::known).collect();
            if programs::find(&names).iter().any(|code| code.last + 1 == words.len()) {
                self.end = End::Code;
            }
        }
        Ok(())
    }

    pub(super) fn in_last_comment(&self) -> bool {
        self.last_comment.is_some_and(|end| end == self.text.len())
    }

    fn comment(&mut self, command: &Command) -> Step {
        if command.test {
            self.doubt("a # in [[ ]]");
        }
        let end = memchr::memchr(b'\n', &self.text[self.pos..]).map_or(self.text.len(), |n| self.pos + n);
        for at in self.pos + 1..end {
            self.in_comment |= self.placeholder_at(at)?.is_some();
        }
        self.pos = end;
        self.last_comment = Some(end);
        Ok(())
    }

    fn semicolon(&mut self, command: &mut Command) -> Step {
        if std::mem::take(&mut command.test) {
            self.doubt("a ; in [[ ]]");
        }
        self.end_command(command)?;
        let ends_case = [&b";;&"[..], b";;", b";&"].into_iter().find(|with| self.starts(with));
        match (command.cases.last_mut(), ends_case) {
            (Some(case @ Case::Body), Some(operator)) => {
                *case = Case::Pattern;
                self.pos += operator.len();
            }
            _ => self.pos += 1,
        }
        Ok(())
    }

    fn end_command(&mut self, command: &mut Command) -> Step {
        let words = std::mem::take(&mut command.words);
        self.check_words(&words)?;
        command.redirect = false;
        command.closed = false;
        self.in_code_of_sed = false;
        Ok(())
    }

    fn check_words(&mut self, words: &[Word]) -> Step {
        if !words.iter().any(|word| !word.holes.is_empty() || !self.nested_values(word).is_empty()) {
            return Ok(());
        }
        let is_value = |hole: &usize| !self.found[*hole].placeholder.is_number();
        let only_values = |word: &Word| {
            let holes = word.holes.iter().copied().filter(is_value).collect();
            Word { holes, ..word.clone() }
        };
        let values: Vec<Word> = words.iter().map(only_values).collect();
        let is_lone_eval = words.len() == 2 && words[0].plain == b"eval";
        let with_nested: Vec<Word> = values.iter().map(|word| self.with_nested(word, is_lone_eval)).collect();
        if let Some((index, reason)) = hazard::hazard(&values).or_else(|| hazard::hazard(&with_nested)) {
            let found = &self.found[index];
            return Err(self.refuse(found.start, found.end, reason));
        }
        self.codes(words)
    }

    /// A word with the placeholders of the commands nested in it, whose output is a part of it. A substitution
    /// that is all the code of `eval` is what its author wants to run.
    fn with_nested(&self, word: &Word, is_lone_eval: bool) -> Word {
        let nested = self.nested_values(word);
        let mut word = word.clone();
        if nested.is_empty() || (is_lone_eval && word.plain == [UNKNOWN]) {
            return word;
        }
        let out = |&byte: &u8| if byte == UNKNOWN { vec![UNKNOWN, HOLE] } else { vec![byte] };
        word.plain = word.plain.iter().flat_map(out).collect();
        word.holes.extend(nested);
        word
    }

    /// `(`: a subshell, a function, an array, an extended pattern, or `((`.
    fn open(&mut self, command: &mut Command) -> Step {
        let before = self.pos.checked_sub(1).and_then(|before| self.byte(before));
        let glued = before.is_some_and(|b| !b" \t\n;&|()<>".contains(&b));
        if command.test || (command.cases.last() == Some(&Case::Pattern) && !glued) {
            self.pos += 1;
            return Ok(());
        }
        let after_for = command.words.len() == 1 && command.words[0].plain == b"for";
        if (command.words.is_empty() || after_for) && self.arithmetic()? {
            command.closed = !after_for;
            return Ok(());
        }
        let is_array = before == Some(b'=');
        let keeps_words = glued && (is_array || self.byte(self.pos + 1) != Some(b')'));
        if !keeps_words {
            self.end_command(command)?;
        }
        self.pos += 1;
        let first = self.found.len();
        self.deeper(|scanner| scanner.list(Stop::Parenthesis))?;
        if is_array {
            self.check_subscripts(first)?;
            // bash 5.2 ends `$(a=('…` at a newline within the quotes, and runs the text after it.
            if self.depth > 0 {
                self.refuse_since(first, Reason::Doubtful("the ( of an array inside parentheses"))?;
            }
        }
        if keeps_words {
            self.join_to_last(command, first)?;
        }
        command.closed = !keeps_words;
        Ok(())
    }

    /// `eval a=({})b`: the text in the parentheses and after them is part of the word before.
    fn join_to_last(&mut self, command: &mut Command, first: usize) -> Step {
        if !super::word::ends_word(self.peek()) {
            let tail = self.word()?;
            self.place_holes(&tail, false);
        }
        if let Some(last) = command.words.last_mut() {
            last.holes.extend(first..self.found.len());
            last.plain.extend(std::iter::repeat_n(super::word::HOLE, self.found.len() - first));
            last.exact = false;
            last.end = self.pos;
        }
        Ok(())
    }

    /// `a=([{}]=x)`: the subscripts of a list are arithmetic.
    fn check_subscripts(&mut self, first: usize) -> Step {
        for index in first..self.found.len() {
            let found = &self.found[index];
            let subscript = self.text[found.word.0..found.start].starts_with(b"[");
            if subscript && !found.placeholder.is_number() {
                return Err(self.refuse(found.start, found.end, Reason::Arithmetic));
            }
        }
        Ok(())
    }

    fn redirection(&mut self, command: &mut Command) -> Step {
        if command.test {
            if self.starts(b"<<") {
                self.doubt("<< in [[ ]]");
            }
            self.pos += 1;
            return Ok(());
        }
        // `2>` and `{fd}>`: the word before was a descriptor.
        if let Some(last) = command.words.last()
            && last.end == self.pos
            && hazard::is_descriptor(&self.text[last.start..last.end])
        {
            command.words.pop();
        }
        if self.starts(b"<<") && !self.starts(b"<<<") {
            return self.here_document();
        }
        let operators: [&[u8]; 6] = [b"<<<", b"<&", b">&", b"<>", b">>", b">|"];
        let operator = operators.into_iter().find(|with| self.starts(with));
        self.pos += operator.map_or(1, <[u8]>::len);
        command.redirect = true;
        Ok(())
    }

    fn next_word(&mut self, command: &mut Command) -> Step {
        let word = self.word()?;
        let raw = &self.text[word.start..word.end];
        let first = command.words.is_empty() && !command.redirect;
        let case = command.cases.last().copied();
        let in_head = matches!(case, Some(Case::Subject | Case::In | Case::Pattern));
        let special = command.words.first().is_some_and(|word| SPECIAL.contains(&&*word.plain));
        let bare =
            !first && !command.test && !in_head && !special && !matches!(self.peek(), Some(b'<' | b'>'));
        self.place_holes(&word, bare);
        if std::mem::take(&mut command.redirect) {
            return Ok(());
        }
        match case {
            Some(Case::Subject) => set_case(command, Case::In),
            Some(Case::In) => set_case(command, Case::Pattern),
            Some(Case::Pattern) if raw == b"esac" => end_case(command),
            Some(Case::Pattern) => {}
            Some(Case::Body) if first && raw == b"esac" => end_case(command),
            _ if first && raw == b"case" => command.cases.push(Case::Subject),
            _ if first && OPENERS.contains(&raw) => command.closed = false,
            _ if first && CLOSERS.contains(&raw) => command.closed = true,
            _ => self.push(command, word),
        }
        Ok(())
    }

    fn push(&mut self, command: &mut Command, mut word: Word) {
        let raw = &self.text[word.start..word.end];
        if SHELL_NAMES.contains(&raw) {
            word.plain = b"sh".to_vec();
        }
        let first = command.words.is_empty();
        command.test |= first && raw == b"[[";
        command.test &= raw != b"]]";
        self.in_code_of_sed |= programs::has_substitutions(&word.plain);
        command.words.push(word);
        command.closed = false;
        if command.words.len() == 2 && command.words[0].plain == b"function" {
            command.words.clear();
        }
    }

    /// Sets the place of each placeholder of a word.
    fn place_holes(&mut self, word: &Word, bare: bool) {
        let glued = word.start > 0 && self.text[word.start - 1] == b')';
        for &hole in &word.holes {
            let found = &mut self.found[hole];
            found.word = (word.start, word.end);
            // A number in a subscript must not be quoted.
            if found.placeholder.is_number()
                && found.place == Place::Open
                && self.text[word.start..found.start].contains(&b'[')
            {
                found.place = Place::Raw;
            }
            found.alone = found.place == Place::Open && (found.start, found.end) == found.word && !glued;
            found.bare = found.alone && bare;
        }
    }
}

fn set_case(command: &mut Command, case: Case) {
    if let Some(last) = command.cases.last_mut() {
        *last = case;
    }
}

fn end_case(command: &mut Command) {
    command.cases.pop();
    command.words.clear();
    command.closed = true;
}
