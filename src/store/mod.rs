//! The ledger of calls and the run directory.
