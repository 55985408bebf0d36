//! The ethics assessment of a run: asks judges about risks, applies reviewers' decisions, and writes the files.
//! Used by `run`, `score` and `report`.

use std::{collections::BTreeMap, path::Path};

use futures::{StreamExt, stream};

use super::{
    PipelineError, Study, asking::PER_SESSION, input_file, stored::StoredRun, task_failure::TaskFailure,
};
use crate::{
    analysis::{self, EthicsInput, Findings},
    chat::{Chat, Failure},
    config::{EthicsSpec, InputFile, JudgeSpec},
    dataset::{review, source::TableOptions},
    domain::{
        Assessment, EthicsRisk, EthicsRubric, Mode, RaterId, ReviewStatus, ReviewedRisk, RiskDraw, RiskId,
        Session, Unusable, ethics,
    },
    judging::{self, RiskQuestion},
    store::{RunDirectory, RunWriter, artifact, ethics_review},
};

/// Name of the file of assessments.
const FILE: &str = "ethics.jsonl";
/// Name of the file for reviewers.
const REVIEW: &str = "ethics-review.csv";
/// Beginning of the note on a review.
const NOTE: &str = "ethics review:";
/// Asks every judge about every risk that applies to the session. Turn-level reconstructions are left out, because
/// their turns do not form one conversation.
pub(super) async fn assess(
    study: &Study,
    chat: &impl Chat,
    session: &Session,
) -> (Vec<Assessment>, Vec<TaskFailure>) {
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    let Some(spec) = &study.experiment.ethics else { return (found, failures) };
    if session.mode == Some(Mode::TeacherForced) {
        return (found, failures);
    }
    let judges = spec.judges.iter().filter_map(|id| study.experiment.judge(id));
    let questions = judges.flat_map(|judge| spec.asked(session.counselor).map(move |risk| (judge, risk)));
    let questions = questions.flat_map(|(judge, risk)| (1..=spec.draws).map(move |draw| (judge, risk, draw)));
    let calls = questions.map(|(judge, risk, draw)| async move {
        (judge, risk, draw, judging::assess(chat, question(study, spec, judge, (risk, draw), session)).await)
    });
    let mut answers = stream::iter(calls).buffer_unordered(PER_SESSION);
    let mut draws: BTreeMap<(&RaterId, &RiskId), Vec<RiskDraw>> = BTreeMap::new();
    while let Some((judge, risk, draw, answer)) = answers.next().await {
        let drawn = answer.unwrap_or_else(|failure| {
            let what = format!("ethics {} by {}", risk.id, judge.id);
            failures.push(TaskFailure::about(&what, session, failure));
            RiskDraw::unusable(draw, Unusable::CallFailed, false)
        });
        draws.entry((&judge.id, &risk.id)).or_default().push(drawn);
    }
    let fold = |((judge, risk), draws)| judging::assessment(session, risk, judge, draws);
    found.extend(draws.into_iter().map(fold));
    found.sort_by(|a, b| a.key().cmp(&b.key()));
    (found, failures)
}

fn question<'q>(
    study: &'q Study,
    spec: &'q EthicsSpec,
    judge: &'q JudgeSpec,
    (risk, draw): (&'q EthicsRisk, u32),
    session: &'q Session,
) -> RiskQuestion<'q> {
    let model = study.experiment.model(&judge.model).expect("judges name models of the experiment");
    RiskQuestion { judge, model, rubric: &spec.rubric, risk, template: &spec.prompt, session, draw }
}

/// Asks the question of one task, for `plan --show`.
pub(super) async fn ask_one(
    study: &Study,
    chat: &impl Chat,
    session: &Session,
    judge: &JudgeSpec,
    (risk, draw): (&RiskId, u32),
) -> Result<(), Failure> {
    let spec = study.experiment.ethics.as_ref().expect("ethics tasks exist only where ethics is asked for");
    let risk = spec.rubric.risk(risk).expect("tasks name risks of the instrument");
    judging::assess(chat, question(study, spec, judge, (risk, draw), session)).await.map(drop)
}

