//! `schema`: prints JSON Schemas for editors and checks.

use super::super::{
    args::{SchemaArgs, SchemaOf},
    exit::Exit,
    output,
};
use crate::config::{SchemaKind, schema_text};

pub(super) fn schema(args: &SchemaArgs) -> Exit {
    output::data(&schema_text(match args.of {
        SchemaOf::Experiment => SchemaKind::Experiment,
        SchemaOf::Rubric => SchemaKind::Rubric,
        SchemaOf::Lexicon => SchemaKind::Lexicon,
        SchemaOf::Reference => SchemaKind::Reference,
        SchemaOf::Gates => SchemaKind::Gates,
        SchemaOf::Prices => SchemaKind::Prices,
        SchemaOf::Cues => SchemaKind::Cues,
        SchemaOf::Grounding => SchemaKind::Grounding,
        SchemaOf::Probes => SchemaKind::Probes,
        SchemaOf::Ethics => SchemaKind::Ethics,
        SchemaOf::ModelFamilies => SchemaKind::ModelFamilies,
    }));
    Exit::Ok
}
