//! Simple commands that run their words as code, even if these are quoted.
//!
//! bash evaluates a subscript in the name of a variable as arithmetic, and arithmetic runs `$(…)`. Therefore a value
//! must not be a name for `read`, `unset` or `printf -v`, or a number in `[[ -eq ]]`, `let` or `declare -i`.

use super::super::error::Reason;
use super::word::{HOLE, UNKNOWN, Word};

/// The placeholder that this command would run (its index in the list of the scanner), and the reason.
pub(super) fn hazard(words: &[Word]) -> Option<(usize, Reason)> {
    if words.iter().all(|word| word.holes.is_empty()) {
        return None;
    }
    let names: Vec<Vec<u8>> = words.iter().map(known).collect();
    for (index, word) in words.iter().enumerate() {
        if let Some(hole) = in_subscript(word) {
            return Some((hole, Reason::Arithmetic));
        }
        if let Some(found) = of_builtin(&names[index], &words[index + 1..]) {
            return Some(found);
        }
        if !is_prefix(&word.plain) && !word.plain.contains(&UNKNOWN) {
            break;
        }
    }
    None
}

/// A word without its expansions. They may be empty: `$x eval` and `$(y)eval` are then `eval`.
pub(super) fn known(word: &Word) -> Vec<u8> {
    word.plain.iter().copied().filter(|&byte| byte != UNKNOWN).collect()
}

fn of_builtin(name: &[u8], arguments: &[Word]) -> Option<(usize, Reason)> {
    let any = || arguments.iter().find_map(|word| word.holes.first().copied());
    let after = |option: &[u8]| {
        arguments
            .windows(2)
            .find_map(|pair| (pair[0].plain == option).then(|| pair[1].holes.first().copied())?)
    };
    match name {
        b"eval" => Some((any()?, Reason::Builtin("eval"))),
        b"let" => Some((any()?, Reason::Arithmetic)),
        b"alias" => Some((any()?, Reason::Builtin("alias"))),
        b"trap" => {
            let action = arguments.iter().find(|word| word.plain != b"--")?;
            Some((part_of(action)?, Reason::Builtin("trap")))
        }
        b"[[" => {
            let is_arithmetic =
                |word: &Word| matches!(&*word.plain, b"-eq" | b"-ne" | b"-lt" | b"-le" | b"-gt" | b"-ge");
            // sh has no `[[`, and `[[ x && eval y ]]` is two commands there.
            let is_code = |word: &Word| matches!(&*known(word), b"eval" | b"trap" | b"let" | b"alias");
            let refused = arguments.iter().any(|word| is_arithmetic(word) || is_code(word));
            let hole = if refused { any() } else { None };
            Some((hole.or_else(|| after(b"-v"))?, Reason::Test))
        }
        b"test" | b"[" => Some((after(b"-v")?, Reason::Test)),
        b"printf" => Some((after(b"-v")?, Reason::Arithmetic)),
        b"read" => {
            let takes_value = |word: &Word| {
                word.plain.len() >= 2
                    && word.plain[0] == b'-'
                    && word.plain.last().is_some_and(|last| b"pdtnNui".contains(last))
            };
            let mut before = None;
            arguments.iter().find_map(|word| {
                let is_name = !before.replace(word).is_some_and(takes_value);
                if is_name { word.holes.first().map(|&hole| (hole, Reason::Arithmetic)) } else { None }
            })
        }
        b"declare" | b"typeset" | b"local" | b"readonly" | b"unset" | b"mapfile" | b"readarray"
        | b"getopts" => {
            let integer =
                arguments.iter().any(|word| word.plain.starts_with(b"-") && word.plain.contains(&b'i'));
            let hole = if integer { any() } else { arguments.iter().find_map(in_name) };
            Some((hole?, Reason::Arithmetic))
        }
        _ => None,
    }
}

/// A placeholder that is not the whole word.
fn part_of(word: &Word) -> Option<usize> {
    if word.plain == [HOLE] { None } else { word.holes.first().copied() }
}

/// A placeholder in the name of a variable, before the `=` of a word.
fn in_name(word: &Word) -> Option<usize> {
    let name = word.plain.split(|&b| b == b'=').next()?;
    if name.contains(&HOLE) { word.holes.first().copied() } else { None }
}

/// A placeholder in the subscript of an assignment: `a[{}]=x`.
fn in_subscript(word: &Word) -> Option<usize> {
    let name = word.plain.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    if name > 0 && word.plain.get(name) == Some(&b'[') { in_name(word) } else { None }
}

/// Words that may precede the name of the command.
fn is_prefix(word: &[u8]) -> bool {
    is_assignment(word)
        || matches!(word, b"command" | b"builtin" | b"exec" | b"nocorrect" | b"noglob" | b"-p" | b"--")
}

/// `name=…`, `name+=…`, `name[…]=…`
pub(super) fn is_assignment(word: &[u8]) -> bool {
    let name = word.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    if name == 0 || word[0].is_ascii_digit() {
        return false;
    }
    match &word[name..] {
        [b'=', ..] | [b'+', b'=', ..] => true,
        [b'[', rest @ ..] => rest.contains(&b'='),
        _ => false,
    }
}

/// `2` of `2>f`, `{fd}` of `{fd}>f`.
pub(super) fn is_descriptor(word: &[u8]) -> bool {
    let name = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    match word {
        [b'{', inner @ .., b'}'] => !inner.is_empty() && inner.iter().all(name),
        digits => digits.iter().all(u8::is_ascii_digit),
    }
}
