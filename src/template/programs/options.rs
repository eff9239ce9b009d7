//! Parses a command like its programs do: options, their values, operands, and the commands in them.

use super::{Code, Lang, Operands, Program, Role, Style, row};

/// The maximum depth of nested commands.
const DEEPEST: usize = 40;

/// A walk over the words of a command.
pub(super) struct Walk<'w> {
    pub(super) words: &'w [&'w [u8]],
    pub(super) found: Vec<Code>,
    /// Nothing is looked for behind a program that is not in the table.
    pub(super) only_known: bool,
}

/// The progress in the words of one program.
struct Reading {
    program: &'static Program,
    /// The index of the name of the program.
    name: usize,
    operands: Operands,
    count: usize,
    /// No option can follow.
    ended: bool,
    option: Option<usize>,
    /// The operand that is code, unless an option contains the code.
    pending: Option<Code>,
    /// The index of a program whose arguments follow later.
    entry: Option<(usize, usize)>,
}

/// An option.
struct Found {
    role: Option<Role>,
    /// The start of its value, if it takes one.
    value: Option<(usize, usize)>,
    /// The index of the word after it and its values.
    next: usize,
}

impl Walk<'_> {
    /// Walks the command in the words from `at` on.
    pub(super) fn command(&mut self, at: usize, end: usize) {
        self.nested(at, end, 0);
    }

    fn nested(&mut self, mut at: usize, end: usize, depth: usize) {
        while at < end && (self.words[at].is_empty() || is_assignment(self.words[at])) {
            at += 1;
        }
        if at >= end || depth >= DEEPEST {
            return;
        }
        match row(self.words[at]) {
            Some(program) => self.read(program, at, at + 1, end, depth),
            None => self.behind_unknown(at + 1, end),
        }
    }

    /// Walks the words of a program that is not in the table. They may contain a command.
    fn behind_unknown(&mut self, from: usize, end: usize) {
        if self.only_known {
            return;
        }
        for at in from..end {
            let Some(program) = row(self.words[at]) else { continue };
            let takes_code = |role: &(&str, Role)| match role.1 {
                Role::Code(_) | Role::CodeThen(..) => true,
                Role::Then(operands) => matches!(operands, Operands::Code(..)),
                Role::Entry | Role::Last | Role::Split(_) => false,
            };
            if program.roles.iter().any(takes_code) {
                let before = self.found.len();
                // This loop finds nested commands, too. Recursion would take exponential time.
                self.read(program, at, at + 1, end, DEEPEST);
                let by_option: Vec<Code> =
                    self.found.drain(before..).filter(|code| code.option.is_some()).collect();
                self.found.extend(by_option);
            }
        }
    }

    /// Walks the words of a program from `at` on.
    fn read(&mut self, program: &'static Program, name: usize, mut at: usize, end: usize, depth: usize) {
        let mut reading = Reading {
            program,
            name,
            operands: program.operands,
            count: 0,
            ended: false,
            option: None,
            pending: None,
            entry: None,
        };
        if matches!(program.operands, Operands::Actions) {
            return self.actions(at, end, depth);
        }
        while at < end {
            let word = self.words[at];
            if !reading.ended && is_option(word, program.style) {
                let Some(next) = self.option(&mut reading, at, end, depth) else { return };
                at = next;
            } else {
                if matches!(program.style, Style::Stop | Style::Shell) {
                    reading.ended = true;
                }
                if !self.operand(&mut reading, at, end, depth) {
                    return;
                }
                at += 1;
            }
        }
        self.found.extend(reading.pending);
    }

    /// Parses an option and its value. `None` if the walk is complete.
    fn option(&mut self, reading: &mut Reading, at: usize, end: usize, depth: usize) -> Option<usize> {
        let word = self.words[at];
        if word == b"--" || word == b"-" {
            reading.ended = true;
            return Some(at + 1);
        }
        if let (Style::Plus(lang), b'+') = (reading.program.style, word[0]) {
            self.found.push(code(reading.name, at, 1, lang, Some(at)));
            return Some(at + 1);
        }
        let long =
            word.starts_with(b"--") || (matches!(reading.program.style, Style::OneDash) && word.len() > 2);
        let mut letter = 1;
        loop {
            let found = if long {
                self.long(reading.program, at, end)
            } else {
                self.short(reading.program, at, letter, end)
            };
            let value = found.value.filter(|value| value.0 < end);
            match (found.role, value) {
                (Some(Role::Code(reader)), Some((word, offset))) => {
                    self.found.push(code(reading.name, word, offset, reader, Some(at)));
                }
                (Some(Role::CodeThen(reader, operands)), Some((word, offset))) => {
                    self.found.push(code(reading.name, word, offset, reader, Some(at)));
                    (reading.operands, reading.count, reading.pending) = (operands, 0, None);
                }
                (Some(Role::Then(operands)), _) => {
                    (reading.operands, reading.count, reading.pending) = (operands, 0, None);
                    reading.option = Some(at);
                }
                (Some(Role::Entry), Some(value)) => reading.entry = Some(value),
                (Some(Role::Last), _) => reading.ended = true,
                (Some(Role::Split(reader)), Some((word, offset))) => {
                    self.found.push(code(reading.name, word, offset, reader, Some(at)));
                    self.split(word, offset, found.next, end, depth);
                    return None;
                }
                _ => {}
            }
            letter += 1;
            if long || found.next > at || letter >= word.len() {
                return Some(found.next.max(at + 1));
            }
        }
    }

    /// `env -S 'a b' c`: the words are `a`, `b` and `c`. Finds code in them if the words in the value of the option
    /// lead to it.
    fn split(&mut self, word: usize, offset: usize, next: usize, end: usize, depth: usize) {
        let text = self.words[word].get(offset..).unwrap_or_default();
        let first: Vec<&[u8]> = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
        let count = first.len();
        let words: Vec<&[u8]> = first.into_iter().chain(self.words[next..end].iter().copied()).collect();
        let mut inner = Walk { words: &words, found: Vec::new(), only_known: self.only_known };
        inner.nested(0, words.len(), depth + 1);
        let place = |at: usize| if at < count { word } else { at - count + next };
        self.found.extend(inner.found.into_iter().filter(|code| code.first >= count).map(|code| Code {
            first: place(code.first),
            last: place(code.last),
            program: place(code.program),
            option: code.option.map(place),
            ..code
        }));
    }

    /// Parses a long option, which may be abbreviated if that is not ambiguous.
    fn long(&self, program: &Program, at: usize, end: usize) -> Found {
        let word = self.words[at];
        let name = word.strip_prefix(b"--").unwrap_or(&word[1..]);
        let (name, offset) = match name.iter().position(|&b| b == b'=') {
            Some(equals) => (&name[..equals], Some(word.len() - name.len() + equals + 1)),
            None => (name, None),
        };
        let known = || {
            let values = program.long.iter().map(|text| match text.split_once('=') {
                Some((name, _)) => (name, 2, None),
                None => (*text, 1, None),
            });
            let roles = program.roles.iter().filter(|(name, _)| name.len() > 1);
            values.chain(roles.map(|&(name, role)| (name, usize::from(takes_value(role)), Some(role))))
        };
        let exact = known().find(|(known, ..)| known.as_bytes() == name);
        let option = exact.or_else(|| {
            let mut fits = known().filter(|(known, ..)| known.as_bytes().starts_with(name));
            fits.next().filter(|_| fits.next().is_none() && !name.is_empty())
        });
        let (words, role) = option.map_or((0, None), |(_, words, role)| (words, role));
        let value = match offset {
            Some(offset) => Some((at, offset)),
            None => (words > 0).then_some((at + 1, 0)),
        };
        let next = if offset.is_some() { at + 1 } else { at + 1 + words };
        Found { role, value, next: next.min(end) }
    }

    /// Parses the short option at `letter` of a word. `next`: the same word if more options may follow in it.
    fn short(&self, program: &Program, at: usize, letter: usize, end: usize) -> Found {
        let word = self.words[at];
        let byte = word[letter];
        let spec = program.short.as_bytes();
        let place = spec.iter().position(|&known| known == byte && byte != b':');
        let colons =
            place.map_or(0, |place| spec[place + 1..].iter().take_while(|&&known| known == b':').count());
        // `+x` of a shell takes no code.
        let role = program.roles.iter().find(|(name, _)| name.as_bytes() == [byte] && word[0] == b'-');
        let role = role.map(|&(_, role)| role);
        let rest = letter + 1 < word.len();
        // The -o of a shell takes the next word, with any letters after it.
        let (value, next) = match (colons, rest) {
            (0, _) => (None, at),
            (1, true) if !matches!(program.style, Style::Shell) => (Some((at, letter + 1)), at + 1),
            (1, false) => (Some((at + 1, 0)), at + 2),
            (1, true) => return self.short_of_shell(program, at, end),
            (_, true) => (Some((at, letter + 1)), at + 1),
            (_, false) => (None, at + 1),
        };
        Found { role, value, next: next.min(end) }
    }

    /// `-oc pipefail CODE`: the letters after `o` are options, too.
    fn short_of_shell(&self, program: &Program, at: usize, end: usize) -> Found {
        let letters = &self.words[at][1..];
        let values = letters.iter().filter(|letter| b"oO".contains(letter)).count();
        let role = program.roles.iter().find(|(name, _)| {
            name.len() == 1 && letters.contains(&name.as_bytes()[0]) && self.words[at][0] == b'-'
        });
        Found { role: role.map(|&(_, role)| role), value: None, next: (at + 1 + values).min(end) }
    }

    /// Handles an operand. False if the walk is complete.
    fn operand(&mut self, reading: &mut Reading, at: usize, end: usize, depth: usize) -> bool {
        let skipped = reading.count;
        reading.count += 1;
        let Reading { name, option, .. } = *reading;
        match reading.operands {
            Operands::Plain => !matches!(reading.program.style, Style::Shell),
            Operands::Command(skip) if skipped >= skip => {
                match reading.entry.take() {
                    Some((word, offset)) => self.entered(word, offset, at, end, depth),
                    None => self.nested(at, end, depth + 1),
                }
                false
            }
            Operands::Assigned => {
                let is_command = !is_assignment(self.words[at]);
                if is_command {
                    self.nested(at, end, depth + 1);
                }
                !is_command
            }
            Operands::Words(skip, _) if skipped >= skip && at + 1 < end => {
                self.nested(at, end, depth + 1);
                false
            }
            Operands::Joined(skip, lang) if skipped >= skip => {
                // What follows `:::` of parallel are its values, unless there is no command before it.
                let is_values = |word: &&[u8]| word.starts_with(b":::");
                let values = self.words[at..end].iter().position(is_values).filter(|&count| {
                    count > 0 && matches!(lang, Lang::Other(language) if language.name == "parallel")
                });
                let end = values.map_or(end, |count| at + count);
                self.found.push(Code { last: end - 1, ..code(name, at, 0, lang, option) });
                false
            }
            Operands::Words(skip, lang) if skipped >= skip => {
                self.found.push(code(name, at, 0, lang, option));
                false
            }
            Operands::Code(skip, lang) if skipped == skip => {
                let found = code(name, at, 0, lang, option);
                let more = matches!(reading.program.style, Style::Permute | Style::OneDash | Style::Plus(_));
                reading.operands = Operands::Plain;
                if more {
                    reading.pending = Some(found);
                } else {
                    self.found.push(found);
                }
                more
            }
            Operands::Codes(skip, lang) => {
                if skipped >= skip {
                    self.found.push(code(name, at, 0, lang, option));
                }
                true
            }
            Operands::Sub(rows) => {
                let is_named =
                    |row: &&Program| row.names.iter().any(|name| name.as_bytes() == self.words[at]);
                match rows.iter().find(is_named) {
                    Some(row) => self.read(row, name, at + 1, end, depth),
                    None => self.behind_unknown(at + 1, end),
                }
                false
            }
            _ => true,
        }
    }

    /// Walks the program of an option, whose arguments are the words from `at` on: `--entrypoint sh IMAGE -c CODE`.
    fn entered(&mut self, word: usize, offset: usize, at: usize, end: usize, depth: usize) {
        let name = self.words[word].get(offset..).unwrap_or_default();
        if let Some(program) = row(name) {
            self.read(program, word, at, end, depth + 1);
        }
    }

    /// `-exec COMMAND ;` of find: commands within the words.
    fn actions(&mut self, mut at: usize, end: usize, depth: usize) {
        while at < end {
            if matches!(self.words[at], b"-exec" | b"-execdir" | b"-ok" | b"-okdir") {
                let last = self.words[at + 1..end].iter().position(|word| matches!(*word, b";" | b"+"));
                let last = last.map_or(end, |count| at + 1 + count);
                self.nested(at + 1, last, depth + 1);
                at = last;
            }
            at += 1;
        }
    }
}

fn code(program: usize, word: usize, offset: usize, lang: Lang, option: Option<usize>) -> Code {
    Code { first: word, last: word, offset, lang, program, option }
}

fn takes_value(role: Role) -> bool {
    !matches!(role, Role::Then(_))
}

fn is_option(word: &[u8], style: Style) -> bool {
    match word {
        b"-" => matches!(style, Style::Shell),
        [b'-', ..] => true,
        [b'+', _, ..] => matches!(style, Style::Shell | Style::Plus(_)),
        _ => false,
    }
}

/// `NAME=…`
fn is_assignment(word: &[u8]) -> bool {
    let name = word.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    name > 0 && !word[0].is_ascii_digit() && matches!(&word[name..], [b'=', ..] | [b'+', b'=', ..])
}
