//! Counterfactual variants in a run: their sessions, the files of their results, and the input of their analysis.
//! Nothing that compares with people reads those files.

use super::{PipelineError, Study, collected::RunMaterial};
use crate::{
    analysis::inputs::VariantInput,
    config::{Experiment, VariantSpec},
    dataset::{Dataset, Problem},
    domain::{Condition, Mode, Session, Speaker},
    plan::{self, VariantTally, VariedSessions},
    store::{
        RunDirectory, RunWriter, StoreError,
        artifact::{self, VARIANT_SESSIONS},
        ratings_table,
    },
};

/// Table of judges' ratings of sessions of variants.
pub(super) const TABLE: &str = "variant-ratings.csv";

/// The sessions of a dataset with the variants' substitutions.
pub(super) fn varied(experiment: &Experiment, dataset: &Dataset) -> Result<VariedSessions, PipelineError> {
    let varied = plan::varied(&dataset.sessions, &dataset.context, &experiment.variants);
    let clash = |id: &crate::domain::SessionId| Problem {
        path: "sessions".into(),
        line: None,
        message: format!("session {:?} has the id that a variant gives to a session", id.as_str()),
        hint: Some("rename the variant, or the session".into()),
    };
    let clashes: Vec<Problem> = varied.clashes.iter().map(clash).collect();
    if clashes.is_empty() { Ok(varied) } else { Err(PipelineError::Data(clashes)) }
}

/// The variants and their effects, as inputs of an analysis.
pub(super) fn described(study: &Study) -> Vec<VariantInput> {
    let each = study.experiment.variants.iter().zip(&study.plan.variants);
    let input = |(spec, tally): (&VariantSpec, &VariantTally)| VariantInput {
        id: spec.id.clone(),
        asks: spec.asks.clone(),
        replaced: spec.replace.pairs().iter().map(|pair| (pair.from.clone(), pair.to.clone())).collect(),
        changed: tally.sessions,
        dropped: tally.dropped,
        unheard: tally.unheard,
        replacements: tally.replacements,
    };
    each.map(input).collect()
}

/// A sentence about the conditions that have no pairs, if any.
pub(super) fn without_pairs(conditions: &[Condition]) -> Option<String> {
    let without = conditions.iter().filter(|condition| condition.mode == Mode::SimulatedClient);
    let ids: Vec<&str> = without.map(|condition| condition.id.as_str()).collect();
    (!ids.is_empty()).then(|| {
        format!("without pairs, because a model writes the client's turns there: {}", ids.join(", "))
    })
}

/// Writes the results for sessions of variants, beside the files of the others.
pub(super) fn write(writer: &RunWriter, varied: &RunMaterial) -> Result<(), PipelineError> {
    writer.stream(VARIANT_SESSIONS, |out| artifact::write_sessions(&varied.sessions, out))?;
    writer.stream(TABLE, |out| ratings_table::write(&varied.ratings, out))?;
    writer.stream("variant-ratings.jsonl", |out| artifact::write_ratings(&varied.ratings, out))?;
    writer.stream("variant-flags.jsonl", |out| artifact::write_flags(&varied.flags, out))?;
    if !varied.assessments.is_empty() {
        writer.stream("variant-ethics.jsonl", |out| artifact::write_assessments(&varied.assessments, out))?;
    }
    Ok(())
}

/// The sessions of variants in a run; empty for a run without variants.
pub(super) fn stored(run: &RunDirectory) -> Result<Vec<Session>, StoreError> {
    if !run.file(VARIANT_SESSIONS).is_file() {
        return Ok(Vec::new());
    }
    artifact::decode_variant_sessions(&run.read(VARIANT_SESSIONS)?)
}

/// The stored sessions of variants that belong to a study: of its sessions, under its conditions.
pub(super) fn belonging(study: &Study, run: &RunDirectory) -> Result<Vec<Session>, PipelineError> {
    let mut found = Vec::new();
    for session in stored(run)? {
        let base = session.base_id();
        let Some(varied) = study.varied.sessions.iter().find(|varied| varied.id == base) else { continue };
        if !study.plan.conditions.iter().any(|c| session.arm == crate::domain::Arm::Condition(c.id.clone())) {
            continue;
        }
        if !words_of(&session, varied) {
            return Err(PipelineError::usage(format!(
                "{}: session {:?} was made with other substitutions than those of the experiment; run the experiment again",
                run.path().display(),
                session.id.as_str()
            )));
        }
        found.push(session);
    }
    Ok(found)
}

/// True if every client turn is one of the session it was made from.
fn words_of(session: &Session, varied: &Session) -> bool {
    let known = |text: &str| varied.client_turns().any(|turn| turn.text == text);
    session.turns.iter().filter(|turn| turn.speaker == Speaker::Client).all(|turn| known(&turn.text))
}
