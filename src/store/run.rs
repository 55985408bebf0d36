//! Run directories: private folders of derived files, each replaced atomically, with one writer at a time.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{BufWriter, ErrorKind, Write},
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::StoreError;
use crate::domain::Digest;

/// The file that makes a folder a run. It is written last, so its time is the run's.
pub const MANIFEST_FILE: &str = "manifest.json";

/// File that is locked while a run is written.
const LOCK_FILE: &str = ".lock";

/// Word for the most recently written run.
const LATEST: &str = "latest";

/// One run directory, for reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunDirectory {
    path: PathBuf,
}

/// One run directory, locked for writing until this is dropped or the process ends in any way.
#[derive(Debug)]
pub struct RunWriter {
    directory: RunDirectory,
    _lock: File,
}

/// A run in a folder of runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunEntry {
    /// The folder's name.
    pub name: String,
    /// Its directory.
    pub directory: RunDirectory,
    /// Modification time of its manifest.
    pub written: SystemTime,
}

impl RunDirectory {
    /// The name of a run; the same experiment always gets the same one.
    pub fn name_of(name: &str, plan: &Digest) -> String {
        format!("{name}-{}", plan.short())
    }

    /// Creates the run directory if missing (0700) and locks it for writing.
    ///
    /// # Errors
    /// The name is not a plain file name, the folder cannot be created, or another process is writing the run.
    pub fn create(root: &Path, name: &str, plan: &Digest) -> Result<RunWriter, StoreError> {
        if name == LATEST {
            return Err(StoreError::BadName { name: name.to_owned(), what: "run" });
        }
        let full = plain_name(Self::name_of(name, plan), "run")?;
        let path = root.join(full);
        private_folder(&path)?;
        Self { path }.lock()
    }

    /// Opens an existing run directory.
    ///
    /// # Errors
    /// The folder does not exist.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let found = fs::metadata(path).map_err(StoreError::io("open", path))?;
        if found.is_dir() {
            Ok(Self { path: path.to_owned() })
        } else {
            Err(StoreError::io("open", path)(ErrorKind::NotADirectory.into()))
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder's name.
    pub fn name(&self) -> String {
        self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// Path of one of its files.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Reads one of its files.
    ///
    /// # Errors
    /// The file cannot be read, or the name is not a plain file name.
    #[expect(clippy::disallowed_methods, reason = "store owns runs/")]
    pub fn read(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        let path = self.path.join(plain_name(name.to_owned(), "file of a run")?);
        if let (Some(stale), false) = (self.stale()?, path.exists()) {
            return Err(StoreError::StaleRun { run: self.path.clone(), sessions: stale.forgotten.len() });
        }
        fs::read(&path).map_err(StoreError::io("read", &path))
    }

    /// Names of all files in it, including hidden ones, in order.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn names(&self) -> Result<Vec<String>, StoreError> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(StoreError::io("read", &self.path))? {
            let entry = entry.map_err(StoreError::io("read", &self.path))?;
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    /// Takes the write lock.
    ///
    /// # Errors
    /// Another process holds it.
    pub fn lock(self) -> Result<RunWriter, StoreError> {
        let path = self.path.join(LOCK_FILE);
        let lock = private_options().open(&path).map_err(StoreError::io("open", &path))?;
        match lock.try_lock() {
            Ok(()) => Ok(RunWriter { directory: self, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StoreError::RunLocked { run: self.path, lock: path }),
            Err(TryLockError::Error(error)) => Err(StoreError::io("lock", &path)(error)),
        }
    }
}

impl RunWriter {
    /// The directory, for reading.
    pub fn directory(&self) -> &RunDirectory {
        &self.directory
    }

    /// Replaces a file atomically (mode 0600): a reader sees either the old bytes or the new ones, even after a crash.
    ///
    /// # Errors
    /// The file cannot be written, or the name is not a plain file name.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.stream(name, |out| out.write_all(bytes))
    }

    /// Like [`RunWriter::write`], for content that would be large in memory.
    ///
    /// # Errors
    /// The same as [`RunWriter::write`], or the error of `content`.
    pub fn stream(
        &self,
        name: &str,
        content: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
    ) -> Result<(), StoreError> {
        let name = plain_name(name.to_owned(), "file of a run")?;
        replace(self.directory.path(), &name, content)
    }

    /// Removes a file that this run no longer has; a missing file is not an error.
    ///
    /// # Errors
    /// The file cannot be removed, or the name is not a plain file name.
    #[expect(clippy::disallowed_methods, reason = "store owns runs/")]
    pub fn remove(&self, name: &str) -> Result<(), StoreError> {
        let path = self.directory.path().join(plain_name(name.to_owned(), "file of a run")?);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::io("remove", &path)(error)),
            _ => Ok(()),
        }
    }
}

