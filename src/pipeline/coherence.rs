//! Asks for the grades of one session's exchanges concurrently, and builds the input of their analysis.

use futures::{StreamExt, stream};

use super::{Study, asking::PER_SESSION};
use crate::{
    analysis::inputs::CoherenceInput,
    chat::{Chat, ChatOf, Failure},
    config::{Experiment, Model, Route},
    domain::{AnswerGrade, GradeResult, Session, ShownAs},
    plan::{Exchange, exchanges},
    sessions::{self, Helper},
    store::origin_of,
};

/// The turn that a call is about, and how it was shown.
pub(super) type GradeRequest = (u32, ShownAs);

/// Description of a failed task.
pub(super) fn task((turn, shown): GradeRequest) -> String {
    match shown {
        ShownAs::Next => format!("coherence of the client turn after turn {turn}"),
        ShownAs::Other => format!("coherence of another client turn after turn {turn}"),
    }
}

/// The grades of a session, in its order, with the failed calls. Empty if no grades are requested, and for sessions of
/// variants, which are not graded.
pub(super) async fn grades(
    study: &Study,
    chat: &impl Chat,
    session: &Session,
) -> (Vec<AnswerGrade>, Vec<(GradeRequest, Failure)>) {
    let Some(spec) = study.experiment.coherence.as_ref().filter(|_| session.variant.is_none()) else {
        return (Vec::new(), Vec::new());
    };
    let model = study.experiment.model(&spec.grader.model).expect("the grader is a model of the experiment");
    let helper = Helper { model, prompt: &spec.grader.prompt };
    let chat = &ChatOf::new(chat, origin_of(session));
    let ask = |asked: Exchange| async move { (asked, sessions::grade(chat, helper, session, asked).await) };
    let calls = exchanges(session, study.experiment.seed).into_iter().map(ask);
    let answers: Vec<_> = stream::iter(calls).buffered(PER_SESSION).collect().await;
    let (mut grades, mut failures) = (Vec::new(), Vec::new());
    for (asked, answer) in answers {
        grades.push(answer.unwrap_or_else(|failure| {
            failures.push(((session.turns[asked.counselor].number, asked.shown), failure));
            sessions::about(session, asked, GradeResult::CallFailed)
        }));
    }
    (grades, failures)
}

/// Name of the grader in reports: what it is, rather than its role.
pub(super) fn name(model: &Model) -> String {
    match &model.route {
        Route::Baseline { name } => format!("baseline/{name}"),
        Route::Endpoint { model, .. } => model.clone(),
    }
}

/// Input of the analysis; `None` if no grades are requested.
pub(super) fn input<'a>(
    experiment: &'a Experiment,
    grader: Option<&'a str>,
    grades: &'a [AnswerGrade],
) -> Option<CoherenceInput<'a>> {
    let spec = experiment.coherence.as_ref()?;
    Some(CoherenceInput {
        grades,
        grader: grader?,
        baseline: experiment.model(&spec.grader.model).is_some_and(Model::is_baseline),
        answers_from: spec.answers_from,
        minimum_share: spec.minimum_share,
    })
}
