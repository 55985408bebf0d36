//! The ledger of calls and the run directory. No other module writes `runs/`.

pub mod artifact;
pub mod batches;
pub mod calls;
pub mod disk;
pub mod error;
pub mod ethics_review;
pub mod exchange;
pub mod finished;
pub mod flag_review;
pub mod format;
pub mod health;
pub mod ledger;
pub mod leftovers;
pub mod manifest;
pub mod prune;
pub mod purge;
pub mod ratings_table;
mod reader;
pub mod run;
mod schema;
mod stale;
pub mod tombstone;
mod writer;

pub use batches::{BatchLock, BatchState, StoredBatch, lock_batches};
pub use calls::{
    CallPage, CallRecord, CallSummary, LedgerEntry, LedgerSummary, StoredCall, Typical, origin_of,
};
pub use disk::{Disk, disk};
pub use error::StoreError;
pub use exchange::TransferCount;
pub use finished::MadeFrom;
pub use health::{LedgerHealth, ledger_health};
pub use ledger::Ledger;
pub use leftovers::{FolderWatch, Needles};
pub use manifest::{InputDigest, Manifest, Platform};
pub use prune::{PruneReport, Pruning, prune};
pub use purge::{PurgeReport, SessionWords, notes, purge};
pub use run::{RunDirectory, RunEntry, RunWriter};
pub use tombstone::Tombstone;
