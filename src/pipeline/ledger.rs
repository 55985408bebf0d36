//! The `ledger` verb: list, show, export, import and prune recorded calls.

use std::{
    io::{BufReader, BufWriter, Write},
    path::{Path, PathBuf},
};

use super::{PipelineError, folder};
use crate::{
    config,
    store::{CallPage, CallSummary, Ledger, LedgerSummary, PruneReport, Pruning, StoredCall, TransferCount},
};

/// Path of the ledger of a folder of runs.
pub fn path(runs: &Path) -> PathBuf {
    runs.join("ledger.db")
}

/// Which calls to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listing {
    /// Number of newest calls to list.
    pub newest: u32,
    /// Leave out calls with a reply.
    pub failures_only: bool,
}

/// Counts over the ledger, and its newest calls without texts.
///
/// # Errors
/// There is no ledger, or it cannot be read.
pub async fn list(runs: &Path, what: Listing) -> Result<(LedgerSummary, Vec<CallSummary>), PipelineError> {
    let ledger = open(runs).await?;
    let summary = ledger.summary().await?;
    let mut found = std::collections::VecDeque::new();
    let mut page = CallPage { after: 0, limit: 1_000, failures_only: what.failures_only };
    if !what.failures_only {
        // Row numbers have gaps only after pruning; then fewer calls are listed, never older ones.
        let newest = ledger.newest().await?;
        page.after = (newest - i64::from(what.newest)).max(0);
    }
    loop {
        let calls = ledger.list(page).await?;
        let Some(last) = calls.last() else { break };
        page.after = last.id;
        found.extend(calls);
        while found.len() > what.newest as usize {
            found.pop_front();
        }
    }
    ledger.close().await?;
    Ok((summary, found.into()))
}

/// One call with its texts, by its number or by the beginning of its key (then the newest with that key).
///
/// # Errors
/// There is no ledger, it cannot be read, or it has no such call, or several keys with this beginning.
pub async fn show(runs: &Path, call: &str) -> Result<StoredCall, PipelineError> {
    let ledger = open(runs).await?;
    let id = match call.parse::<i64>() {
        Ok(id) if call.len() < FEWEST_KEY_DIGITS => id,
        _ => by_key(&ledger, call).await?,
    };
    let found = ledger.call(id).await?;
    ledger.close().await?;
    found.ok_or_else(|| {
        PipelineError::usage(format!("the ledger holds no call {call}; `ledger list` names calls"))
    })
}

/// Fewest digits of a key that identify a call.
const FEWEST_KEY_DIGITS: usize = 8;

/// Row number of the newest call whose key has this beginning.
async fn by_key(ledger: &Ledger, beginning: &str) -> Result<i64, PipelineError> {
    let is_key = beginning.len() >= FEWEST_KEY_DIGITS && beginning.chars().all(|c| c.is_ascii_hexdigit());
    if !is_key {
        return Err(PipelineError::usage(format!(
            "`{beginning}` is neither a call's number nor eight digits or more of its key; `ledger list` prints both"
        )));
    }
    match ledger.newest_by_key(&beginning.to_ascii_lowercase()).await?.as_slice() {
        [] => {
            Err(PipelineError::usage(format!("the ledger holds no call whose key begins with {beginning}")))
        }
        [id] => Ok(*id),
        _ => Err(PipelineError::usage(format!("several keys begin with {beginning}; give more digits"))),
    }
}

/// Writes every call and text of the ledger to a file that only its owner can read; it must not exist.
///
/// # Errors
/// There is no ledger, it cannot be read, or the file cannot be written.
pub async fn export(runs: &Path, file: &Path) -> Result<TransferCount, PipelineError> {
    let ledger = open(runs).await?;
    let target = folder::new_private_file(file)?;
    let mut out = BufWriter::new(target);
    let moved = ledger.export(&mut out).await?;
    out.flush().map_err(|error| PipelineError::unwritten(file, &error))?;
    ledger.close().await?;
    Ok(moved)
}

/// Imports exported calls into the ledger, which is created if missing.
///
/// # Errors
/// A file cannot be read or is not an export; lines before the bad one remain imported.
pub async fn import(runs: &Path, files: &[PathBuf]) -> Result<TransferCount, PipelineError> {
    folder::private(runs)?;
    let ledger = Ledger::open(&path(runs)).await?;
    let mut all = TransferCount::default();
    for file in files {
        let source = config::open_plain(file).map_err(|error| PipelineError::file("read", file, &error))?;
        let moved = ledger.import(&file.display().to_string(), BufReader::new(source)).await?;
        all.calls += moved.calls;
        all.texts += moved.texts;
        all.kept += moved.kept;
    }
    ledger.close().await?;
    Ok(all)
}

/// Deletes calls permanently.
///
/// # Errors
/// There is no ledger, it is in use, or nothing was selected to delete.
pub async fn prune(runs: &Path, what: &Pruning) -> Result<PruneReport, PipelineError> {
    if !what.superseded && !what.failures && what.before.is_none() {
        return Err(PipelineError::usage(
            "nothing is named to take out: --superseded, --failures or --before 2026-01-31",
        ));
    }
    Ok(crate::store::prune(&there(runs)?, what).await?)
}

async fn open(runs: &Path) -> Result<Ledger, PipelineError> {
    Ok(Ledger::open(&there(runs)?).await?)
}

fn there(runs: &Path) -> Result<PathBuf, PipelineError> {
    let path = path(runs);
    if path.is_file() {
        return Ok(path);
    }
    Err(PipelineError::usage(format!(
        "there is no ledger at {}; --runs names the folder of runs",
        path.display()
    )))
}
