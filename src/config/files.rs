//! Turns a name in an experiment into a file: embedded, or on disk relative to the file that names it.

use std::{
    borrow::Cow,
    io,
    path::{Path, PathBuf},
};

use super::{
    builtin::{self, PREFIX},
    hints,
    plain::{self, NotPlain},
};

/// Source of an experiment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigSource {
    /// Path of a file on disk.
    File(PathBuf),
    /// Name of an embedded experiment, without `builtin:`.
    Builtin(String),
}

impl ConfigSource {
    /// The source named by a command-line argument.
    pub fn of_argument(argument: &str) -> Self {
        match argument.strip_prefix(PREFIX) {
            Some(name) => Self::Builtin(name.to_owned()),
            None => Self::File(PathBuf::from(argument)),
        }
    }

    /// The path that [`read_input`] reads.
    pub fn path(&self) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            Self::Builtin(name) => PathBuf::from(format!("{PREFIX}{name}")),
        }
    }

    /// The name shown to people.
    pub fn name(&self) -> String {
        self.path().display().to_string()
    }

    /// The name without folder and ending.
    pub(super) fn stem(&self) -> String {
        match self {
            Self::File(path) => {
                path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
            }
            Self::Builtin(name) => name.clone(),
        }
    }
}

/// Reads a file of an experiment: from disk, or embedded when the path is `builtin:NAME`.
///
/// # Errors
/// The file does not exist, is not a plain file of limited size, or cannot be read.
pub fn read_input(path: &Path) -> io::Result<Cow<'static, [u8]>> {
    read(path, plain::MOST_TEXT)
}

/// Reads sessions, ratings, reviews or results of an earlier run, in the same way as [`read_input`].
///
/// # Errors
/// The same as [`read_input`].
pub fn read_data(path: &Path) -> io::Result<Cow<'static, [u8]>> {
    read(path, plain::MOST_DATA)
}

fn read(path: &Path, most: u64) -> io::Result<Cow<'static, [u8]>> {
    match builtin_name(path) {
        Some(name) => builtin::find(name)
            .map(|builtin| Cow::Borrowed(builtin.text.as_bytes()))
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound)),
        None => plain::read(path, most).map(Cow::Owned),
    }
}

fn builtin_name(path: &Path) -> Option<&str> {
    path.to_str().and_then(|text| text.strip_prefix(PREFIX))
}

/// Why a named file cannot be used. Never contains the name, which may come from the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileFault {
    /// What is wrong.
    pub(super) message: String,
    /// Advice for the user.
    pub(super) advice: String,
}

/// Resolves names relative to the experiment.
#[derive(Debug, Clone)]
pub(super) struct Files {
    /// Folder of the experiment; `None` for an embedded one.
    folder: Option<PathBuf>,
}

impl Files {
    /// Resolves names relative to this source.
    pub(super) fn beside(source: &ConfigSource) -> Self {
        let folder = match source {
            ConfigSource::File(path) => Some(path.parent().map(Path::to_path_buf).unwrap_or_default()),
            ConfigSource::Builtin(_) => None,
        };
        Self { folder }
    }

    /// The path of a name, for [`read_input`].
    pub(super) fn locate(&self, name: &str) -> PathBuf {
        match &self.folder {
            _ if name.starts_with(PREFIX) => PathBuf::from(name),
            Some(folder) => folder.join(name),
            None if builtin::find(name).is_some() => PathBuf::from(format!("{PREFIX}{name}")),
            // Only `--set` can name another file here, and what is typed is relative to the current folder.
            None => PathBuf::from(name),
        }
    }

    /// Reads a named file.
    pub(super) fn read(&self, name: &str) -> Result<Cow<'static, [u8]>, FileFault> {
        let path = self.locate(name);
        read_input(&path).map_err(|error| fault(&path, &error))
    }

    /// Checks that a named file exists.
    pub(super) fn check(&self, name: &str) -> Result<PathBuf, FileFault> {
        let path = self.locate(name);
        let found = match builtin_name(&path) {
            Some(name) if builtin::find(name).is_some() => Ok(()),
            Some(_) => Err(io::Error::from(io::ErrorKind::NotFound)),
            None => plain::check(&path, plain::MOST_DATA).map(drop),
        };
        match found {
            Ok(()) => Ok(path),
            Err(error) => Err(fault(&path, &error)),
        }
    }
}

