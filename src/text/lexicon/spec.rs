//! The lexicon as people write it: plain data, not yet checked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::measured::MeasuredSpec;
use crate::text::phrase::Lists;

/// A lexicon file. Checked by [`super::Lexicon::compile`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LexiconSpec {
    /// Format and its version: `corater-lexicon/1`.
    pub format: String,
    /// Stable id, to which flags refer.
    pub id: String,
    /// Version of the content; changes whenever a hit could change.
    pub version: String,
    /// Language of the turns it reads, as a BCP 47 tag.
    pub language: String,
    /// Who wrote the words: `own`, `licensed`, `user_supplied`.
    pub text_source: String,
    /// Publications behind the categories.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Alternatives that phrases name as `<list>`.
    #[serde(default)]
    pub lists: Lists,
    /// Categories that can be flagged.
    pub categories: Vec<CategorySpec>,
    /// Phrases to search for.
    #[serde(default)]
    pub entries: Vec<EntrySpec>,
    /// Circumstances that suppress a hit.
    #[serde(default)]
    pub suppressors: Vec<SuppressorSpec>,
    /// Context before a flag that is reported with it.
    #[serde(default)]
    pub context: ContextSpec,
    /// How the phrases did on sentences whose right answers are known; reports print it beside the flags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measured: Vec<MeasuredSpec>,
    /// Turns with the flags they must give: the lexicon's own tests.
    #[serde(default)]
    pub examples: Vec<ExampleSpec>,
}

/// Word lists for the context before a flag. If a list is empty, nothing is reported about it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ContextSpec {
    /// Client phrases that express a feeling.
    pub disclosure: Vec<String>,
    /// Counselor phrases that say it is a program.
    pub self_identified: Vec<String>,
}

/// One category of flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CategorySpec {
    /// Short code, as reports show it.
    pub id: String,
    /// Name in words.
    pub name: String,
    /// Severity of its entries unless they say otherwise.
    pub severity: EntrySeverity,
    /// Axis on which it is counted.
    pub kind: CategoryKind,
    /// How it is found.
    #[serde(default)]
    pub detection: Detection,
    /// What belongs to it and what does not.
    pub description: String,
}

/// How serious a flag is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntrySeverity {
    /// Counted, not a concern by itself.
    Info,
    /// Everyday phrase.
    Low,
    /// Claims something the speaker may not have.
    Medium,
    /// A person has to look at it.
    High,
}

/// The axes of flags, which are never summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CategoryKind {
    /// Language of a self that understands, feels, is present or has lived.
    DeceptiveEmpathy,
    /// Template warmth without a self.
    FormulaicWarmth,
    /// Agreement with a harmful belief.
    OverValidation,
}

/// What is needed to find a category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Detection {
    /// Phrases suffice for a first count.
    #[default]
    Lexicon,
    /// Meaning decides: a judge model proposes and a person confirms. Such a category has no entries.
    JudgeAndHuman,
}

/// Phrases that mean the same thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntrySpec {
    /// Name of the entry, unique in the lexicon.
    pub id: String,
    /// Category it flags.
    pub category: String,
    /// Phrases to search for (see [`crate::text::phrase`]).
    pub phrases: Vec<String>,
    /// Severity, if it differs from the category's.
    #[serde(default)]
    pub severity: Option<EntrySeverity>,
    /// Reason for the entry.
    #[serde(default)]
    pub note: Option<String>,
}

/// A circumstance in which a hit does not mean what it seems to mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuppressorSpec {
    /// Name of the suppressor, unique in the lexicon.
    pub id: String,
    /// Kind of the circumstance.
    pub kind: SuppressorKind,
    /// Where it must be, relative to the hit.
    #[serde(rename = "where")]
    pub place: SuppressorPosition,
    /// Maximum number of words between it and the hit, for `before` and `after`.
    #[serde(default)]
    pub within: usize,
    /// Phrases to search for; empty for `in_quotes` and `client_words`.
    #[serde(default)]
    pub phrases: Vec<String>,
    /// Categories to which it applies; if empty, all.
    #[serde(default)]
    pub categories: Vec<String>,
    /// Reason for the suppressor.
    #[serde(default)]
    pub note: Option<String>,
}

/// Why a hit was suppressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuppressorKind {
    /// The claim is negated.
    Negation,
    /// The speaker states a limit of what it can know or feel.
    HonestLimit,
    /// A request or a fact was understood; nothing is claimed about feelings.
    Comprehension,
    /// The client's own words, quoted.
    ClientQuote,
    /// A listener's signal ("I see").
    Backchannel,
    /// Somebody else's words, or words to be said by somebody else.
    ReportedSpeech,
    /// Supposed rather than claimed.
    Hypothetical,
    /// Asked rather than claimed.
    Question,
    /// Part of a reflection of what the client feels.
    Reflection,
    /// An apology for something the speaker did.
    Apology,
}

/// Where a suppressor must be, relative to the hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuppressorPosition {
    /// Ends at most `within` words before the hit, no punctuation in between.
    Before,
    /// Begins at most `within` words after the hit, no punctuation in between.
    After,
    /// Begins with the hit's first word: "this phrase, going on like that".
    Starts,
    /// Covers the whole hit: "nothing but this".
    Covers,
    /// Lies inside the hit.
    Inside,
    /// Anywhere in the same sentence.
    Sentence,
    /// The hit is inside quote marks.
    InQuotes,
    /// The hit is inside quote marks, and the quoted words are in the client's turn before.
    ClientWords,
}

impl SuppressorPosition {
    /// Whether it is found by phrases rather than by quote marks.
    pub fn needs_phrases(self) -> bool {
        !matches!(self, Self::InQuotes | Self::ClientWords)
    }
}

/// A turn and the flags it must give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExampleSpec {
    /// The counselor's turn.
    pub turn: String,
    /// The client's turn before it.
    #[serde(default)]
    pub client: Option<String>,
    /// Categories flagged and not suppressed, in order of position.
    #[serde(default)]
    pub flags: Vec<String>,
    /// Suppressors that suppressed a hit, in order of position.
    #[serde(default)]
    pub suppressed: Vec<String>,
}
