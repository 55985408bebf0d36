//! Versions of stored file formats: `name/MAJOR` or `name/MAJOR.MINOR`. A newer minor version is readable, a
//! newer major version is rejected.

use serde::{Deserialize, Serialize};

use super::StoreError;

/// A format this program writes and reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// Its name, such as `corater-sessions`.
    pub name: &'static str,
    /// Its major version.
    pub major: u32,
}

/// `sessions.jsonl`.
pub const SESSIONS: Format = Format { name: "corater-sessions", major: 1 };
/// `flags.jsonl`.
pub const FLAGS: Format = Format { name: "corater-flags", major: 1 };
/// `ethics.jsonl`: judges' assessments of ethics risks.
pub const ETHICS: Format = Format { name: "corater-ethics-assessments", major: 1 };
/// `ratings.jsonl`: ratings with draws and evidence.
pub const RATINGS: Format = Format { name: "corater-ratings", major: 1 };
/// `ratings.csv`; the manifest names its version, because a table cannot.
pub const RATINGS_TABLE: Format = Format { name: "corater-ratings-table", major: 1 };
/// `manifest.json`.
pub const MANIFEST: Format = Format { name: "corater-manifest", major: 1 };

/// `tombstones.jsonl`: forgotten sessions, in the folder of runs.
pub const TOMBSTONES: Format = Format { name: "corater-tombstones", major: 1 };
/// `finished.json`: inputs and files of a finished run.
pub const FINISHED: Format = Format { name: "corater-finished", major: 1 };
/// `stale.json`: why a run is no longer complete.
pub const STALE: Format = Format { name: "corater-stale", major: 1 };

/// The first line of a JSONL file, and the `format` field of a JSON file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FileHeader {
    /// `name/MAJOR` or `name/MAJOR.MINOR`.
    pub(super) format: String,
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.name, self.major)
    }
}

impl Format {
    /// Checks the format named in a file.
    ///
    /// # Errors
    /// The name or the major version differs, or there is no version.
    pub fn check(&self, file: &str, found: &str) -> Result<(), StoreError> {
        let major = found
            .strip_prefix(self.name)
            .and_then(|rest| rest.strip_prefix('/'))
            .map(|version| version.split_once('.').unwrap_or((version, "0")));
        match major {
            Some((major, minor)) if major.parse() == Ok(self.major) && minor.parse::<u32>().is_ok() => Ok(()),
            _ => Err(StoreError::WrongFormat {
                file: file.to_owned(),
                found: found.chars().take(60).collect(),
                expected: self.to_string(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_minor_is_readable_newer_major_is_refused() {
        assert_eq!(SESSIONS.check("s", "corater-sessions/1"), Ok(()));
        assert_eq!(SESSIONS.check("s", "corater-sessions/1.7"), Ok(()));
        for refused in
            ["corater-sessions/2", "corater-sessions/1.x", "corater-flags/1", "corater-sessions", ""]
        {
            let error = SESSIONS.check("sessions.jsonl", refused).expect_err(refused);
            assert_eq!(
                error.to_string(),
                format!("sessions.jsonl has format {refused:?}, expected corater-sessions/1")
            );
        }
    }
}
