//! Stage 3: the only place that waits on the network. A question goes to the ledger first; a call it does not know
//! passes its endpoint's limits, is retried where that can help, and is recorded before its reply is used.

pub mod batch;
mod call;
mod client;
pub mod clock;
pub mod event;
pub mod executor;
mod in_flight;
mod limiter;
pub mod options;
pub mod probe;
mod retry;
pub mod stop;
mod target;
mod transport;
pub mod usage;

pub use batch::{BatchError, BatchSettings, BatchSummary};
pub use clock::Clock;
pub use event::{Event, Source, Subject};
pub use executor::Executor;
pub use options::{ExecuteError, ExecutorOptions, Flags, Listener, Overrides};
pub use probe::{Probe, probe};
pub use stop::{Level, Stop};
pub use usage::{Pauses, Summary, Tally};
