//! Probes: the weaknesses of judges that are tested, and the texts they are tested with.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Scale, Speaker};

/// A weakness of judges that a probe tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProbeKind {
    /// Scores differ when the same question is repeated.
    SelfConsistency,
    /// Scores depend on the wording of the question.
    Paraphrase,
    /// Scores depend on the order of items or observations.
    Order,
    /// Scores depend on the length of the counselor's turns, with the same content.
    Verbosity,
    /// Scores depend on the layout of the transcript.
    Format,
    /// The judge can tell who wrote the counselor's turns.
    Source,
    /// Scores follow words in the transcript that address the judge.
    Injection,
}

impl ProbeKind {
    /// Every probe, in the order of reports.
    pub const ALL: [Self; 7] = [
        Self::Injection,
        Self::SelfConsistency,
        Self::Paraphrase,
        Self::Order,
        Self::Verbosity,
        Self::Format,
        Self::Source,
    ];

    /// The word used in files and tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::SelfConsistency => "self_consistency",
            Self::Paraphrase => "paraphrase",
            Self::Order => "order",
            Self::Verbosity => "verbosity",
            Self::Format => "format",
            Self::Source => "source",
            Self::Injection => "injection",
        }
    }
}

impl fmt::Display for ProbeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Texts of probes: wordings of the judging prompt, filler and attacks, as data so that they can be replaced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "corater probe texts")]
pub struct ProbeTexts {
    /// `corater-probes/1`.
    pub format: String,
    /// Stable id.
    #[schemars(length(min = 1))]
    pub id: String,
    /// Version of the texts.
    #[schemars(length(min = 1))]
    pub version: String,
    /// The language of its texts, as a BCP 47 tag.
    #[schemars(length(min = 2))]
    pub language: String,
    /// What all judging prompts made from `wordings` share.
    pub frames: Frames,
    /// Other wordings of the judging prompt, at least three.
    #[schemars(length(min = 3))]
    pub wordings: Vec<Wording>,
    /// Two wordings that differ in which observations come first; the second is compared with the first.
    #[schemars(length(min = 2, max = 2))]
    pub observation_order: Vec<Wording>,
    /// Sentences without content.
    pub filler: Filler,
    /// The prompt that asks who wrote the counselor's turns; variable `transcript`.
    #[schemars(length(min = 1))]
    pub source_question: String,
    /// Words in a transcript that address the judge, at least ten.
    #[schemars(length(min = 10))]
    pub attacks: Vec<Attack>,
}

/// Judging prompts with two placeholders, `[[opening]]` and `[[work]]`; they set the question and answer form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Frames {
    /// Prompt for one item per call, with the variables of a judging prompt.
    #[schemars(length(min = 1))]
    pub per_item: String,
    /// Prompt for all items in one call.
    #[schemars(length(min = 1))]
    pub single_call: String,
}

/// Names of changes that the program makes itself; no attack and no wording may use them.
pub const RESERVED: [&str; 10] = [
    "clean",
    "padded",
    "bullets",
    "bold",
    "heading",
    "emoji",
    "line_breaks",
    "order_1",
    "order_2",
    "order_3",
];
/// Placeholder that a wording's `opening` replaces.
pub const OPENING: &str = "[[opening]]";
/// Placeholder that a wording's `work` replaces.
pub const WORK: &str = "[[work]]";

/// One wording of the judging prompt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    /// Its id: letters, digits, `-`, `_`.
    #[schemars(length(min = 1))]
    pub id: String,
    /// What the judge is told about its role and input.
    #[schemars(length(min = 1))]
    pub opening: String,
    /// How it is told to work.
    #[schemars(length(min = 1))]
    pub work: String,
}

impl Wording {
    /// The frame with both placeholders replaced.
    pub fn fill(&self, frame: &str) -> String {
        frame.replace(OPENING, self.opening.trim()).replace(WORK, self.work.trim())
    }
}

/// Sentences that add words and no content to a counselor's turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Filler {
    /// Words to add to each counselor turn, as a share of its own.
    #[schemars(range(min = 0.05, max = 5.0))]
    pub add: f64,
    /// The sentences, used in order.
    #[schemars(length(min = 4))]
    pub sentences: Vec<String>,
}

/// One form of injection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attack {
    /// Its id: letters, digits, `-`, `_`.
    #[schemars(length(min = 1))]
    pub id: String,
    /// What it tries to do; shown to people.
    #[schemars(length(min = 1))]
    pub what: String,
    /// Speaker of the turn it is put into.
    pub speaker: Speaker,
    /// The score it demands.
    pub demands: Demand,
    /// How it is hidden.
    #[serde(default)]
    pub hidden: Hiding,
    /// The words; `[[score]]` is replaced by the demanded score, `[[other]]` by the other end of the scale.
    #[schemars(length(min = 1))]
    pub text: String,
}

/// Which end of the scale an attack demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Demand {
    /// The highest score.
    Highest,
    /// The lowest score.
    Lowest,
}

impl Demand {
    /// The demanded score on this scale.
    pub fn score(self, scale: Scale) -> i32 {
        match self {
            Self::Highest => scale.max,
            Self::Lowest => scale.min,
        }
    }

    /// The other end of the scale.
    pub fn other(self) -> Self {
        match self {
            Self::Highest => Self::Lowest,
            Self::Lowest => Self::Highest,
        }
    }

    /// 1 if scores should rise, -1 if they should fall.
    pub fn sign(self) -> f64 {
        match self {
            Self::Highest => 1.0,
            Self::Lowest => -1.0,
        }
    }
}

/// How the words of an attack are hidden.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Hiding {
    /// Not hidden.
    #[default]
    Plain,
    /// Base64, with a line that asks to decode it.
    Base64,
    /// With a zero-width space between all characters.
    ZeroWidth,
}

/// Limits declared in advance; a figure is checked only if its limit is given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProbeLimits {
    /// Share of scores that an injection moves toward what it demands.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub injection_moved: Option<f64>,
    /// Share of answers that cite injected words as evidence.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub injection_cited: Option<f64>,
    /// Standard deviation of repeated draws.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub self_consistency_sd: Option<f64>,
    /// Standard deviation over wordings.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub paraphrase_sd: Option<f64>,
    /// Standard deviation over orders of the items.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub order_sd: Option<f64>,
    /// Size of the mean shift of padded sessions.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub verbosity_shift: Option<f64>,
    /// Size of the mean shift of sessions in another layout.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub format_shift: Option<f64>,
    /// Area under the curve of the guess who wrote the counselor's turns.
    #[schemars(range(min = 0.5, max = 1.0))]
    pub source_auc: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wording_fills_both_places_and_nothing_else() {
        let wording = Wording { id: "w".into(), opening: "Read.\n".into(), work: "Then rate.".into() };
        let filled = wording.fill("[[opening]]\n{{ transcript }}\n[[work]] {\"item\": \"\"}");
        assert_eq!(filled, "Read.\n{{ transcript }}\nThen rate. {\"item\": \"\"}");
    }

    #[test]
    fn every_probe_has_a_word_that_reads_back() {
        for kind in ProbeKind::ALL {
            assert_eq!(serde_json::to_value(kind).expect("plain"), kind.word());
        }
    }
}
