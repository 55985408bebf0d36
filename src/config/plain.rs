//! Plain files of bounded size: all that is ever read for an experiment.
//!
//! A device has no end, a named pipe may have no writer, and a file of the kernel may contain the environment with its
//! keys. Each is recognized before a byte of it is read.

use std::{
    fmt,
    fs::{File, Metadata},
    io::{self, ErrorKind, Read},
    path::Path,
};

/// Maximum size in bytes of an experiment, and of the prompts, rubrics and lexicons it names.
pub(super) const MOST_TEXT: u64 = 16 << 20;
/// Maximum size in bytes of sessions, ratings, reviews and results of earlier runs.
pub(super) const MOST_DATA: u64 = 1 << 30;

/// Why a path is not a plain file that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotPlain {
    /// It is a folder.
    Folder,
    /// It is a device, which may never end.
    Device,
    /// It is a pipe, which waits for a writer.
    Pipe,
    /// It is a socket.
    Socket,
    /// It is a kernel file, whose content is generated while it is read.
    Kernel,
    /// It is larger than `most` bytes.
    TooLarge { bytes: u64, most: u64 },
    /// It changed while it was being opened.
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
    /// Advice for the user.
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

    /// The reason behind an error of this module; `None` for an error of the system.
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

/// Checks that a path is a plain file of at most `most` bytes; returns its size.
pub(super) fn check(path: &Path, most: u64) -> io::Result<u64> {
    match kind(path)?.len() {
        bytes if bytes > most => Err(NotPlain::TooLarge { bytes, most }.into()),
        bytes => Ok(bytes),
    }
}

/// Checks that a path is a plain file of any size.
fn kind(path: &Path) -> io::Result<Metadata> {
    let found = std::fs::metadata(path)?;
    if let Some(fault) = other_kind(&found) {
        return Err(fault.into());
    }
    // Links and `..` may lead there too. A path that cannot be resolved cannot be opened, and opening reports why.
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

/// Opens a plain file of any size for reading in pieces.
///
/// # Errors
/// It does not exist, may not be read, or is not a plain file.
#[expect(clippy::disallowed_methods, reason = "config reads what the user names")]
pub fn open_plain(path: &Path) -> io::Result<File> {
    kind(path)?;
    File::open(path)
}

/// Reads a whole plain file.
pub(super) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let size = check(path, most)?;
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    open_plain(path)?.take(size + 1).read_to_end(&mut bytes)?;
    match (size, bytes.len() as u64) {
        (said, read) if said == read => Ok(bytes),
        // A kernel file system, wherever it is mounted: its files report size 0 and yet have content.
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
