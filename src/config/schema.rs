//! JSON Schemas of the files that users write. They are generated from the types that are read, and the loader checks
//! against the same schemas, so that editor and program cannot disagree.

use schemars::{JsonSchema, Schema, generate::SchemaSettings};

use super::{file::ExperimentFile, model_families::FamilyTable};
use crate::{
    domain::{Criteria, EthicsRubric, PriceTable, ProbeTexts, Reference, Rubric},
    text::{conversation::spec::CueSpec, grounding::spec::GroundingSpec, lexicon::spec::LexiconSpec},
};

/// A kind of file with a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaKind {
    /// An experiment.
    Experiment,
    /// A rubric.
    Rubric,
    /// A lexicon of phrases.
    Lexicon,
    /// Published figures of a rubric.
    Reference,
    /// Criteria of a gate.
    Gates,
    /// Prices of models.
    Prices,
    /// Cue words of conversations.
    Cues,
    /// Word lists of the grounding check.
    Grounding,
    /// Texts of probes.
    Probes,
    /// Ethics risks.
    Ethics,
    /// Families of models.
    ModelFamilies,
}

impl SchemaKind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Experiment,
        Self::Rubric,
        Self::Lexicon,
        Self::Reference,
        Self::Gates,
        Self::Prices,
        Self::Cues,
        Self::Grounding,
        Self::Probes,
        Self::Ethics,
        Self::ModelFamilies,
    ];

    /// Name of the schema file, in this repository and as written by `init`.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Experiment => "schema.json",
            Self::Rubric => "rubric.schema.json",
            Self::Lexicon => "lexicon.schema.json",
            Self::Reference => "reference.schema.json",
            Self::Gates => "gates.schema.json",
            Self::Prices => "prices.schema.json",
            Self::Cues => "cues.schema.json",
            Self::Grounding => "grounding.schema.json",
            Self::Probes => "probes.schema.json",
            Self::Ethics => "ethics.schema.json",
            Self::ModelFamilies => "model-families.schema.json",
        }
    }
}

/// The schema of a kind of file.
pub fn schema(kind: SchemaKind) -> Schema {
    match kind {
        SchemaKind::Experiment => of::<ExperimentFile>(),
        SchemaKind::Rubric => of::<Rubric>(),
        SchemaKind::Lexicon => of::<LexiconSpec>(),
        SchemaKind::Reference => of::<Reference>(),
        SchemaKind::Gates => of::<Criteria>(),
        SchemaKind::Prices => of::<PriceTable>(),
        SchemaKind::Cues => of::<CueSpec>(),
        SchemaKind::Grounding => of::<GroundingSpec>(),
        SchemaKind::Probes => of::<ProbeTexts>(),
        SchemaKind::Ethics => of::<EthicsRubric>(),
        SchemaKind::ModelFamilies => of::<FamilyTable>(),
    }
}

/// The schema as the text of its file.
///
/// # Panics
/// Never: a schema is JSON.
pub fn schema_text(kind: SchemaKind) -> String {
    let mut text = serde_json::to_string_pretty(&schema(kind)).expect("a schema is JSON");
    text.push('\n');
    text
}

pub(super) fn of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>()
}
