//! The shell of `-c` and of records that are commands: that of `--shell`, bash for exported functions, the shell that
//! started apool, or sh.

use crate::cli::args::Args;
use crate::cli::host::Host;
use crate::sys::fds::may_execute;
use crate::template::Shell;
use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The shell for text.
pub fn shell(args: &Args, host: &Host) -> Result<Shell, String> {
    if let Some(given) = &args.shell {
        return Ok(of_words(given_words(given.as_bytes())?, Vec::new()));
    }
    if !host.bash_functions.is_empty() {
        return Ok(of_words(vec![c"bash".to_owned()], host.bash_functions.clone()));
    }
    // The files of the kernel are only read where a shell may run.
    let may_run = args.template.len() < 2
        || args.shell_command.is_some()
        || args.machine.limit.is_some()
        || args.record.retry_failed
        || args.record.metrics_json.is_some();
    let words = if may_run { crate::exec::parent::shell() } else { None };
    Ok(words.map_or_else(Shell::default, |words| of_words(words, Vec::new())))
}

fn of_words(mut words: Vec<CString>, functions: Vec<Vec<u8>>) -> Shell {
    words.push(c"-c".to_owned());
    Shell { argv: words, functions }
}

/// The program of `--shell` and its options. A text that is the name of a file is that file.
fn given_words(text: &[u8]) -> Result<Vec<CString>, String> {
    let wrong = |why: &str| format!("--shell '{}': {why}", crate::escape::visible(text));
    let words = if may_execute(Path::new(OsStr::from_bytes(text))) {
        vec![text.to_vec()]
    } else {
        shlex::bytes::split(text).ok_or_else(|| wrong("unmatched quote"))?
    };
    if words.first().is_none_or(Vec::is_empty) {
        return Err(wrong("the name of a shell is missing, as in --shell 'bash -eo pipefail'"));
    }
    words.into_iter().map(|word| CString::new(word).map_err(|_| wrong("NUL in the name"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_the_shell() {
        let words = |text: &str| {
            let words = given_words(text.as_bytes())?;
            Ok::<_, String>(words.into_iter().map(|word| word.into_string().unwrap()).collect::<Vec<_>>())
        };
        assert_eq!(words("bash -eo pipefail").unwrap(), ["bash", "-eo", "pipefail"]);
        assert_eq!(words("'/opt/a b/sh' -e").unwrap(), ["/opt/a b/sh", "-e"]);
        assert_eq!(words("zsh").unwrap(), ["zsh"]);
        assert_eq!(words("a 'b").unwrap_err(), "--shell 'a 'b': unmatched quote");
        assert!(words(" ").unwrap_err().contains("is missing, as in --shell 'bash -eo pipefail'"));
        assert!(words("''").is_err());
    }
}
