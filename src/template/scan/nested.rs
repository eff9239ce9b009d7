//! `$(…)`, `${…}`, `$((…))`, `((…))` and `$[…]`.

use super::super::error::{Reason, TemplateError};
use super::list::Stop;
use super::word::Word;
use super::{Place, Scanner, Step};

impl Scanner<'_> {
    /// `$(…)` or `$((…))`, from the dollar.
    pub(super) fn substitution(&mut self) -> Step {
        self.pos += 1;
        if self.arithmetic()? {
            return Ok(());
        }
        self.pos += 1;
        self.list(Stop::Parenthesis)
    }

    /// `((…))` from its first parenthesis. Two subshells begin alike, and only the end shows the difference.
    pub(super) fn arithmetic(&mut self) -> Step<bool> {
        if !self.starts(b"((") {
            return Ok(false);
        }
        let start = self.pos;
        if self.arithmetic.get(&start) == Some(&false) {
            return Ok(false);
        }
        let before = (self.found.len(), self.doubt, self.pending.len(), self.in_comment, self.last_comment);
        let codes = self.codes.len();
        let after_dollar = start.checked_sub(1).and_then(|at| self.byte(at)) == Some(b'$');
        self.pos += 2;
        let result = self.deeper(|scanner| scanner.arithmetic_body(after_dollar));
        let is_arithmetic = matches!(result, Ok(true));
        self.arithmetic.insert(start, is_arithmetic);
        if is_arithmetic {
            self.refuse_since(before.0, Reason::Arithmetic)?;
            return Ok(true);
        }
        // A refusal inside applies to both readings. In other cases the text is scanned again as commands.
        if let Err(error) = result
            && (!error.placeholder.is_empty() || error.reason == Reason::TooDeep)
        {
            return Err(error);
        }
        self.pos = start;
        self.found.truncate(before.0);
        self.codes.truncate(codes);
        self.doubt = before.1;
        self.pending.truncate(before.2);
        self.in_comment = before.3;
        self.last_comment = before.4;
        Ok(false)
    }

    /// Scans up to the closing `))`. False if the parentheses close in another way.
    fn arithmetic_body(&mut self, after_dollar: bool) -> Step<bool> {
        let mut open = 0_usize;
        let mut quoted = false;
        let mut scratch = Word::at(self.pos);
        loop {
            if let Some((placeholder, end)) = self.placeholder_at(self.pos)? {
                self.take(self.pos, end, placeholder, Place::Open, false)?;
                continue;
            }
            match self.peek() {
                None => return Ok(false),
                Some(b'(') => open += 1,
                Some(b')') if open > 0 => open -= 1,
                Some(b')') => {
                    if self.byte(self.pos + 1) != Some(b')') {
                        return Ok(false);
                    }
                    self.pos += 2;
                    if quoted {
                        self.doubt("quotes in an arithmetic expression");
                    }
                    return Ok(true);
                }
                Some(b'$') => {
                    self.dollar(&mut scratch, Place::Double)?;
                    continue;
                }
                Some(b'`') => {
                    self.backticks(&mut scratch)?;
                    continue;
                }
                Some(b'\\') => {
                    quoted = true;
                    self.pos += usize::from(self.pos + 1 < self.text.len());
                }
                Some(b'"' | b'\'') => quoted = true,
                // In sh, `((` opens two subshells, where these bytes have another meaning.
                Some(b'#') if !after_dollar => quoted = true,
                Some(b'<') if !after_dollar && self.starts(b"<<") => quoted = true,
                Some(_) => {}
            }
            self.pos += 1;
        }
    }

    /// The old `$[…]` of bash, which is text for other shells.
    pub(super) fn old_arithmetic(&mut self) -> Step {
        let (start, before) = (self.pos, self.found.len());
        let mut scratch = Word::at(start);
        self.pos += 2;
        let mut open = 1_usize;
        while open > 0 {
            if let Some((placeholder, end)) = self.placeholder_at(self.pos)? {
                self.take(self.pos, end, placeholder, Place::Open, false)?;
                continue;
            }
            match self.peek() {
                None => return Err(TemplateError::at(start, Reason::Unterminated("$["))),
                Some(b'[') => open += 1,
                Some(b']') => open -= 1,
                Some(b'$') => {
                    self.dollar(&mut scratch, Place::Double)?;
                    continue;
                }
                Some(b'`') => {
                    self.backticks(&mut scratch)?;
                    continue;
                }
                Some(
                    b'"' | b'\'' | b'\\' | b' ' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>',
                ) => {
                    self.doubt("$[...]");
                }
                Some(_) => {}
            }
            self.pos += 1;
        }
        self.refuse_since(before, Reason::Arithmetic)
    }

    /// `${…}`, from the dollar. `${1}` and `${#}` belong to the shell. `${}` has no meaning, so its braces are a
    /// placeholder.
    pub(super) fn parameter(&mut self, in_double: bool) -> Step {
        let start = self.pos;
        let before = self.found.len();
        let first = self.byte(start + 2);
        if !self.is_parameter()
            && let Some((placeholder, end)) = self.placeholder_at(start + 1)?
        {
            return self.reject(start + 1, end, placeholder, Reason::Parameter);
        }
        if first.is_some_and(|b| b" \t\n|".contains(&b)) {
            self.doubt("${ ... }");
        }
        let mut scratch = Word::at(start);
        // The name contains no placeholder: in `${x}` the braces belong to the shell.
        self.pos += 2;
        while self.peek().is_some_and(|b| b.is_ascii_alphanumeric() || b"_#!@*?-".contains(&b)) {
            self.pos += 1;
        }
        loop {
            if self.peek() != Some(b'}')
                && let Some((placeholder, end)) = self.placeholder_at(self.pos)?
            {
                self.take(self.pos, end, placeholder, Place::Open, false)?;
                continue;
            }
            match self.peek() {
                None => return Err(TemplateError::at(start, Reason::Unterminated("${"))),
                Some(b'}') => break,
                Some(b'\\') => self.pos += usize::from(self.pos + 1 < self.text.len()),
                // For some operators these are quotes, for others text.
                Some(b'\'') if in_double => self.doubt("a single quote in \"${...}\""),
                Some(b'\'') => {
                    let end = self.text[self.pos + 1..].iter().position(|&b| b == b'\'');
                    let Some(end) = end else {
                        return Err(TemplateError::at(self.pos, Reason::Unterminated("single quote")));
                    };
                    self.look_for(self.pos + 1, self.pos + 1 + end, &Reason::Parameter)?;
                    self.pos += 1 + end;
                }
                Some(b'"') => {
                    self.deeper(|scanner| scanner.double(&mut scratch))?;
                    continue;
                }
                Some(b'`') => {
                    self.backticks(&mut scratch)?;
                    continue;
                }
                Some(b'$') => {
                    let place = if in_double { Place::Double } else { Place::Open };
                    self.dollar(&mut scratch, place)?;
                    continue;
                }
                Some(_) => {}
            }
            self.pos += 1;
        }
        self.pos += 1;
        self.refuse_since(before, Reason::Parameter)
    }

    /// Refuses a placeholder between two places of the text.
    pub(super) fn look_for(&mut self, from: usize, to: usize, reason: &Reason) -> Step {
        let mut at = from;
        while at < to {
            at += 1;
            if let Some((placeholder, end)) = self.placeholder_at(at - 1)? {
                self.reject(at - 1, end, placeholder, reason.clone())?;
                at = end;
            }
        }
        Ok(())
    }
}
