//! Finds the file of a command name. It searches `PATH` once for each name, not for each job.

use std::collections::HashMap;
use std::ffi::{CStr, CString, OsStr};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use super::outcome::{StartError, StartErrorKind};
use crate::sys::{errno, fds};

/// The number of names in the cache. A template can produce any number of names.
const CACHED_MAX: usize = 256;

/// A program that was found.
#[derive(Debug, PartialEq, Eq)]
pub struct Program {
    /// The file to execute.
    pub file: CString,
    /// A script without `#!`, which the kernel does not execute. `/bin/sh` runs it, as with `execvp` and shells.
    pub by_shell: bool,
}

/// The programs that were found.
#[derive(Debug)]
pub struct Programs {
    directories: Vec<PathBuf>,
    found: RwLock<HashMap<CString, Arc<Program>>>,
}

impl Programs {
    /// Searches the directories of `path`. `None` means the usual directories.
    pub fn new(path: Option<&OsStr>) -> Programs {
        let path = path.unwrap_or(OsStr::new("/usr/local/bin:/bin:/usr/bin"));
        // An empty entry is the current directory of apool. A job may have another one.
        let directories = std::env::split_paths(path).map(|d| std::path::absolute(&d).unwrap_or(d));
        let current_dir_path = || std::env::current_dir().unwrap_or_default();
        let directories =
            directories.map(|d| if d.as_os_str().is_empty() { current_dir_path() } else { d }).collect();
        Programs { directories, found: RwLock::default() }
    }

    /// The file of a command name.
    pub fn find(&self, name: &CStr) -> Result<Arc<Program>, StartError> {
        if let Some(program) = self.found.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Ok(Arc::clone(program));
        }
        if name.to_bytes().contains(&b'/') {
            // A name with a slash is a path. The exec reports errors.
            return Ok(Arc::new(Program { file: name.to_owned(), by_shell: false }));
        }
        let file = self.search(OsStr::from_bytes(name.to_bytes()))?;
        let file = CString::new(file.into_os_string().into_vec())
            .map_err(|_| StartError::system(StartErrorKind::NotFound, errno::ENOENT))?;
        Ok(self.cache(name, Program { file, by_shell: false }))
    }

    /// The kernel does not execute this file. Records that the shell runs it.
    pub fn by_shell(&self, name: &CStr, program: &Program) -> Arc<Program> {
        self.cache(name, Program { file: program.file.clone(), by_shell: true })
    }

    /// The file does not exist any more. Removes the name from the cache. False when it was not there.
    pub fn forget(&self, name: &CStr) -> bool {
        self.found.write().unwrap_or_else(PoisonError::into_inner).remove(name).is_some()
    }

    fn cache(&self, name: &CStr, program: Program) -> Arc<Program> {
        let program = Arc::new(program);
        let mut found = self.found.write().unwrap_or_else(PoisonError::into_inner);
        if found.len() >= CACHED_MAX {
            found.clear();
        }
        found.insert(name.to_owned(), Arc::clone(&program));
        program
    }

    fn search(&self, name: &OsStr) -> Result<PathBuf, StartError> {
        let mut not_executable = None;
        if !name.is_empty() {
            for directory in &self.directories {
                let file = directory.join(name);
                match std::fs::metadata(&file) {
                    Ok(meta) if meta.is_file() && fds::may_execute(&file) => return Ok(file),
                    Ok(meta) if meta.is_file() => not_executable = Some(file),
                    _ => {}
                }
            }
        }
        Err(match not_executable {
            None => StartError {
                kind: StartErrorKind::NotFound,
                errno: errno::ENOENT,
                text: "not found in PATH".to_owned(),
            },
            Some(file) => StartError {
                kind: StartErrorKind::NotExecutable,
                errno: errno::EACCES,
                text: format!("{} is not executable", file.to_string_lossy().escape_debug()),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_first_executable_file_in_path_counts() {
        let root = tempfile::tempdir().unwrap();
        let make_file = |dir: &str, name: &str, mode: u32| {
            let dir = root.path().join(dir);
            std::fs::create_dir_all(&dir).unwrap();
            std::fs::write(dir.join(name), "true").unwrap();
            std::fs::set_permissions(dir.join(name), PermissionsExt::from_mode(mode)).unwrap();
            dir
        };
        let (a, b) = (make_file("a", "tool", 0o644), make_file("b", "tool", 0o755));
        make_file("a", "data", 0o644);
        std::fs::create_dir(a.join("dir")).unwrap();
        let path = std::env::join_paths([&a, &b]).unwrap();
        let programs = Programs::new(Some(&path));
        let file = programs.find(c"tool").unwrap();
        assert_eq!(file.file.as_bytes(), b.join("tool").as_os_str().as_bytes());
        assert_eq!(programs.find(c"data").unwrap_err().kind, StartErrorKind::NotExecutable);
        assert_eq!(programs.find(c"dir").unwrap_err().kind, StartErrorKind::NotFound);
        assert_eq!(programs.find(c"").unwrap_err().kind, StartErrorKind::NotFound);
        // A found program stays in the cache until it is forgotten.
        std::fs::remove_file(b.join("tool")).unwrap();
        assert_eq!(programs.find(c"tool").unwrap(), file);
        assert!(programs.forget(c"tool"));
        assert_eq!(programs.find(c"tool").unwrap_err().kind, StartErrorKind::NotExecutable);
    }

    #[test]
    fn a_name_with_a_slash_is_a_file() {
        let programs = Programs::new(Some(OsStr::new("/nowhere")));
        let program = programs.find(c"./x").unwrap();
        assert_eq!((program.file.as_c_str(), program.by_shell), (c"./x", false));
        programs.by_shell(c"./x", &program);
        assert!(programs.find(c"./x").unwrap().by_shell);
    }
}