impl Files {
    /// The files that a name stands for: itself, those of a folder, or those that match a pattern with `*` or `?` in
    /// its last part; in the order of their names.
    pub(super) fn expand(&self, name: &str) -> Result<Vec<PathBuf>, FileFault> {
        let path = self.locate(name);
        let last = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let (folder, pattern) = match path.parent() {
            _ if builtin_name(&path).is_some() => return self.check(name).map(|path| vec![path]),
            _ if path.is_dir() => (path.clone(), "*".to_owned()),
            Some(folder) if last.contains(['*', '?']) => (folder.to_path_buf(), last.to_owned()),
            _ => return self.check(name).map(|path| vec![path]),
        };
        let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { &folder };
        let entries = std::fs::read_dir(listed).map_err(|error| fault(&folder, &error))?;
        let mut names: Vec<String> = entries
            .flatten()
            .filter(|entry| entry.path().is_file())
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| !name.starts_with('.') && matches(&pattern, name))
            .collect();
        names.sort();
        if names.is_empty() {
            let message = "no file matches".to_owned();
            let advice =
                "`*` stands for any letters and `?` for one, in the last part of the path only".to_owned();
            return Err(FileFault { message, advice });
        }
        let found = names.into_iter().map(|name| folder.join(name));
        found
            .map(|path| match plain::check(&path, plain::MOST_DATA) {
                Ok(_) => Ok(path),
                Err(error) => Err(fault(&path, &error)),
            })
            .collect()
    }
}

/// True if a name has the form of a pattern.
fn matches(pattern: &str, name: &str) -> bool {
    let Some(first) = pattern.chars().next() else { return name.is_empty() };
    let rest = &pattern[first.len_utf8()..];
    if first == '*' {
        let tails = name.char_indices().map(|(at, _)| &name[at..]).chain([""]);
        return tails.into_iter().any(|tail| matches(rest, tail));
    }
    let mut chars = name.chars();
    chars.next().is_some_and(|c| first == '?' || c == first) && matches(rest, chars.as_str())
}

/// Message and advice for a file that could not be read.
pub(super) fn fault(path: &Path, error: &io::Error) -> FileFault {
    if let Some(name) = builtin_name(path) {
        let advice = match hints::nearest(name, builtin::names()) {
            Some(meant) => format!("did you mean `{PREFIX}{meant}`?"),
            None => format!("embedded are {}", hints::list(builtin::names())),
        };
        return FileFault { message: "no embedded file has this name".into(), advice };
    }
    if let Some(fault) = NotPlain::of(error) {
        return FileFault { message: fault.to_string(), advice: fault.advice().to_owned() };
    }
    let (message, advice) = match error.kind() {
        io::ErrorKind::NotFound => ("no such file".to_owned(), neighbours(path)),
        kind => (format!("the file cannot be read: {kind}"), "check who may read it".to_owned()),
    };
    FileFault { message, advice }
}

/// Advice for a missing file: a file with a similar name, or the folder in which names are looked up.
fn neighbours(path: &Path) -> String {
    let entries = path.parent().and_then(|folder| {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        std::fs::read_dir(folder).ok()
    });
    let names: Vec<String> = entries
        .into_iter()
        .flatten()
        .flatten()
        .take(1000)
        .filter_map(|e| e.file_name().into_string().ok())
        .collect();
    let wanted = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    match hints::nearest(wanted, names.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`, in the same folder?"),
        None => "paths are relative to the folder of the file that names them".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "the files of this test")]
    #[test]
    fn a_pattern_or_a_folder_stands_for_its_files_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let talks = folder.path().join("talks");
        std::fs::create_dir(&talks).expect("made");
        for name in ["b.txt", "a.txt", "c.md", ".hidden.txt"] {
            std::fs::write(talks.join(name), "x").expect("written");
        }
        let files = Files { folder: Some(folder.path().to_path_buf()) };
        let names = |name: &str| -> Result<Vec<String>, String> {
            let found = files.expand(name).map_err(|fault| fault.message)?;
            Ok(found.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect())
        };
        assert_eq!(names("talks/*.txt"), Ok(vec!["a.txt".into(), "b.txt".into()]));
        assert_eq!(names("talks"), Ok(vec!["a.txt".into(), "b.txt".into(), "c.md".into()]));
        assert_eq!(names("talks/?.md"), Ok(vec!["c.md".into()]));
        assert_eq!(names("talks/b.txt"), Ok(vec!["b.txt".into()]));
        assert_eq!(names("talks/*.csv"), Err("no file matches".into()));
        assert_eq!(names("talks/d.txt"), Err("no such file".into()));
    }
}
