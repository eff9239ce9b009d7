//! `-j FILE`: the number of workers is read from a file, and again when the file changes.

use crate::run::parse::{self, Count};
use crate::sys::errno;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The file, and its last state.
#[derive(Debug)]
pub struct JobsFile {
    path: PathBuf,
    /// The time of the last change, and the length.
    last: Option<(SystemTime, u64)>,
    cores: f64,
}

impl JobsFile {
    /// The file that was read at the start.
    pub fn new(path: PathBuf, cores: f64) -> JobsFile {
        let last = stamp(&path);
        JobsFile { path, last, cores }
    }

    /// The new number, if the file has changed and holds one. A file without a number, or a missing one, changes
    /// nothing.
    pub fn changed(&mut self) -> Option<u32> {
        let stamp = stamp(&self.path);
        if stamp.is_none() || stamp == self.last {
            return None;
        }
        self.last = stamp;
        read(&self.path).ok()?.resolve(self.cores)
    }
}

fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.modified().ok()?, meta.len()))
}

/// Reads the number of workers from a file.
pub fn read(path: &Path) -> Result<Count, String> {
    let text = std::fs::read_to_string(path).map_err(|error| errno::words(&error))?;
    parse::count(text.trim()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_reported_once_and_text_without_a_number_never() {
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
