//! Stage 3: the only place that waits on the network. A question goes to the ledger first; a call it does not know
//! passes its endpoint's limits, is retried where that can help, and is recorded before its reply is used.

mod api_key;
pub mod batch;
mod bucket;
mod call;
mod client;
pub mod clock;
mod estimate;
pub mod event;
pub mod executor;
mod in_flight;
mod limiter;
mod opening;
pub mod options;
mod pace;
pub mod probe;
pub mod prompt_counts;
mod retry;
mod slots;
mod spend;
pub mod stop;
mod target;
mod transport;
pub mod usage;

pub use batch::{BatchError, BatchSettings, BatchSummary};
pub use clock::Clock;
pub use event::{AnswerSource, Event, InForce, Subject, ToldFault};
pub use executor::Executor;
pub use options::{CallListener, ExecuteError, ExecutorOptions, LedgerPolicy, Overrides};
pub use probe::{Probe, probe};
pub use prompt_counts::{CutSign, PromptCut};
pub use spend::SpendLimits;
pub use stop::{Halt, Stop, StopLevel};
pub use usage::{Pauses, UsageSummary, UsageTally};
