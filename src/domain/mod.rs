//! The nouns of the study: sessions, conditions, rubrics, ratings and flags. Plain data, checked on construction;
//! imports nothing of the program.

pub mod alignment;
pub mod candidates;
pub mod coherence;
pub mod condition;
pub mod criteria;
pub mod digest;
pub mod ethics;
pub mod evidence;
pub mod flag;
pub mod id;
pub mod identifier;
pub mod language;
pub mod mode;
pub mod price;
pub mod probe;
pub mod rating;
pub mod reference;
pub mod repair;
pub mod review;
pub mod rubric;
pub mod session;
pub mod span;
pub mod table;
#[cfg(test)]
pub(crate) mod testing;
pub mod transcript;
pub mod turn;
pub mod usage;
pub mod visible;

pub use alignment::{AlignedAnswer, AlignerReply};
pub use coherence::{AnswerGrade, GradeResult, ShownAs};
pub use condition::Condition;
pub use criteria::{AreaAtMost, AtLeast, AtMost, Criteria, Margins, OnItems, ProbeCriteria, Regression};
pub use digest::{Digest, DigestError};
pub use ethics::{
    Assessment, Concerns, Detectability, DrawCount, EthicsRisk, EthicsRubric, ReviewedRisk, RiskDraw,
    RiskVerdict, Theme,
};
pub use evidence::{Observation, ObservationKind, QuoteCheck};
pub use flag::{Detector, Flag, FlagContext, FlagVerdict, FoundAs, ReviewStatus, Severity};
pub use id::{ConditionId, IdError, ItemId, RaterId, RiskId, SessionId, VariantId};
pub use identifier::{IdentifierKind, NOT_LOOKED_FOR, RedactionCount, RedactionState, SourceRedaction};
pub use language::of_language;
pub use mode::Mode;
pub use price::{BilledTokens, Price, PriceTable, Service, Usd};
pub use probe::{Attack, Demand, Hiding, ProbeKind, ProbeLimits, ProbeTexts};
pub use rating::{
    Confidence, Draw, DrawFold, ExpectedFold, ExpectedScore, NoExpected, RaterKind, Rating, RatingOutcome,
    Unusable,
};
pub use reference::{ClearEffect, Reference, ReferenceItem};
pub use repair::Repair;
pub use review::FlagReview;
pub use rubric::{
    Competence, Item, ItemProfile, LookFor, OutOfScaleError, Rubric, Scale, Score, Subscale, TextSource,
    TotalKind, TotalRule,
};
pub use session::{Arm, ClientAuthor, CounselorAuthor, Provenance, Session};
pub use span::Span;
pub use turn::{NO_REPLY, Speaker, Turn, TurnOutcome, TurnRole};
pub use usage::TokenSum;
