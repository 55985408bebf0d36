//! Output files at paths chosen by the user: the format follows from the ending, and only the owner can read them.

use std::{
    fs::{File, Metadata, OpenOptions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use super::PipelineError;

/// Endings of reports of a run or probe.
pub const OF_RUN: [&str; 4] = ["json", "csv", "md", "html"];
/// Endings for `agree`.
pub const OF_AGREE: [&str; 3] = ["json", "csv", "md"];
/// Endings for `check-aligner`.
pub const OF_ALIGNMENT: [&str; 2] = ["json", "csv"];
/// Endings for a calibration and its check.
pub const OF_CALIBRATION: [&str; 1] = ["json"];
/// Endings for a comparison.
pub const OF_COMPARISON: [&str; 1] = ["json"];
/// Endings for a gate's outcome; `xml` is `JUnit`.
pub const OF_GATE: [&str; 2] = ["json", "xml"];
/// Endings for a choice of sessions to rate.
pub const OF_BUDGET: [&str; 2] = ["csv", "json"];

/// Checks that every file can be written, before anything is paid for. Leaves no trace.
///
/// # Errors
/// An ending has no format, or a path is a folder, is in a missing folder, or cannot be written.
pub fn check(targets: &[PathBuf], endings: &[&str]) -> Result<(), PipelineError> {
    for target in targets {
        if !endings.contains(&ending(target)) {
            return Err(unknown_ending(target, endings));
        }
        tried(target)?;
    }
    Ok(())
}

/// The ending of a name; empty if it has none.
pub(super) fn ending(path: &Path) -> &str {
    path.extension().and_then(|ending| ending.to_str()).unwrap_or_default()
}

/// Error of an ending without a format.
pub(super) fn unknown_ending(target: &Path, endings: &[&str]) -> PipelineError {
    let listed: Vec<String> = endings.iter().map(|ending| format!(".{ending}")).collect();
    PipelineError::usage(format!(
        "{}: no report has the ending `{}`: expected {}",
        target.display(),
        ending(target),
        listed.join(" or ")
    ))
}

/// Writes a file that only its owner can read; an existing file is restricted before anything is written to it.
///
/// # Errors
/// The file cannot be written, or cannot be made private.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), PipelineError> {
    let written = || -> io::Result<()> {
        let mut file = open(path)?;
        make_private(&file)?;
        file.set_len(0)?;
        file.write_all(bytes)
    };
    written().map_err(|error| PipelineError::unwritten(path, &error))
}

/// Opens a file without changing its contents.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn make_private(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    if file.metadata()?.permissions().mode() & 0o777 == 0o600 {
        return Ok(());
    }
    file.set_permissions(PermissionsExt::from_mode(0o600))
}

#[cfg(not(unix))]
fn make_private(_: &File) -> io::Result<()> {
    Ok(())
}

/// Opens the file as [`write`] will, and removes it if it did not exist.
fn tried(target: &Path) -> Result<(), PipelineError> {
    let cannot = |error: &io::Error| {
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
        match folder {
            Some(folder) if error.kind() == ErrorKind::NotFound => PipelineError::usage(format!(
                "cannot write {}: there is no folder {}",
                target.display(),
                folder.display()
            )),
            _ => PipelineError::file("write", target, error),
        }
    };
    match std::fs::metadata(target) {
        Ok(there) if there.is_dir() => Err(PipelineError::usage(format!(
            "cannot write {}: it is a folder; name a file in it",
            target.display()
        ))),
        Ok(there) if !there.is_file() => Err(PipelineError::usage(format!(
            "cannot write {}: it is a device, a pipe or a socket, and only a plain file can be kept private",
            target.display()
        ))),
        Ok(there) => open(target).and_then(|file| owned(&file, &there)).map_err(|error| cannot(&error)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            drop(open(target).map_err(|error| cannot(&error))?);
            // A dangling link is kept, and only the file it created is removed.
            std::fs::canonicalize(target).and_then(remove).map_err(|error| cannot(&error))
        }
        Err(error) => Err(cannot(&error)),
    }
}

/// Checks that the file's mode may be changed, by setting it to its current value.
fn owned(file: &File, there: &Metadata) -> io::Result<()> {
    file.set_permissions(there.permissions())
}

#[expect(clippy::disallowed_methods, reason = "the trial file of this module")]
fn remove(path: PathBuf) -> io::Result<()> {
    std::fs::remove_file(path)
}
