//! Owns the ethics assessment of a run: every judge asked about every risk of a session, what people said of it, and the
//! files it leaves.

use std::{collections::BTreeMap, path::Path};

use futures::{StreamExt, stream};

use super::{PipelineError, Study, run::TaskFailure, stored::Stored, study};
use crate::{
    analysis::{self, EthicsInput, Findings},
    chat::{Chat, Failure},
    config::{EthicsSpec, InputFile, JudgeSpec},
    dataset::review,
    domain::{
        Assessment, EthicsRisk, EthicsRubric, Mode, RaterId, ReviewStatus, ReviewedRisk, RiskDraw, RiskId,
        Session, Unusable, ethics,
    },
    judging::{self, Question},
    store::{RunDirectory, RunWriter, artifact, ethics_review},
};

/// The file of assessments.
const FILE: &str = "ethics.jsonl";
/// The file that a person fills in.
const REVIEW: &str = "ethics-review.csv";
/// How the note on a review begins.
const NOTE: &str = "ethics review:";
/// How many questions about one session are asked side by side; endpoints have their own limit on top.
const WIDTH: usize = 64;

/// Asks every judge about every risk that has a meaning in the session. Turns that do not form one conversation are not
/// asked about.
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
    let mut answers = stream::iter(calls).buffer_unordered(WIDTH);
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
) -> Question<'q> {
    let model = study.experiment.model(&judge.model).expect("judges name models of the experiment");
    Question { judge, model, rubric: &spec.rubric, risk, template: &spec.prompt, session, draw }
}

/// Asks one question of a task, for `plan --show`.
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

/// The longest question of the study besides the transcript.
pub(super) fn bytes_besides(study: &Study, bytes: impl Fn(&crate::chat::Request) -> u64) -> Option<u64> {
    let spec = study.experiment.ethics.as_ref()?;
    let session = study.dataset.sessions.first()?;
    let judge = study.experiment.judge(spec.judges.first()?)?;
    let risks = spec.risks.iter().filter_map(|id| spec.rubric.risk(id));
    let requests = risks
        .filter_map(|risk| judging::prompt::ethics(question(study, spec, judge, (risk, 1), session), 1).ok());
    requests.map(|request| bytes(&request)).max()
}

/// Reads what people said.
pub(super) fn read_reviews(path: &Path) -> Result<(Vec<ReviewedRisk>, InputFile), PipelineError> {
    let (text, input) = study::file(path, "ethics review")?;
    let found = review::risks(&path.display().to_string(), &text).map_err(PipelineError::Data)?;
    Ok((found, input))
}

/// Puts what people said on assessments; the note tells of rows that belong to none.
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

/// Puts what people said on the assessments of a stored run, and makes what its findings say of ethics risks again.
pub(super) fn into_findings(
    run: &RunDirectory,
    path: &Path,
    assessments: &mut [Assessment],
    findings: &mut Findings,
) -> Result<(), PipelineError> {
    let stored = Stored::read(run)?;
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

/// What a stored run's manifest says of its ethics risks.
#[derive(Debug, serde::Deserialize)]
struct SpecOfRun {
    rubric: EthicsRubric,
    judges: Vec<RaterId>,
    risks: Vec<RiskId>,
}

/// Writes assessments and the table that a person fills in. A table that holds a person's word already is not written
/// over, unless that word came into this run.
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

/// The assessments of a stored run; none where nobody was asked.
pub(super) fn stored(run: &RunDirectory) -> Result<Vec<Assessment>, PipelineError> {
    if !run.file(FILE).is_file() {
        return Ok(Vec::new());
    }
    Ok(artifact::decode_assessments(&run.read(FILE)?)?)
}
