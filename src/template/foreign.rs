//! Programs that read an argument as code: `sh -c CODE` and its like, wherever they stand in a command.
//!
//! The name may follow any wrapper (`env`, `nice`, `timeout`, `find … -exec`), so every word is looked at, not only the
//! first. Only shells are known here: their code is what people fill with placeholders by mistake. A program of another
//! language, or a command that `ssh` hands to a remote shell, is the author's own affair.

/// Shells, by the last part of the name.
const SHELLS: &[&[u8]] = &[
    b"sh", b"bash", b"dash", b"ash", b"zsh", b"ksh", b"ksh93", b"mksh", b"rbash", b"yash", b"fish", b"csh",
    b"tcsh", b"hush", b"posh", b"oksh",
];

/// Programs that give the argument of their `-c` to a shell.
const WRAPPERS: &[&[u8]] = &[b"su", b"runuser", b"script", b"flock", b"sg"];

fn base(word: &[u8]) -> &[u8] {
    super::path::base_name(word)
}

/// The places of the words that are code for another shell, and the program that reads each.
pub(crate) fn code_words<W: AsRef<[u8]>>(words: &[W]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let name = base(word.as_ref());
        let code = if SHELLS.contains(&name) {
            code_of_shell(words, index + 1)
        } else if WRAPPERS.contains(&name) {
            let after =
                words[index + 1..].iter().position(|word| matches!(word.as_ref(), b"-c" | b"--command"));
            after.map(|flag| index + flag + 2)
        } else {
            None
        };
        if let Some(code) = code.filter(|code| *code < words.len()) {
            found.push((code, String::from_utf8_lossy(name).into_owned()));
        }
    }
    found
}

/// The first operand after the options from `at` on, when one of them has a `c`: `-c`, `-ec`, `-euo pipefail -c`.
fn code_of_shell<W: AsRef<[u8]>>(words: &[W], mut at: usize) -> Option<usize> {
    let mut is_code = false;
    while let Some(word) = words.get(at) {
        let word = word.as_ref();
        match word {
            b"--" | b"-" => return is_code.then_some(at + 1),
            [b'-', b'-', ..] => {
                at += usize::from(matches!(word, b"--rcfile" | b"--init-file"));
                // fish spells it out.
                is_code |= word == b"--command";
            }
            [b'-' | b'+', letters @ ..] if !letters.is_empty() => {
                is_code |= word[0] == b'-' && letters.contains(&b'c');
                at += letters.iter().filter(|letter| b"oO".contains(letter)).count();
            }
            _ => return is_code.then_some(at),
        }
        at += 1;
    }
    None
}

/// True for programs in whose code `{s/a/b/}` is a block.
pub(crate) fn has_substitutions(word: &[u8]) -> bool {
    matches!(base(word), b"sed" | b"gsed" | b"ssed" | b"perl")
}

/// True for shells that do not read quotes as sh does, so that no value can be quoted for them here.
pub(crate) fn is_unlike_sh(program: &[u8]) -> bool {
    matches!(
        base(program),
        b"fish" | b"csh" | b"tcsh" | b"rc" | b"es" | b"nu" | b"elvish" | b"xonsh" | b"pwsh" | b"powershell"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_code_of_shells() {
        let code = |line: &str| -> Vec<usize> {
            let words: Vec<&str> = line.split(' ').collect();
            code_words(&words).into_iter().map(|(index, _)| index).collect()
        };
        for (line, want) in [
            ("sh -c X", vec![2]),
            ("/bin/bash -ec X _ {}", vec![2]),
            ("bash -euo pipefail -c X", vec![4]),
            ("bash --norc --rcfile f -c X", vec![5]),
            ("env A=b nice -n 5 dash -c X", vec![7]),
            ("busybox sh -c X", vec![3]),
            ("find . -exec sh -c X _ {} ;", vec![5]),
            ("sh -c -- X", vec![3]),
            ("sh -x file -c X", vec![]),
            ("sh file", vec![]),
            ("su me -c X", vec![3]),
            ("flock file -c X", vec![3]),
            ("sh -c", vec![]),
            ("sh -o", vec![]),
            ("echo sh", vec![]),
        ] {
            assert_eq!(code(line), want, "{line}");
        }
    }
}
