//! Checks whether the ledger can be kept on its disk.

use std::path::Path;

use super::PipelineError;
use crate::store::{self, Disk};

/// Rejects a network disk unless it is allowed. Returns a caution about any other disk that is not plainly
/// local.
///
/// # Errors
/// The folder lies on a network file system.
pub fn check(runs: &Path, allow: bool) -> Result<Option<String>, PipelineError> {
    match verdict(runs, store::disk(runs)) {
        Err(message) if !allow => Err(PipelineError::usage(message)),
        Err(message) => Ok(Some(format!("warning: {message}"))),
        Ok(warning) => Ok(warning),
    }
}

/// A caution about a disk, if needed; an error if the ledger cannot be kept on it.
pub(super) fn verdict(runs: &Path, disk: Disk) -> Result<Option<String>, String> {
    let runs = runs.display();
    match disk {
        Disk::Local => Ok(None),
        Disk::Served(kind) => Ok(Some(format!(
            "warning: {runs} lies on {kind}, which may be a network disk: the ledger can be damaged there when several \
             machines or processes write it"
        ))),
        Disk::Network(kind) => Err(format!(
            "{runs} lies on a network disk ({kind}), where the ledger can be damaged without a word: its write-ahead log needs \
             memory that all its writers share (https://sqlite.org/wal.html). Name a folder on a disk of this machine \
             (run.directory, such as below /tmp or $TMPDIR) and carry the calls from machine to machine with `corater ledger \
             export` and `import`; on a cluster, each job makes its part with --shard. --allow-network-disk uses it all the same"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_disk_is_refused_with_the_way_out_and_a_served_one_is_warned_of() {
        let runs = Path::new("runs");
        assert_eq!(verdict(runs, Disk::Local), Ok(None));
        let refused = verdict(runs, Disk::Network("NFS")).expect_err("refused");
        assert!(refused.contains("(NFS)") && refused.contains("--allow-network-disk"), "{refused}");
        let warned = verdict(runs, Disk::Served("FUSE")).expect("not refused").expect("said");
        assert!(warned.starts_with("warning: runs lies on FUSE"), "{warned}");
    }

    #[test]
    fn a_local_disk_needs_no_word() {
        let folder = tempfile::tempdir().expect("a folder");
        if store::disk(folder.path()) == Disk::Local {
            assert!(check(folder.path(), false).expect("allowed").is_none());
        }
    }
}