/// Name of a file while it is being written.
fn temporary_name(name: &str) -> String {
    format!(".{name}.tmp")
}

/// Whether a file has the name of one that is being written.
pub(super) fn is_temporary(name: &str) -> bool {
    name.strip_prefix('.').is_some_and(|rest| temporary_name(rest.trim_end_matches(".tmp")) == name)
}

/// Replaces a file of a folder atomically (mode 0600).
#[expect(clippy::disallowed_methods, reason = "store owns runs/")]
pub(super) fn replace(
    folder: &Path,
    name: &str,
    content: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<(), StoreError> {
    let temporary = folder.join(temporary_name(name));
    let path = folder.join(name);
    let file =
        private_options().truncate(true).open(&temporary).map_err(StoreError::io("write", &temporary))?;
    let mut out = BufWriter::new(file);
    content(&mut out).map_err(StoreError::io("write", &temporary))?;
    let file = out.into_inner().map_err(|error| StoreError::io("write", &temporary)(error.into_error()))?;
    file.sync_all().map_err(StoreError::io("write", &temporary))?;
    fs::rename(&temporary, &path).map_err(StoreError::io("replace", &path))?;
    sync_folder(folder)
}

/// Every folder under `root` that is a run or an interrupted one, which has no manifest yet.
///
/// # Errors
/// The folder cannot be read.
pub fn folders(root: &Path) -> Result<Vec<RunDirectory>, StoreError> {
    let entries = match fs::read_dir(root) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(StoreError::io("read", root))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(StoreError::io("read", root))?.path();
        if fs::metadata(path.join(LOCK_FILE)).is_ok() || fs::metadata(path.join(MANIFEST_FILE)).is_ok() {
            found.push(RunDirectory { path });
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// The runs of a folder, the most recently written first. A folder that does not exist has none.
///
/// # Errors
/// The folder cannot be read.
pub fn list(root: &Path) -> Result<Vec<RunEntry>, StoreError> {
    let entries = match fs::read_dir(root) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(StoreError::io("read", root))?,
    };
    let mut runs = Vec::new();
    for entry in entries {
        let entry = entry.map_err(StoreError::io("read", root))?;
        let Ok(manifest) = fs::metadata(entry.path().join(MANIFEST_FILE)) else { continue };
        let written = manifest.modified().map_err(StoreError::io("read", root))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        runs.push(RunEntry { name, directory: RunDirectory { path: entry.path() }, written });
    }
    runs.sort_by(|a, b| b.written.cmp(&a.written).then_with(|| a.name.cmp(&b.name)));
    Ok(runs)
}

/// The run named by `latest`, by its full name, or by a unique prefix.
///
/// # Errors
/// No run or several runs match.
pub fn resolve(root: &Path, wanted: &str) -> Result<RunDirectory, StoreError> {
    let runs = list(root)?;
    let mut names: Vec<String> = runs.iter().map(|run| run.name.clone()).collect();
    names.sort();
    let missing = |known| StoreError::NoSuchRun { wanted: wanted.to_owned(), root: root.to_owned(), known };
    if wanted == LATEST {
        return runs.into_iter().next().map(|run| run.directory).ok_or_else(|| missing(names));
    }
    if let Some(run) = runs.iter().find(|run| run.name == wanted) {
        return Ok(run.directory.clone());
    }
    let candidates: Vec<&RunEntry> =
        runs.iter().filter(|run| !wanted.is_empty() && run.name.starts_with(wanted)).collect();
    match candidates.as_slice() {
        [] => Err(missing(names)),
        [run] => Ok(run.directory.clone()),
        _ => {
            names.retain(|name| name.starts_with(wanted));
            Err(StoreError::AmbiguousRun {
                wanted: wanted.to_owned(),
                root: root.to_owned(),
                candidates: names,
            })
        }
    }
}

/// Checks that a name stays in its folder on every file system and is not one of our own hidden files.
fn plain_name(name: String, what: &'static str) -> Result<String, StoreError> {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    if name.is_empty() || name.starts_with('.') || !name.chars().all(allowed) {
        return Err(StoreError::BadName { name, what });
    }
    Ok(name)
}

/// Creates a folder and its parents, readable only by the owner. An existing folder keeps its mode.
pub(super) fn private_folder(path: &Path) -> Result<(), StoreError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(StoreError::io("create", path))
}

/// Creates a file that only its owner can read, or restricts an existing one.
pub(super) fn private_file(path: &Path) -> Result<(), StoreError> {
    let file = private_options().open(path).map_err(StoreError::io("open", path))?;
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        file.set_permissions(mode).map_err(StoreError::io("make private", path))?;
    }
    drop(file);
    Ok(())
}

