//! Plain files of bounded size: all that is ever read for an experiment.
//!
//! A device has no end, a named pipe has nobody at its other end, and a file of the kernel's may hold the environment
//! with its keys. Each is told apart before a byte of it is read.

use std::{
    fmt,
    fs::{File, Metadata},
    io::{self, ErrorKind, Read},
    path::Path,
};

/// Most bytes of an experiment, and of what it names to be sent or to decide by: prompts, rubrics, lexicons.
pub(super) const MOST_TEXT: u64 = 16 << 20;
/// Most bytes of sessions, ratings, reviews and of what earlier runs gave.
pub(super) const MOST_DATA: u64 = 1 << 30;

/// Why something with a name is no plain file that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotPlain {
    /// Files are in it.
    Folder,
    /// It may never end.
    Device,
    /// It waits for somebody who writes.
    Pipe,
    /// It is no file at all.
    Socket,
    /// Its content is made up while it is read.
    Kernel,
    /// More than is ever read.
    TooLarge { bytes: u64, most: u64 },
    /// What was read is not what was there before.
    Changed,
}

impl fmt::Display for NotPlain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Folder => return f.write_str("this is a folder, a file is expected"),
            Self::Device => "a device",
            Self::Pipe => "a pipe",
            Self::Socket => "a socket",
            Self::Kernel => "a file that the system makes up while it is read",
            Self::TooLarge { bytes, most } => {
                let (size, most) = (bytes.div_ceil(1 << 20), most >> 20);
                return write!(f, "this file has {size} MiB, and at most {most} MiB are read");
            }
            Self::Changed => return f.write_str("this file was written to while it was read"),
        };
        write!(f, "this is {what}, a plain file is expected")
    }
}

impl std::error::Error for NotPlain {}

impl NotPlain {
    /// The next step.
    pub(super) fn advice(self) -> &'static str {
        match self {
            Self::Folder => "name a file in it",
            Self::TooLarge { .. } => {
                "is it the file that was meant? Take out what is not needed, or divide it"
            }
            Self::Changed => "wait until it is written, and run the command again",
            _ => "copy what it gives into a file, and name that",
        }
    }

    /// Of an error of this module; none of one of the system's.
    pub(super) fn of(error: &io::Error) -> Option<Self> {
        error.get_ref().and_then(|inner| inner.downcast_ref::<Self>()).copied()
    }
}

impl From<NotPlain> for io::Error {
    fn from(fault: NotPlain) -> Self {
        let kind = match fault {
            NotPlain::Folder => ErrorKind::IsADirectory,
            NotPlain::TooLarge { .. } => ErrorKind::FileTooLarge,
            _ => ErrorKind::InvalidInput,
        };
        Self::new(kind, fault)
    }
}

/// Whether it is a plain file of at most so many bytes; its size.
pub(super) fn check(path: &Path, most: u64) -> io::Result<u64> {
    match kind(path)?.len() {
        bytes if bytes > most => Err(NotPlain::TooLarge { bytes, most }.into()),
        bytes => Ok(bytes),
    }
}

/// Whether it is a plain file, of whatever size.
fn kind(path: &Path) -> io::Result<Metadata> {
    let found = std::fs::metadata(path)?;
    if let Some(fault) = other_kind(&found) {
        return Err(fault.into());
    }
    // Links and `..` lead there too. What cannot be resolved cannot be opened either, and says so then.
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if cfg!(target_os = "linux") && ["/proc", "/sys"].iter().any(|root| real.starts_with(root)) {
        return Err(NotPlain::Kernel.into());
    }
    Ok(found)
}

#[cfg(unix)]
fn other_kind(found: &Metadata) -> Option<NotPlain> {
    use std::os::unix::fs::FileTypeExt;

    match found.file_type() {
        kind if kind.is_file() => None,
        kind if kind.is_dir() => Some(NotPlain::Folder),
        kind if kind.is_fifo() => Some(NotPlain::Pipe),
        kind if kind.is_socket() => Some(NotPlain::Socket),
        _ => Some(NotPlain::Device),
    }
}

#[cfg(not(unix))]
fn other_kind(found: &Metadata) -> Option<NotPlain> {
    match found.file_type() {
        kind if kind.is_file() => None,
        kind if kind.is_dir() => Some(NotPlain::Folder),
        _ => Some(NotPlain::Device),
    }
}

/// Opens a plain file of any size, to be read piece by piece.
///
/// # Errors
/// It is not there, may not be read, or is no plain file.
#[expect(clippy::disallowed_methods, reason = "config reads what the user names")]
pub fn open_plain(path: &Path) -> io::Result<File> {
    kind(path)?;
    File::open(path)
}

/// Reads a plain file whole.
pub(super) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let size = check(path, most)?;
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    open_plain(path)?.take(size + 1).read_to_end(&mut bytes)?;
    match (size, bytes.len() as u64) {
        (said, read) if said == read => Ok(bytes),
        // Wherever a file system of the kernel's is mounted: its files have no size, and yet something in them.
        (0, _) => Err(NotPlain::Kernel.into()),
        _ => Err(NotPlain::Changed.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparse_file_is_refused_by_its_size_without_being_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("large");
        let file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path).expect("created");
        file.set_len(1 << 40).expect("sparse");
        let error = read(&path, MOST_DATA).expect_err("too large");
        assert_eq!(error.to_string(), "this file has 1048576 MiB, and at most 1024 MiB are read");
        file.set_len(MOST_TEXT).expect("sparse");
        assert_eq!(read(&path, MOST_TEXT).expect("read").len() as u64, MOST_TEXT);
    }
}
