//! A file that is replaced as a whole: the metrics document. `-` is stdout.
//!
//! The document is written to a temporary file in the same directory, synced and renamed. A reader, or a crash, finds
//! either the old document or the new one. FIFOs, devices and open descriptors cannot be replaced and are written
//! directly.

use crate::sys::fault::{self, Call, Fallible};
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The target of a document.
#[derive(Debug)]
pub enum Target {
    /// `-`.
    Stdout,
    /// A file, which is replaced.
    File(PathBuf),
    /// An open FIFO or device.
    Stream(File),
}

impl Target {
    /// Checks before the first job that a document can be written.
    pub fn open(path: &OsStr) -> io::Result<Target> {
        if path == "-" {
            return Ok(Target::Stdout);
        }
        let path = Path::new(path);
        match fs::metadata(path) {
            Ok(meta) if meta.is_dir() => return Err(io::Error::from_raw_os_error(crate::sys::errno::EISDIR)),
            Ok(meta) if !meta.is_file() || path.starts_with("/dev") || path.starts_with("/proc/self/fd") => {
                return Ok(Target::Stream(OpenOptions::new().append(true).open(path)?));
            }
            // A file without write permission must not be replaced either.
            Ok(_) => drop(OpenOptions::new().append(true).open(path)?),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(e),
        }
        // A symbolic link stays. Its target is replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        drop(temporary(&path)?);
        Ok(Target::File(path))
    }

    /// Replaces the document, or writes it to a stream.
    pub fn write(&self, bytes: &[u8]) -> io::Result<()> {
        self.put(|to| to.write_all(bytes), true)
    }

    /// [`Target::write`] of a document that does not fit into memory.
    pub fn write_with(&self, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        self.put(content, true)
    }

    /// [`Target::write`] without a sync, for a document that is soon replaced again. Readers find a whole one. A crash
    /// of the machine may lose it.
    pub fn refresh(&self, bytes: &[u8]) -> io::Result<()> {
        self.put(|to| to.write_all(bytes), false)
    }

    fn put(&self, content: impl FnOnce(&mut dyn Write) -> io::Result<()>, durable: bool) -> io::Result<()> {
        match self {
            Target::Stdout => {
                let mut stdout = io::stdout().lock();
                content(&mut stdout)?;
                stdout.flush()
            }
            Target::Stream(file) => content(&mut Fallible(file, Call::Write)),
            Target::File(path) => replace(path, content, durable),
        }
    }
}

fn replace(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    durable: bool,
) -> io::Result<()> {
    let mut file = temporary(path)?;
    content(&mut Fallible(&mut file, Call::Write))?;
    if let Ok(meta) = fs::metadata(path) {
        file.as_file().set_permissions(Permissions::from_mode(meta.permissions().mode() & 0o777))?;
    }
    if durable {
        fault::check(Call::Sync)?;
        file.as_file().sync_all()?;
    }
    fault::check(Call::Rename)?;
    file.persist(path).map_err(|e| e.error)?;
    // The rename is durable once the directory is synced. If that fails the document is still whole.
    if durable && let Ok(directory) = File::open(directory_of(path)) {
        let _ = directory.sync_all();
    }
    Ok(())
}

/// A new file beside `path` with an unpredictable name, which is removed when it is dropped.
fn temporary(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    fault::check(Call::Create)?;
    tempfile::Builder::new()
        .prefix(".apool-")
        .suffix(".tmp")
        .rand_bytes(22)
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(directory_of(path))
}

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_document_replaces_the_old_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("m.json");
        let target = Target::open(path.as_os_str()).unwrap();
        assert!(!path.exists());
        target.write(b"one").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let mut old = File::open(&path).unwrap();
        target.write(b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        let mut text = String::new();
        old.read_to_string(&mut text).unwrap();
        assert_eq!(text, "one");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_write_leaves_the_old_document_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("m.json");
        fs::write(&path, "old").unwrap();
        let target = Target::open(path.as_os_str()).unwrap();
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(target.write(b"new").is_err());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_unwritable_target_is_an_error_before_the_first_job() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Target::open(dir.path().as_os_str()).is_err());
        assert!(Target::open(dir.path().join("no/m.json").as_os_str()).is_err());
        assert!(matches!(Target::open(OsStr::new("-")), Ok(Target::Stdout)));
        let full = Target::open(OsStr::new("/dev/full")).unwrap();
        assert!(full.write(b"x").is_err());
    }

    #[test]
    fn a_link_stays_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        fs::write(&file, "old").unwrap();
        symlink(&file, &link).unwrap();
        Target::open(link.as_os_str()).unwrap().write(b"new").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}