pub(super) fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a rename survive a power failure, if the system supports it.
#[cfg_attr(unix, expect(clippy::disallowed_methods, reason = "store owns runs/"))]
fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    File::open(folder).and_then(|opened| opened.sync_all()).map_err(StoreError::io("sync", folder))?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(text: &str) -> Digest {
        Digest::of_bytes(text.as_bytes())
    }

    #[expect(clippy::disallowed_methods, reason = "store owns runs/")]
    #[test]
    fn a_file_is_replaced_whole_and_leaves_no_temporary_behind() {
        let root = tempfile::tempdir().expect("temporary folder");
        let run = RunDirectory::create(root.path(), "demo", &digest("a")).expect("created");
        // What a kill in the middle of an earlier write leaves behind.
        std::fs::write(run.directory().file(".scores.csv.tmp"), "half a li").expect("written");
        run.write("scores.csv", b"first").expect("written");
        run.write("scores.csv", b"2nd").expect("written");
        assert_eq!(run.directory().read("scores.csv").expect("read"), b"2nd");
        assert!(!run.directory().file(".scores.csv.tmp").exists());
    }

    #[test]
    fn one_writer_at_a_time_and_the_error_names_the_lock() {
        let root = tempfile::tempdir().expect("temporary folder");
        let first = RunDirectory::create(root.path(), "demo", &digest("a")).expect("created");
        let error = RunDirectory::create(root.path(), "demo", &digest("a")).expect_err("locked");
        let lock = first.directory().file(LOCK_FILE);
        assert_eq!(
            error,
            StoreError::RunLocked { run: first.directory().path().to_owned(), lock: lock.clone() }
        );
        assert!(error.to_string().ends_with(&format!("which holds {}", lock.display())));
        RunDirectory::create(root.path(), "demo", &digest("b")).expect("another run is free");
        drop(first);
        RunDirectory::create(root.path(), "demo", &digest("a")).expect("free again");
    }

    #[test]
    fn runs_are_found_by_name_prefix_and_latest() {
        let root = tempfile::tempdir().expect("temporary folder");
        assert_eq!(list(&root.path().join("nowhere")), Ok(Vec::new()));
        let mut made = Vec::new();
        for (name, age) in [("demo", 30), ("dental", 10), ("other", 20)] {
            let run = RunDirectory::create(root.path(), name, &digest(name)).expect("created");
            run.write(MANIFEST_FILE, b"{}").expect("written");
            let manifest =
                File::options().write(true).open(run.directory().file(MANIFEST_FILE)).expect("opened");
            let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000 - age);
            manifest.set_modified(time).expect("time set");
            made.push(run.directory().clone());
        }
        RunDirectory::create(root.path(), "unwritten", &digest("u")).expect("created");
        let resolve = |wanted: &str| resolve(root.path(), wanted);
        assert_eq!(resolve("latest").as_ref(), Ok(&made[1]));
        assert_eq!(resolve("o").as_ref(), Ok(&made[2]));
        assert_eq!(resolve(&RunDirectory::name_of("demo", &digest("demo"))).as_ref(), Ok(&made[0]));
        assert!(
            matches!(resolve("de"), Err(StoreError::AmbiguousRun { candidates, .. }) if candidates.len() == 2)
        );
        assert!(matches!(resolve("x"), Err(StoreError::NoSuchRun { known, .. }) if known.len() == 3));
        assert!(matches!(resolve(""), Err(StoreError::NoSuchRun { .. })));
    }

    #[test]
    fn names_cannot_leave_the_folder() {
        let root = tempfile::tempdir().expect("temporary folder");
        for name in ["../x", "a/b", ".hidden", "latest", "a b"] {
            let refused = RunDirectory::create(root.path(), name, &digest("a"));
            assert!(matches!(refused, Err(StoreError::BadName { .. })), "{name}");
        }
        let run = RunDirectory::create(root.path(), "demo", &digest("a")).expect("created");
        assert!(matches!(run.write("../out", b""), Err(StoreError::BadName { .. })));
        assert!(matches!(run.directory().read(".lock"), Err(StoreError::BadName { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn folders_and_files_are_private() {
        use std::os::unix::fs::PermissionsExt;

        let root = tempfile::tempdir().expect("temporary folder");
        let run = RunDirectory::create(&root.path().join("runs"), "demo", &digest("a")).expect("created");
        run.write("sessions.jsonl", b"x").expect("written");
        let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&root.path().join("runs")), 0o700);
        assert_eq!(mode(run.directory().path()), 0o700);
        assert_eq!(mode(&run.directory().file("sessions.jsonl")), 0o600);
    }
}
