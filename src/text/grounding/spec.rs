//! Owns the words of the grounding check as people write them: plain data, not yet checked.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::FactKind;
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
    /// Facts of a client's life that phrases tell.
    pub facts: Vec<FactGroup>,
    /// Words that name a day or a month.
    pub dates: Vec<String>,
    /// Words of numbers, each with its digits.
    pub numbers: BTreeMap<String, String>,
    /// A number is a fact when one of its next two words is one of these.
    pub units: Vec<String>,
    /// A number or a date is a fact only in a sentence that holds one of these: it speaks of the client.
    pub client: Vec<String>,
    /// Capitalised words that name nobody; neither does what stands beside one of them.
    pub not_names: Vec<String>,
    /// A capitalised word after one of these is an example or a suggestion.
    pub suggested_by: Vec<String>,
    /// A sentence with one of these words names a place of help or a product, not somebody of the client's life.
    pub resources: Vec<String>,
    /// A sentence with one of these phrases tells nothing but names: it supposes, plans, or speaks of people in general.
    pub suppress: Vec<String>,
    /// Turns with what must be found in them; the file's own tests.
    #[serde(default)]
    pub examples: Vec<GroundingExample>,
}

/// A fact that phrases tell, and the words by which a client would have told it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FactGroup {
    /// Name of the group, unique in the file.
    pub id: String,
    /// What kind of fact.
    pub kind: FactKind,
    /// What to look for in counselor turns (see [`crate::text::phrase`]).
    #[schemars(length(min = 1))]
    pub phrases: Vec<String>,
    /// Questions presuppose it too: who asks after a wife says that there is one.
    #[serde(default)]
    pub in_questions: bool,
    /// One of these words earlier in the session, or in the notes, and the counselor could know.
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
    /// Kinds, in the order of the text.
    #[serde(default)]
    pub found: Vec<FactKind>,
}
