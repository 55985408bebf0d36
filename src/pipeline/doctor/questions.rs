//! Questions of `doctor`: one for each judge, in the form that its answers have in a run, and one for each other model.
//! They hold nothing of a study.

use serde_json::Value;

use crate::{
    chat::{Decoding, Message, OutputFormat, Reply, Request},
    config::{Endpoint, Experiment, JudgeForm, JudgeSpec, Model, Route},
    domain::Item,
    judging::{Schemas, schema},
};

/// Enough for a word, and the least that some interfaces take.
const FOR_A_WORD: u32 = 16;
/// Enough for thoughts and an answer.
const FOR_THOUGHTS: u32 = 2_048;

/// Whom a question is for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'e> {
    pub(super) model: &'e Model,
    /// The judge whose form is tested; `None` for a plain question.
    judge: Option<&'e JudgeSpec>,
    /// Whether the model is known to think before it answers.
    thinks: bool,
}

/// The questions to an endpoint.
pub(super) fn of<'e>(experiment: &'e Experiment, endpoint: &Endpoint) -> Vec<Question<'e>> {
    let is_there =
        |model: &&Model| matches!(&model.route, Route::Endpoint { endpoint: id, .. } if *id == endpoint.id);
    let mut questions = Vec::new();
    for model in experiment.models.iter().filter(is_there) {
        let effort = model.decoding.reasoning_effort.as_deref();
        let known = experiment.family(model).and_then(|family| family.is_thinking(effort));
        let plain = Question { model, judge: None, thinks: known.unwrap_or(effort.is_some()) };
        let judges = experiment.judges.iter().filter(|judge| judge.model == model.id);
        let before = questions.len();
        questions.extend(judges.map(|judge| Question { judge: Some(judge), ..plain }));
        if questions.len() == before {
            questions.push(plain);
        }
    }
    questions
}

impl<'e> Question<'e> {
    /// Kind and subject of the check.
    pub(super) fn subject(&self) -> (&'static str, &'e str) {
        match self.judge {
            Some(judge) => ("judge", judge.id.as_str()),
            None => ("model", &self.model.id),
        }
    }

    /// The request; one that is sent again has room for thoughts.
    pub(super) fn request(&self, experiment: &Experiment, again: bool) -> Request {
        let own = &self.model.decoding;
        let item = experiment.items.first().and_then(|id| experiment.rubric.item(id));
        let (text, output) = match self.judge.zip(item) {
            Some((judge, item)) => in_form(experiment, judge, item),
            None => ("Reply with the word yes.".to_owned(), OutputFormat::Text),
        };
        let is_short = !again && !self.thinks && output == OutputFormat::Text;
        let budget = own.reasoning_effort.as_deref().and_then(|effort| effort.parse::<u32>().ok());
        let room = budget.unwrap_or(0).saturating_add(FOR_THOUGHTS);
        let decoding = Decoding {
            max_tokens: Some(match (is_short, self.judge, own.max_tokens) {
                (true, ..) => FOR_A_WORD,
                (false, Some(_), Some(own)) => own,
                _ => room,
            }),
            // A budget of thinking tokens would have to be fewer than these.
            reasoning_effort: own.reasoning_effort.clone().filter(|_| !(is_short && budget.is_some())),
            ..own.clone()
        };
        Request {
            model: self.model.id.clone(),
            messages: vec![Message::user(text)],
            decoding,
            output,
            logprobs: self.judge.and_then(|judge| judge.logprobs),
            repeat: 0,
        }
    }

    /// True if the reply was cut before its first word, so that another one with more tokens tells more.
    pub(super) fn is_cut(&self, reply: &Reply) -> bool {
        self.judge.is_none() && !self.thinks && reply.text.trim().is_empty() && reply.refusal.is_none()
    }

    /// What the reply shows besides that there is one, or what would spoil a run.
    pub(super) fn verdict(&self, reply: &Reply) -> Result<String, String> {
        if reply.text.trim().is_empty() && reply.refusal.is_none() {
            return Err(format!("the reply has no words (it ended: {})", reply.ending().replace('_', " ")));
        }
        let Some(judge) = self.judge else { return Ok(String::new()) };
        if !is_in_form(&reply.text) {
            return Err(format!(
                "the reply is not in the form of judge {}: a run would count such answers as unusable (it ended: {}); try \
                 another capabilities.structured_output",
                judge.id,
                reply.ending().replace('_', " ")
            ));
        }
        match (judge.logprobs, &reply.logprobs) {
            (Some(_), None) => Err(format!(
                "log-probabilities were asked for and not given; leave `logprobs` of judge {} out, or ask without reasoning",
                judge.id
            )),
            (Some(_), Some(_)) => Ok(format!(", in the form of judge {}, with log-probabilities", judge.id)),
            (None, _) => Ok(format!(", in the form of judge {}", judge.id)),
        }
    }
}

/// A question for one rating of an invented line, with the schema that the judge's answers have.
fn in_form(experiment: &Experiment, judge: &JudgeSpec, item: &Item) -> (String, OutputFormat) {
    let rubric = &experiment.rubric;
    let (name, schema) = match judge.form {
        JudgeForm::PerItem => {
            (schema::RATING, Schemas::of(rubric, [judge.observations]).rating(item, judge.observations))
        }
        JudgeForm::SingleCall => {
            (schema::RATINGS, schema::ratings(&[item], rubric.scale, judge.observations).into())
        }
    };
    let text = format!(
        "This tests a connection; the line is invented.\n\n[1] counselor\n| And how was your week at the lake?\n\nRate the item \
         `{}` of this line from {} to {}. Answer with one JSON object of this schema and nothing else:\n{}",
        item.id,
        rubric.scale.min,
        rubric.scale.max,
        schema.text()
    );
    (text, OutputFormat::Json { name: name.into(), schema })
}

/// True if the text holds one JSON object with a score.
fn is_in_form(text: &str) -> bool {
    let whole = text.find('{').zip(text.rfind('}')).and_then(|(start, end)| text.get(start..=end));
    let value = whole.and_then(|whole| serde_json::from_str::<Value>(whole).ok());
    value.is_some_and(|value| value.get("score").is_some() || value.get("ratings").is_some())
}
