//! The shell that started apool, as the kernel describes the parent process. Where there is no /proc, there is none.
//!
//! It is the parent and no process above it: a script, make or cron that runs apool through another program gets sh on
//! every machine.

use crate::sys::fds::may_execute;
use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The shell that started apool, with its first words. `None` if the parent is another program or cannot be read.
pub fn shell() -> Option<Vec<CString>> {
    let parent = format!("/proc/{}", std::os::unix::process::parent_id());
    let file = std::fs::read_link(format!("{parent}/exe")).ok()?;
    let words = std::fs::read(format!("{parent}/cmdline")).ok()?;
    let mut words = words.split(|&byte| byte == 0);
    let (called, next) = (words.next()?, words.next().unwrap_or_default());
    known(file.as_os_str().as_bytes(), called, next, &|file| may_execute(Path::new(OsStr::from_bytes(file))))
}

/// Shells with the syntax of sh. A version may follow the name.
const SHELLS: [&[u8]; 8] = [b"sh", b"bash", b"dash", b"ksh", b"mksh", b"lksh", b"zsh", b"yash"];

/// The words of a shell by its file and the first two words of its command line. A shell that was called as sh is sh.
fn known(
    file: &[u8],
    called: &[u8],
    next: &[u8],
    may_execute: &dyn Fn(&[u8]) -> bool,
) -> Option<Vec<CString>> {
    // A login shell is called with a dash before its name.
    let called = base_name(called.strip_prefix(b"-").unwrap_or(called));
    let gone = file.strip_suffix(b" (deleted)");
    let name = base_name(gone.unwrap_or(file));
    let program = |name: &[u8]| {
        let usable = gone.is_none() && may_execute(file);
        CString::new(if usable { file } else { name }).ok()
    };
    if name == b"busybox" {
        let applet = if called == b"busybox" { next } else { called };
        let is_shell = [&b"sh"[..], b"ash", b"hush"].contains(&applet);
        return if is_shell { Some(vec![program(name)?, CString::new(applet).ok()?]) } else { None };
    }
    // ksh93, zsh-5.9, bash5
    let version = |byte: &u8| byte.is_ascii_digit() || b".-+".contains(byte);
    let end = name.iter().position(version).unwrap_or(name.len());
    let shell = SHELLS.into_iter().find(|shell| *shell == &name[..end])?;
    if called == b"sh" {
        return Some(vec![c"/bin/sh".to_owned()]);
    }
    let mut words = vec![program(shell)?];
    if shell == b"zsh" {
        // Without ~/.zshenv: its options, such as RC_QUOTES, would change the meaning of quotes.
        words.push(c"-f".to_owned());
    }
    Some(words)
}

fn base_name(path: &[u8]) -> &[u8] {
    path.rsplit(|&byte| byte == b'/').next().unwrap_or(path)
}

/// The way out if this name is not a program: it may be a function or an alias of the user's shell, which apool cannot see.
/// `None` if no shell started apool, or if no shell would take the name.
pub fn not_found_hint(name: &[u8]) -> Option<String> {
    let words = shell()?;
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
    let name = std::str::from_utf8(name).ok().filter(|name| name.as_bytes().iter().all(is_name))?;
    let is_bash = base_name(words.first()?.as_bytes()).starts_with(b"bash");
    let function =
        if is_bash { format!("type export -f {name} first") } else { "make a script of it".to_owned() };
    Some(format!(
        "if {name} is a function of your shell, {function}; if it is an alias, type what it stands for"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(file: &str, called: &str, next: &str) -> Option<String> {
        let words =
            known(file.as_bytes(), called.as_bytes(), next.as_bytes(), &|file| !file.starts_with(b"/no/"))?;
        Some(words.iter().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn the_parent_is_a_shell() {
        for (file, called, next, shell) in [
            ("/usr/bin/bash", "bash", "", "/usr/bin/bash"),
            ("/usr/bin/bash", "-bash", "", "/usr/bin/bash"),
            ("/usr/bin/bash", "/bin/sh", "script", "/bin/sh"),
            ("/usr/bin/bash", "-sh", "", "/bin/sh"),
            ("/usr/bin/dash", "sh", "-c", "/bin/sh"),
            ("/usr/bin/dash", "dash", "script", "/usr/bin/dash"),
            ("/usr/bin/zsh", "/bin/zsh", "", "/usr/bin/zsh -f"),
            ("/opt/zsh-5.9", "zsh", "", "/opt/zsh-5.9 -f"),
            ("/usr/bin/ksh93", "ksh", "", "/usr/bin/ksh93"),
            ("/usr/bin/mksh", "mksh", "", "/usr/bin/mksh"),
            ("/usr/bin/yash", "yash", "", "/usr/bin/yash"),
            ("/usr/bin/busybox", "busybox", "sh", "/usr/bin/busybox sh"),
            ("/bin/busybox", "/bin/sh", "script", "/bin/busybox sh"),
            ("/bin/busybox", "-ash", "", "/bin/busybox ash"),
            // Its file was replaced, or belongs to another root directory.
            ("/usr/bin/bash (deleted)", "bash", "", "bash"),
            ("/no/zsh", "zsh", "", "zsh -f"),
        ] {
            assert_eq!(of(file, called, next).as_deref(), Some(shell), "{file} {called} {next}");
        }
    }

    #[test]
    fn the_parent_is_another_program() {
        for (file, called, next) in [
            ("/usr/bin/make", "make", ""),
            ("/usr/bin/fish", "fish", ""),
            ("/usr/bin/make", "sh", ""),
            ("/usr/bin/tcsh", "-csh", ""),
            ("/usr/bin/busybox", "busybox", "timeout"),
            ("/usr/bin/busybox", "xargs", "sh"),
            ("/usr/sbin/sshd", "sshd: x", ""),
            ("/usr/bin/shred", "shred", ""),
            ("/usr/bin/bashful", "bash", ""),
            ("", "", ""),
        ] {
            assert_eq!(of(file, called, next), None, "{file} {called} {next}");
        }
    }
}
