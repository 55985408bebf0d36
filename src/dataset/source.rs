//! What a source declares: format, columns, roles, authorship, consent. Nothing in it is guessed.

mod redaction;
mod table;

pub use redaction::Redaction;
pub use table::{QuoteRule, TableOptions, delimiter_named};

use std::{collections::BTreeMap, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{Digest, Provenance, Scale};

/// File format of a session source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionFormat {
    /// One JSON object per message.
    Jsonl,
    /// One row per utterance, with a header row.
    Csv,
    /// Speaker text (`label: words`), one session per file.
    Text,
    /// Chat data: JSON or JSON Lines with an object per session, which has a list of messages.
    Chat,
    /// Subtitles with speakers (`WebVTT`), one session per file.
    Webvtt,
    /// Subtitles with speakers (`SubRip`), one session per file.
    Srt,
    /// The message table whose schema the study published: `SessionID, MessageID, Message, FromThinker, Timestamp,
    /// Offset`. Columns and roles are fixed.
    Study,
}

/// Which fields of a source hold what. In JSON a key of an object inside another is named with a full stop between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnMap {
    /// Session id, kept as text exactly as written.
    pub session: String,
    /// Who speaks.
    pub speaker: String,
    /// The words.
    pub text: String,
    /// Position in the session, as a whole number; none keeps the order of the file.
    pub order: Option<String>,
    /// When it was said; none reads no times.
    pub time: Option<String>,
    /// Whether a person marked it for the mode `selected`.
    pub selected: Option<String>,
    /// The list of messages of a session; only chat data have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<String>,
}

impl ColumnMap {
    /// The names that a format has where a source declares none.
    pub fn of(format: SessionFormat) -> Self {
        let (names, messages) = match format {
            SessionFormat::Chat => (["id", "role", "content"], Some("messages".to_owned())),
            _ => (["session", "speaker", "text"], None),
        };
        let [session, speaker, text] = names.map(str::to_owned);
        Self { session, speaker, text, order: None, time: None, selected: None, messages }
    }
}

fn session_column() -> String {
    "session".into()
}

/// Which speaker labels are the client and which the counselor. A label in neither list is a problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleMap {
    /// Labels of the client.
    pub client: Vec<String>,
    /// Labels of the counselor.
    pub counselor: Vec<String>,
}

/// What happens to lines of speaker text that look like a label which the role map does not have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnknownLabels {
    /// Read as words of the turn before, with a remark that names the lines.
    #[default]
    Remark,
    /// A problem that stops the program.
    Refuse,
}

/// What happens to counselor text before the client's first turn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Opening {
    /// Kept as history in every arm, marked not generated, outside flags and dynamics.
    #[default]
    Original,
    /// Kept in the original arm; in reconstructions the model opens the session itself.
    Model,
    /// Removed from every arm.
    Drop,
}

/// A table of context notes, one row per session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotesSource {
    /// The table, as resolved.
    pub path: PathBuf,
    /// The column of the session id.
    pub session: String,
    /// The columns that counselors are told.
    pub fields: Vec<String>,
}

/// A source of recorded sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SessionSource {
    /// The experiment's id.
    pub id: String,
    /// One file, or for `text` one or several, one session each. Paths as resolved.
    pub paths: Vec<PathBuf>,
    /// Format.
    pub format: SessionFormat,
    /// Fields.
    pub columns: ColumnMap,
    /// Speakers.
    pub roles: RoleMap,
    /// What the source declares.
    pub provenance: Provenance,
    /// Openings.
    pub opening: Opening,
    /// Remove short bracketed back-channel, counted.
    pub strip_backchannel: bool,
    /// Lines that look like labels, in speaker text.
    pub unknown_labels: UnknownLabels,
    /// What counselors are told beside the words.
    pub notes: Option<NotesSource>,
    /// A table of the client turns that a person marked.
    pub selected: Option<PathBuf>,
    /// Identifiers to take out when the source is read.
    pub redact: Option<Redaction>,
    /// The source declares that its identifiers were taken out before.
    pub redacted: bool,
    /// Table reading.
    pub table: TableOptions,
    /// Only these sessions; empty keeps all. An id that is not in the source is a problem.
    pub only: Vec<String>,
}

