//! Owns the ethics assessment of a run: every judge asked about every risk of a session, what people said of it, and the
//! files it leaves.

use std::path::Path;

use futures::{StreamExt, stream};

use super::{PipelineError, Study, run::TaskFailure, study};
use crate::{
    chat::{Chat, Failure},
    config::{EthicsSpec, InputFile, JudgeSpec},
    dataset::review,
    domain::{Assessment, EthicsRisk, Mode, ReviewStatus, ReviewedRisk, RiskId, Session, Unusable, ethics},
    judging::{self, Question},
    store::{RunDirectory, RunWriter, artifact, ethics_review},
};

/// The file of assessments.
const FILE: &str = "ethics.jsonl";
/// The file that a person fills in.
const REVIEW: &str = "ethics-review.csv";
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
    let calls = questions.map(|(judge, risk)| async move {
        (judge, risk, judging::assess(chat, question(study, spec, judge, risk, session)).await)
    });
    let mut answers = stream::iter(calls).buffer_unordered(WIDTH);
    while let Some((judge, risk, answer)) = answers.next().await {
        found.push(answer.unwrap_or_else(|failure| {
            let what = format!("ethics {} by {}", risk.id, judge.id);
            failures.push(TaskFailure::about(&what, session, failure));
            Assessment::unusable(session, &risk.id, &judge.id, Unusable::CallFailed, false)
        }));
    }
    found.sort_by(|a, b| a.key().cmp(&b.key()));
    (found, failures)
}

fn question<'q>(
    study: &'q Study,
    spec: &'q EthicsSpec,
    judge: &'q JudgeSpec,
    risk: &'q EthicsRisk,
    session: &'q Session,
) -> Question<'q> {
    let model = study.experiment.model(&judge.model).expect("judges name models of the experiment");
    Question { judge, model, rubric: &spec.rubric, risk, template: &spec.prompt, session }
}

/// Asks one question of a task, for `plan --show`.
pub(super) async fn ask_one(
    study: &Study,
    chat: &impl Chat,
    session: &Session,
    judge: &JudgeSpec,
    risk: &RiskId,
) -> Result<(), Failure> {
    let spec = study.experiment.ethics.as_ref().expect("ethics tasks exist only where ethics is asked for");
    let risk = spec.rubric.risk(risk).expect("tasks name risks of the instrument");
    judging::assess(chat, question(study, spec, judge, risk, session)).await.map(drop)
}

/// The longest question of the study besides the transcript.
pub(super) fn bytes_besides(study: &Study, bytes: impl Fn(&crate::chat::Request) -> u64) -> Option<u64> {
    let spec = study.experiment.ethics.as_ref()?;
    let session = study.dataset.sessions.first()?;
    let judge = study.experiment.judge(spec.judges.first()?)?;
    let risks = spec.risks.iter().filter_map(|id| spec.rubric.risk(id));
    let requests =
        risks.filter_map(|risk| judging::prompt::ethics(question(study, spec, judge, risk, session), 1).ok());
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
            "ethics review: {lost} {rows} {belong} to a text or to a risk that no judge calls present in this run, and \
             changed nothing"
        )
    })
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