/// Bytes of the study's longest question, without the transcript.
pub(super) fn bytes_besides(study: &Study, bytes: impl Fn(&crate::chat::Request) -> u64) -> Option<u64> {
    let spec = study.experiment.ethics.as_ref()?;
    let session = study.dataset.sessions.first()?;
    let judge = study.experiment.judge(spec.judges.first()?)?;
    let risks = spec.risks.iter().filter_map(|id| spec.rubric.risk(id));
    let requests = risks
        .filter_map(|risk| judging::prompt::ethics(question(study, spec, judge, (risk, 1), session), 1).ok());
    requests.map(|request| bytes(&request)).max()
}

/// Reads reviewers' decisions.
pub(super) fn read_reviews(path: &Path) -> Result<(Vec<ReviewedRisk>, InputFile), PipelineError> {
    let (text, input) = input_file::table(path, "ethics review", &TableOptions::default())?;
    let found = review::risks(&path.display().to_string(), &text).map_err(PipelineError::Data)?;
    Ok((found, input))
}

/// Applies reviewers' decisions to assessments; the note reports rows without a match.
pub(super) fn apply(assessments: &mut [Assessment], reviews: &[ReviewedRisk]) -> Option<String> {
    let lost = ethics::apply_reviews(assessments, reviews);
    let (rows, belong) = if lost == 1 { ("row", "belongs") } else { ("rows", "belong") };
    (lost > 0).then(|| {
        format!(
            "{NOTE} {lost} {rows} {belong} to a text or to a risk that no judge calls present in this run, and \
             changed nothing"
        )
    })
}

/// Applies reviewers' decisions to the assessments of a stored run, and recomputes its findings on ethics risks.
pub(super) fn into_findings(
    run: &RunDirectory,
    path: &Path,
    assessments: &mut [Assessment],
    findings: &mut Findings,
) -> Result<(), PipelineError> {
    let stored = StoredRun::read(run)?;
    let Some(spec) = stored.key::<Option<SpecOfRun>>(run, "ethics")? else {
        return Err(PipelineError::usage("--ethics-review: in this run nobody was asked about ethics risks"));
    };
    let (reviews, _) = read_reviews(path)?;
    findings.notes.retain(|note| !note.starts_with(NOTE));
    findings.notes.extend(apply(assessments, &reviews));
    let judges = stored.judge_inputs();
    let mut inputs = stored.inputs(&judges);
    let SpecOfRun { rubric, risks, judges: asked } = &spec;
    inputs.ethics = Some(EthicsInput { rubric, risks, judges: asked, assessments });
    inputs.bootstrap = stored.bootstrap(run)?;
    analysis::renew_ethics(findings, &inputs);
    Ok(())
}

/// The ethics settings in a stored run's manifest.
#[derive(Debug, serde::Deserialize)]
struct SpecOfRun {
    rubric: EthicsRubric,
    judges: Vec<RaterId>,
    risks: Vec<RiskId>,
}

/// Writes assessments and the table for reviewers. A table that already contains a decision is not overwritten, unless
/// that decision was applied to this run.
pub(super) fn write(writer: &RunWriter, assessments: &[Assessment]) -> Result<(), PipelineError> {
    writer.stream(FILE, |out| artifact::write_assessments(assessments, out))?;
    let bytes = ethics_review::encode(assessments);
    let read = |bytes: &[u8]| review::risks(REVIEW, &String::from_utf8_lossy(bytes));
    if let Ok(before) = writer.directory().read(REVIEW) {
        let (Ok(before), Ok(after)) = (read(&before), read(&bytes)) else { return Ok(()) };
        if before.iter().any(|row| row.status != ReviewStatus::Unreviewed && !after.contains(row)) {
            return Ok(());
        }
    }
    Ok(writer.write(REVIEW, &bytes)?)
}

/// The assessments of a stored run; empty if no judge was asked.
pub(super) fn stored(run: &RunDirectory) -> Result<Vec<Assessment>, PipelineError> {
    if !run.file(FILE).is_file() {
        return Ok(Vec::new());
    }
    Ok(artifact::decode_assessments(&run.read(FILE)?)?)
}
