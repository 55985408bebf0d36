//! Findings about the servers behind a run: which models answered, how replies ended, whether prompts arrived whole.

use std::collections::BTreeMap;

use super::Study;
use crate::{
    analysis::{
        Findings,
        findings::{CutFinding, EndingsFinding, ServedFinding},
    },
    config::Model,
    domain::Mode,
    execute::{CutSign, PromptCut, UsageSummary, UsageTally},
};

/// One finding for each model that was asked and is behind a server, in the order of their ids.
pub(super) fn served(study: &Study, summary: &UsageSummary) -> Vec<ServedFinding> {
    let asked = summary.by_model.iter();
    asked
        .filter_map(|(id, purposes)| {
            let model = study.experiment.model(id).filter(|model| !model.is_baseline())?;
            Some(of_model(study, model, purposes))
        })
        .collect()
}

fn of_model(study: &Study, model: &Model, purposes: &BTreeMap<String, UsageTally>) -> ServedFinding {
    let mut together = UsageTally::default();
    for tally in purposes.values() {
        together.merge(tally);
    }
    let named: u64 = together.answered_by.values().sum();
    let replies: u64 = together.endings.values().sum();
    let judges = study.experiment.judges.iter().filter(|judge| judge.model == model.id);
    // No figure is made of sessions with a simulated client.
    let conditions = study
        .plan
        .conditions
        .iter()
        .filter(|condition| condition.model == model.id && condition.mode != Mode::SimulatedClient);
    let cut = together.prompts.cut().filter(|_| model.capabilities.check_prompt_tokens);
    ServedFinding {
        model: model.id.clone(),
        judges: judges.map(|judge| judge.id.to_string()).collect(),
        conditions: conditions.map(|condition| condition.id.to_string()).collect(),
        answered_by: together.answered_by.into_iter().collect(),
        unnamed: replies.saturating_sub(named),
        endings: purposes
            .iter()
            .map(|(purpose, tally)| EndingsFinding {
                purpose: purpose.clone(),
                replies: tally.endings.iter().map(|(word, n)| (word.clone(), *n)).collect(),
                failed: tally.failed(),
            })
            .collect(),
        cut: cut.as_ref().map(cut_finding),
    }
}

fn cut_finding(cut: &PromptCut) -> CutFinding {
    let sign = match cut.sign {
        CutSign::FewerThanWords { counted, words } => {
            format!("it counted {counted} tokens for a prompt of {words} words")
        }
        CutSign::SameCount { counted, shortest, longest } => format!(
            "it counted exactly {counted} tokens, never more, for different prompts of {shortest} to {longest} bytes"
        ),
    };
    CutFinding { replies: cut.replies, of: cut.of, sign }
}

/// What to do about a server that cuts prompts.
const CUT_ADVICE: &str = "give the server a larger context (Ollama: OLLAMA_CONTEXT_LENGTH=16384, or num_ctx in the model's \
     Modelfile), declare it as capabilities.context_tokens, and ask again with --no-cache; if its counts mean something \
     else, write capabilities.check_prompt_tokens: false";

/// An error for each model whose server did not read all that was sent.
pub fn cut_prompts(findings: &Findings) -> Vec<String> {
    let cut = findings.served.iter().filter_map(|served| Some((&served.model, served.cut.as_ref()?)));
    cut.map(|(model, cut)| {
        format!(
            "error: the server of model {model} did not read all that was sent, in {} of {} replies: {}\nhint: {CUT_ADVICE}",
            cut.replies, cut.of, cut.sign
        )
    })
    .collect()
}
