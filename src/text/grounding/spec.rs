//! Word lists of the grounding check as people write them: plain data, not yet checked.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::phrase::Lists;

/// A file of the grounding check. Checked by [`super::Grounding::compile`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroundingSpec {
    /// Format and its version: `corater-grounding/1`.
    pub format: String,
    /// Stable id.
    pub id: String,
    /// Version of the content; changes whenever a hit could change.
    pub version: String,
    /// Language of the turns it reads, as a BCP 47 tag.
    pub language: String,
    /// Who wrote the words: `own`, `licensed`, `user_supplied`.
    pub text_source: String,
    /// Alternatives that phrases name as `<list>`.
    #[serde(default)]
    pub lists: Lists,
    /// Facts of a client's life that phrases reveal.
    pub facts: Vec<FactGroup>,
    /// Words that name a day or a month.
    pub dates: Vec<String>,
    /// Number words, each with its digits.
    pub numbers: BTreeMap<String, String>,
    /// A number is a fact if one of the next two words is one of these.
    pub units: Vec<String>,
    /// A number or a date is a fact only in a sentence about the client, which contains one of these.
    pub client: Vec<String>,
    /// Capitalized words that are no names; words beside them are no names either.
    pub not_names: Vec<String>,
    /// A capitalized word after one of these is an example or a suggestion.
    pub suggested_by: Vec<String>,
    /// A sentence with one of these words names a source of help or a product, not somebody in the client's life.
    pub resources: Vec<String>,
    /// In a sentence with one of these phrases only names count: it supposes, plans, or speaks of people in general.
    pub suppress: Vec<String>,
    /// Turns with the facts that must be found in them: the file's own tests.
    #[serde(default)]
    pub examples: Vec<GroundingExample>,
}

/// A fact that phrases reveal, and the words by which a client would have mentioned it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FactGroup {
    /// Name of the group, unique in the file.
    pub id: String,
    /// Kind of the fact.
    pub kind: FactKind,
    /// Phrases to search for in counselor turns (see [`crate::text::phrase`]).
    #[schemars(length(min = 1))]
    pub phrases: Vec<String>,
    /// True if questions presuppose the fact too: asking after a wife implies that there is one.
    #[serde(default)]
    pub in_questions: bool,
    /// If one of these words occurs earlier in the session or in the notes, the counselor could know the fact.
    #[schemars(length(min = 1))]
    pub known_by: Vec<String>,
}

/// A counselor turn and the facts that must be found in it, and no others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroundingExample {
    /// What was said before.
    #[serde(default)]
    pub before: Vec<String>,
    /// The counselor's turn.
    pub turn: String,
    /// Expected kinds, in the order of the text.
    #[serde(default)]
    pub found: Vec<FactKind>,
}

/// Kinds of facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// A capitalized word inside a sentence.
    Name,
    /// A number with a unit, in a sentence about the client.
    Number,
    /// A day, a month or a year, in a sentence about the client.
    Date,
    /// A relative or partner.
    Kinship,
    /// A place or an occupation.
    Place,
}
impl FactKind {
    /// Every kind, in order of presentation.
    pub const ALL: [Self; 5] = [Self::Name, Self::Number, Self::Date, Self::Kinship, Self::Place];

    /// The word used in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Number => "number",
            Self::Date => "date",
            Self::Kinship => "kinship",
            Self::Place => "place",
        }
    }
}
