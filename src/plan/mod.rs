//! Stage 2: turns experiment and sessions into a plan of content-addressed tasks. Pure: same input, same bytes.

mod alignment;
mod ethics;
pub mod exchanges;
pub mod forecast;
pub mod matrix;
pub mod order;
pub mod probe;
pub mod select;
mod size;
pub mod task;
mod task_list;
pub mod twin;
pub mod variant;

pub use alignment::{AlignQuestion, align_questions};
pub use exchanges::{Exchange, SHOWN_TURNS, exchanges, is_graded};
pub use forecast::{EndpointLoad, Forecast, Usual};
pub use order::order;
pub use probe::ProbePlan;
pub use select::{Selection, SelectionError, SessionLimit, clip};
pub use size::PlanSize;
pub use task::{Task, TaskId, TaskKind, judge_identities, judge_identity};
pub use task_list::Plan;
pub use variant::{VariantTally, VariedSessions, varied};
