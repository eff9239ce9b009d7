//! Options from files and variables: the configuration files, the profiles of `-J`, and the variable PARALLEL.

use crate::escape::visible;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// A variable of the environment that is not empty.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The words of all configuration files, or of the profiles if there are any, in their order.
pub fn words(profiles: &[OsString], var: Lookup<'_>) -> Result<Vec<OsString>, String> {
    let directories = directories(var);
    let mut files = Vec::new();
    if profiles.is_empty() {
        files.push(PathBuf::from("/etc/parallel/config"));
        files.extend(directories.iter().map(|directory| directory.join("config")));
        files.extend(var("HOME").map(|home| Path::new(&home).join(".parallelrc")));
    }
    for profile in profiles {
        let by_path = profile.as_bytes().starts_with(b"/") || profile.as_bytes().starts_with(b"./");
        let places = if by_path { vec![PathBuf::from(profile)] } else { within(&directories, profile) };
        let found: Vec<PathBuf> = places.into_iter().filter(|place| place.is_file()).collect();
        if found.is_empty() {
            let name = visible(profile.as_bytes());
            return Err(format!("-J {name}: there is no such profile in ~/.parallel or $PARALLEL_HOME"));
        }
        files.extend(found);
    }
    let mut words = Vec::new();
    for file in files {
        match std::fs::read(&file) {
            Ok(text) => words.extend(in_file(&text).map_err(|why| format!("{}: {why}", shown(&file)))?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(format!("{}: {}", shown(&file), crate::sys::errno::words(&error))),
        }
    }
    Ok(words)
}

fn shown(file: &Path) -> String {
    visible(file.as_os_str().as_bytes()).into_owned()
}

fn within(directories: &[PathBuf], name: &OsStr) -> Vec<PathBuf> {
    directories.iter().map(|directory| directory.join(name)).collect()
}

/// The directories of the configuration, in the order of GNU parallel.
fn directories(var: Lookup<'_>) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = var("PARALLEL_HOME").map(PathBuf::from).into_iter().collect();
    let xdg = [var("XDG_CONFIG_HOME"), var("XDG_CONFIG_DIRS")].into_iter().flatten();
    for list in xdg {
        let parts = list.as_bytes().split(|&byte| byte == b':').filter(|part| !part.is_empty());
        all.extend(parts.map(|part| Path::new(OsStr::from_bytes(part)).join("parallel")));
    }
    all.extend(var("HOME").map(|home| Path::new(&home).join(".parallel")));
    all
}

/// The words of a file: each line is cut as a shell would, and lines that start with `#` are comments.
fn in_file(text: &[u8]) -> Result<Vec<OsString>, String> {
    let lines = text.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii_start().starts_with(b"#"));
    let mut words = Vec::new();
    for line in lines {
        words.extend(in_text(line)?);
    }
    Ok(words)
}

/// The words of a text, cut as a shell would.
pub fn in_text(text: &[u8]) -> Result<Vec<OsString>, String> {
    let words = shlex::bytes::split(text).ok_or_else(|| format!("unmatched quote in '{}'", visible(text)))?;
    Ok(words.into_iter().map(OsString::from_vec).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_found_in_the_directories_and_cut_like_shell_words() {
        let dir = tempfile::tempdir().expect("a directory");
        let home = dir.path().join(".parallel");
        std::fs::create_dir(&home).expect("created");
        std::fs::write(home.join("p"), "# -v\n--tagstring 'a b'\n-j1\n").expect("written");
        std::fs::write(home.join("config"), "-k\n").expect("written");
        let var = |name: &str| (name == "HOME").then(|| dir.path().as_os_str().to_owned());
        assert_eq!(words(&["p".into()], &var), Ok(["--tagstring", "a b", "-j1"].map(OsString::from).into()));
        assert!(words(&[], &var).expect("read").contains(&"-k".into()));
        assert!(words(&["q".into()], &var).expect_err("missing").starts_with("-J q: there is no such"));
    }
}
