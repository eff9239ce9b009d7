//! `-j FILE`: the number of workers stands in a file, which is looked at again when it changes.

use crate::run::parse::{self, Count};
use crate::sys::errno;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The file, and what it looked like.
#[derive(Debug)]
pub struct JobsFile {
    path: PathBuf,
    seen: Option<(SystemTime, u64)>,
    cores: f64,
}

impl JobsFile {
    /// The file that was read for the start.
    pub fn new(path: PathBuf, cores: f64) -> JobsFile {
        let seen = look(&path);
        JobsFile { path, seen, cores }
    }

    /// The new number, when the file has changed and holds one. A file that is being written or has gone changes nothing.
    pub fn changed(&mut self) -> Option<u32> {
        let seen = look(&self.path);
        if seen.is_none() || seen == self.seen {
            return None;
        }
        self.seen = seen;
        read(&self.path).ok()?.resolve(self.cores)
    }
}

fn look(path: &Path) -> Option<(SystemTime, u64)> {
    let of = std::fs::metadata(path).ok()?;
    Some((of.modified().ok()?, of.len()))
}

/// The number in a file.
pub fn read(path: &Path) -> Result<Count, String> {
    let text = std::fs::read_to_string(path).map_err(|error| errno::words(&error))?;
    parse::count(text.trim()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_seen_once_and_nonsense_never() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("jobs");
        std::fs::write(&path, "2\n").unwrap();
        let mut file = JobsFile::new(path.clone(), 4.0);
        assert_eq!(file.changed(), None);
        std::fs::write(&path, "100%\n\n").unwrap();
        assert_eq!(file.changed(), Some(4));
        assert_eq!(file.changed(), None);
        std::fs::write(&path, "many workers").unwrap();
        assert_eq!(file.changed(), None);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(file.changed(), None);
    }
}