/// Layout of a ratings table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RatingLayout {
    /// One row per rating.
    #[default]
    Long,
    /// One row per session and item, one column per rater.
    WideRaters,
    /// One row per session and rater, one column per item.
    WideItems,
    /// The table whose schema the study published: `PsychologistID, SessionID, Counselor`, sums, one column per item.
    Study,
}

/// Which columns of a ratings table hold what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RatingColumns {
    /// Session id.
    #[serde(default = "session_column")]
    pub session: String,
    /// Item id (not for `wide_items`).
    #[serde(default = "item_column")]
    pub item: String,
    /// Rater id (not for `wide_raters`).
    #[serde(default = "rater_column")]
    pub rater: String,
    /// Score (`long` only).
    #[serde(default = "score_column")]
    pub score: String,
    /// Whether the rater could not tell: true or false (`long` only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_assessable: Option<String>,
    /// What the rater wrote beside the score. It is not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// When the rating was given. It is checked to be a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Arm; a table without it rates the original arm.
    #[serde(default)]
    pub arm: Option<String>,
    /// Epoch of the rated reconstruction; 1 when absent.
    #[serde(default)]
    pub epoch: Option<String>,
    /// Digest of the rated text. Ratings of a reconstruction must carry it.
    #[serde(default)]
    pub text_digest: Option<String>,
}

fn item_column() -> String {
    "item".into()
}
fn rater_column() -> String {
    "rater".into()
}
fn score_column() -> String {
    "score".into()
}

impl Default for RatingColumns {
    fn default() -> Self {
        Self {
            session: session_column(),
            item: item_column(),
            rater: rater_column(),
            score: score_column(),
            not_assessable: None,
            comment: None,
            time: None,
            arm: None,
            epoch: None,
            text_digest: None,
        }
    }
}

/// What cells of scores mean beside numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ScoreWords {
    /// Grades in words, each with its number.
    pub values: BTreeMap<String, Points>,
    /// Values that mean that the text cannot show it.
    pub not_assessable: Vec<String>,
}

/// The number of a grade in words.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Points(f64);

// A number that was written down is never NaN.
impl Eq for Points {}

impl Points {
    /// From a finite number.
    pub fn new(number: f64) -> Self {
        Self(number)
    }

    /// The number.
    pub fn value(self) -> f64 {
        self.0
    }
}

/// What happens to scores outside the declared scale. Always counted and listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutOfScalePolicy {
    /// Left out of every statistic.
    #[default]
    Exclude,
    /// Used as they are.
    Keep,
    /// A problem that stops the program.
    Refuse,
}

/// A source of clinicians' ratings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RatingSource {
    /// The experiment's id.
    pub id: String,
    /// The table, as resolved.
    pub path: PathBuf,
    /// Layout.
    pub layout: RatingLayout,
    /// Columns.
    pub columns: RatingColumns,
    /// Raters to read, in order; for `wide_raters` the columns. Empty reads all (`long`, `wide_items` only).
    pub raters: Vec<String>,
    /// Item ids of the table to item ids of the rubric; an item in neither is a problem.
    pub items: BTreeMap<String, String>,
    /// Raters' names in the table to their ids.
    pub rater_ids: BTreeMap<String, String>,
    /// The table's names of sessions to their ids.
    pub session_ids: BTreeMap<String, String>,
    /// Grades in words, and what means not assessable.
    pub words: ScoreWords,
    /// Scale of the table; must be the rubric's.
    pub scale: Scale,
    /// Scores outside the scale.
    pub out_of_scale: OutOfScalePolicy,
    /// Invented for demonstration.
    pub synthetic: bool,
    /// Digest of the instructions the raters worked by.
    pub instructions: Option<Digest>,
    /// Table reading.
    pub table: TableOptions,
}
