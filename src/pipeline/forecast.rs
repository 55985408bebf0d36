//! Data for a forecast: the actual length of judges' prompts, and the replies recorded in the ledger.

use super::{PipelineError, Study, ethics};
use crate::{
    chat::{OutputFormat, Request},
    config::Route,
    domain::transcript,
    judging::{JudgeContext, prompt},
    plan::{Forecast, Usual, forecast::turn_bytes},
    store::{Ledger, Typical},
};

/// Longest reply in tokens that a forecast accepts, so that nonsense reported by a server has no effect.
const LONGEST_REPLY: u64 = 10_000_000;
/// Number of earlier replies that are used.
const NEWEST: u32 = 2_000;
/// Fewest replies from which the length of future ones is estimated.
const FEWEST: u64 = 10;

/// Forecast cost of a run of the study.
///
/// # Errors
/// The ledger exists and cannot be read.
pub async fn forecast(study: &Study) -> Result<Forecast, PipelineError> {
    let usual = usual(study).await?;
    Ok(Forecast::of(&study.plan, &study.experiment, study.sources(), &usual))
}

/// Known lengths of prompts and replies.
pub(super) async fn usual(study: &Study) -> Result<Usual, PipelineError> {
    let mut usual = prompts(study);
    recorded(study, &mut usual).await?;
    Ok(usual)
}

/// Measures judges' prompts without the transcript, on one session.
fn prompts(study: &Study) -> Usual {
    let experiment = &study.experiment;
    let mut usual = Usual::default();
    let Some(session) = study.dataset.sessions.first() else { return usual };
    let turns: u64 = session.turns.iter().map(turn_bytes).sum();
    let (transcript, schemas) = (&transcript::render(&session.turns), &study.schemas);
    for judge in &experiment.judges {
        let Some(model) = experiment.model(&judge.model) else { continue };
        for item in experiment.items.iter().filter_map(|id| experiment.rubric.item(id)) {
            let asked =
                JudgeContext { judge, model, rubric: &experiment.rubric, session, transcript, schemas };
            if let Ok(request) = prompt::rating(asked, item, 1) {
                let besides = bytes(&request).saturating_sub(turns);
                usual.rating_bytes.insert((judge.id.clone(), item.id.clone()), besides);
            }
        }
    }
    usual.flag_bytes = flag_pass(study, turns);
    usual.ethics_bytes = ethics::bytes_besides(study, bytes).map(|all| all.saturating_sub(turns));
    usual
}

fn flag_pass(study: &Study, turns: u64) -> Option<u64> {
    let experiment = &study.experiment;
    let spec = experiment.flags.as_ref()?;
    let judge = experiment.judge(spec.judge.as_ref()?)?;
    let model = experiment.model(&judge.model)?;
    let session = study.dataset.sessions.first()?;
    let lexicon = study.lexicon(&session.provenance.language)?;
    let request = prompt::flags(&spec.prompt, model, lexicon.spec(), session, "").ok()?;
    Some(bytes(&request).saturating_sub(turns))
}

fn bytes(request: &Request) -> u64 {
    let schema = match &request.output {
        OutputFormat::Text => 0,
        OutputFormat::Json { schema, .. } => schema.text().len(),
    };
    let messages: usize = request.messages.iter().map(|message| message.content.len()).sum();
    (messages + schema) as u64
}

/// Adds what the newest replies tell: mean generated tokens and the share of second asks, by model id and purpose.
async fn recorded(study: &Study, usual: &mut Usual) -> Result<(), PipelineError> {
    let path = study.experiment.run.directory.join("ledger.db");
    if !path.is_file() {
        return Ok(());
    }
    let ledger = Ledger::open(&path).await?;
    let known = ledger.typical(NEWEST).await;
    ledger.close().await?;
    let known = known?;
    for model in &study.experiment.models {
        let Route::Endpoint { endpoint, model: wire } = &model.route else { continue };
        let here = |typical: &&Typical| {
            typical.endpoint == *endpoint && typical.model == *wire && typical.replies >= FEWEST
        };
        for typical in known.iter().filter(here) {
            let key = (model.id.clone(), typical.purpose.clone());
            usual.reply_tokens.insert(key.clone(), typical.completion_tokens.min(LONGEST_REPLY));
            let first = typical.replies.saturating_sub(typical.second_asks).max(1);
            usual.second_asks.insert(key, typical.second_asks * 1_000 / first);
        }
    }
    Ok(())
}
