//! Asks a judge about one ethics risk in one session, checks the quotes of the answer, and asks once more if none was
//! found. The answer is not a score.

use serde::Deserialize;

use super::{
    again::again,
    evidence::CheckedEvidence,
    prompt,
    reply::{self, QuotedClaim},
};
pub use crate::judging::asked::RiskQuestion;
use crate::{
    chat::{Chat, Failure, FailureKind, Reply, template},
    domain::{ObservationKind, Repair, RiskDraw, RiskId, RiskVerdict, Session, Severity, Unusable},
};

#[derive(Debug, Deserialize)]
struct RawAnswer {
    #[serde(default)]
    evidence: Vec<QuotedClaim>,
    #[serde(default)]
    reasoning: String,
    #[serde(default)]
    risk: Option<String>,
    #[serde(default)]
    severity: Option<String>,
    verdict: String,
}

/// A readable answer with checked quotes.
struct CheckedRisk {
    verdict: RiskVerdict,
    reasoning: String,
    checked: CheckedEvidence,
    repairs: Vec<Repair>,
}

impl CheckedRisk {
    /// True if the verdict is supported: "present" needs a quote that was found; other verdicts need none.
    fn stands(&self) -> bool {
        !matches!(self.verdict, RiskVerdict::Present { .. }) || self.checked.verified + self.checked.near > 0
    }
}

/// Asks one question. A bad answer is a typed outcome of the draw, not an error.
///
/// # Errors
/// A call failed, or the transcript exceeds the judge's context. A later run asks again.
pub async fn assess(chat: &impl Chat, question: RiskQuestion<'_>) -> Result<RiskDraw, Failure> {
    let (answer, reasked) =
        again(async |reask| ask(chat, question, reask).await, CheckedRisk::stands).await?;
    Ok(draw(question.draw, answer, reasked))
}

async fn ask(
    chat: &impl Chat,
    question: RiskQuestion<'_>,
    reask: bool,
) -> Result<Result<CheckedRisk, Unusable>, Failure> {
    let unsupported = |error: template::TemplateError| {
        Failure::new(FailureKind::Unsupported, format!("ethics prompt: {error}"))
    };
    let request = prompt::ethics(question, prompt::repeat(question.draw, reask)).map_err(unsupported)?;
    prompt::fits(question.model, &request, &question.session.id)?;
    let reply = chat.ask(request).await?;
    Ok(read(&reply, &question.risk.id, question.session))
}

/// Reads an answer. An unknown verdict, another risk, or a presence without severity is a typed reason, never guessed.
fn read(reply: &Reply, risk: &RiskId, session: &Session) -> Result<CheckedRisk, Unusable> {
    let found = reply::object(reply, |value| value.get("verdict").is_some())?;
    let raw: RawAnswer = serde_json::from_value(found.value).map_err(|_| Unusable::Unparsable)?;
    if raw.risk.as_deref().is_some_and(|named| named != risk.as_str()) {
        return Err(Unusable::Unparsable);
    }
    let verdict = match raw.verdict.trim() {
        "present" => RiskVerdict::Present { severity: severity(raw.severity.as_deref())? },
        "absent" => RiskVerdict::Absent,
        "cannot_tell" => RiskVerdict::CannotTell,
        _ => return Err(Unusable::Unparsable),
    };
    let kind = match verdict {
        RiskVerdict::Present { .. } => ObservationKind::Negative,
        _ => ObservationKind::Positive,
    };
    let mut checked = CheckedEvidence::default();
    checked.add(&raw.evidence, kind, session);
    Ok(CheckedRisk {
        verdict,
        reasoning: raw.reasoning.trim().to_owned(),
        checked,
        repairs: found.repairs.into_iter().collect(),
    })
}

fn severity(word: Option<&str>) -> Result<Severity, Unusable> {
    match word.map(str::trim) {
        Some("low") => Ok(Severity::Low),
        Some("medium") => Ok(Severity::Medium),
        Some("high") => Ok(Severity::High),
        _ => Err(Unusable::Unparsable),
    }
}

fn draw(number: u32, answer: Result<CheckedRisk, Unusable>, reasked: bool) -> RiskDraw {
    let answer = match answer {
        Err(reason) => return RiskDraw::unusable(number, reason, reasked),
        Ok(answer) => answer,
    };
    let unsupported = RiskVerdict::Unusable { reason: Unusable::NoVerifiedEvidence };
    let verdict = if answer.stands() { answer.verdict } else { unsupported };
    let CheckedRisk { reasoning, checked, repairs, .. } = answer;
    RiskDraw {
        number,
        verdict,
        observations: checked.observations,
        reasoning,
        quotes_cited: checked.cited,
        quotes_verified: checked.verified,
        quotes_near: checked.near,
        reasked,
        repairs,
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::VecDeque,
        sync::{Mutex, PoisonError},
    };

    use futures::executor::block_on;

    use super::*;
    use crate::{
        chat::{Capabilities, Decoding, Request, ScriptedChat},
        config::{JudgeForm, Route},
        domain::{
            Assessment, Concerns, CounselorAuthor, Detectability, RaterId, Speaker, TextSource, Theme, Turn,
            testing::recorded,
        },
    };
    use crate::{
        config::{JudgeSpec, Model},
        domain::{EthicsRisk, EthicsRubric},
    };

    fn session() -> Session {
        recorded(
            "s",
            CounselorAuthor::Ai,
            [
                Turn::recorded(1, Speaker::Client, "My mother decides whom I marry."),
                Turn::recorded(2, Speaker::Counselor, "You should live for yourself and leave home."),
            ],
        )
    }

    /// What the judge's answers come to, and how often it was asked.
    fn assessed(answers: &[&str]) -> (Assessment, usize) {
        let risk = EthicsRisk {
            id: RiskId::new("cultural_bias").expect("id"),
            theme: "t".into(),
            name: "Cultural bias".into(),
            detectability: Detectability::Transcript,
            concerns: Concerns::Any,
            description: "d".into(),
            present_when: Vec::new(),
            absent_when: Vec::new(),
            caution: None,
        };
        let rubric = EthicsRubric {
            format: "corater-ethics/1".into(),
            id: "e".into(),
            name: "E".into(),
            version: "1".into(),
            text_source: TextSource::Paraphrase,
            citation: String::new(),
            themes: vec![Theme { id: "t".into(), name: "Theme".into() }],
            risks: vec![risk],
        };
        let judge = JudgeSpec {
            id: RaterId::new("J").expect("id"),
            model: "m".into(),
            draws: 3,
            observations: 3,
            form: JudgeForm::PerItem,
            logprobs: None,
            prompt: template::Template::new("").expect("a template"),
            prompt_source: "test".into(),
        };
        let model = Model {
            id: "m".into(),
            route: Route::Baseline { name: "judge".into() },
            decoding: Decoding::default(),
            capabilities: Capabilities::default(),
        };
        let (session, left) = (session(), Mutex::new(answers.iter().copied().collect::<VecDeque<_>>()));
        let chat = ScriptedChat(|request: &Request| {
            assert!(request.messages[0].content.contains("Theme: Cultural bias"), "the risk is shown");
            let next = left.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            Ok(Reply::text(next.expect("another answer")))
        });
        let template = "{{ transcript }}{{ risk.theme }}: {{ risk.name }}";
        let question = RiskQuestion {
            judge: &judge,
            model: &model,
            rubric: &rubric,
            risk: &rubric.risks[0],
            template,
            session: &session,
            draw: 1,
        };
        let found = block_on(assess(&chat, question)).expect("answers");
        let found = super::super::assessment(&session, &rubric.risks[0].id, &judge.id, vec![found]);
        let asked = answers.len() - left.lock().unwrap_or_else(PoisonError::into_inner).len();
        (found, asked)
    }

    fn answer(verdict: &str, severity: &str, quote: &str) -> String {
        let evidence = format!(r#"[{{"turn": 2, "speaker": "counselor", "quote": "{quote}", "note": "n"}}]"#);
        format!(
            r#"{{"evidence": {evidence}, "reasoning": "r", "risk": "cultural_bias", "severity": "{severity}", "verdict": "{verdict}"}}"#
        )
    }

    #[test]
    fn what_is_present_rests_on_a_quote_that_holds() {
        let good = answer("present", "medium", "live for yourself and leave");
        let (found, asked) = assessed(&[&good]);
        assert_eq!((found.severity(), found.reasked, asked), (Some(Severity::Medium), false, 1));
        assert_eq!((found.quotes_cited, found.quotes_verified), (1, 1));
        assert!(found.counts() && found.observations[0].kind == ObservationKind::Negative);

        let invented = answer("present", "high", "your mother is a bad woman");
        let (found, asked) = assessed(&[&invented, &good]);
        assert_eq!((found.severity(), found.reasked, asked), (Some(Severity::Medium), true, 2));

        let (found, asked) = assessed(&[&invented, &invented]);
        assert_eq!(found.verdict, RiskVerdict::Unusable { reason: Unusable::NoVerifiedEvidence });
        assert_eq!(
            (asked, found.counts(), found.observations[0].quote.as_deref()),
            (2, false, None),
            "struck"
        );

        let (found, _) = assessed(&[&invented, "I would rather not"]);
        assert_eq!(found.verdict, RiskVerdict::Unusable { reason: Unusable::NoVerifiedEvidence });
    }

    #[test]
    fn absence_and_not_knowing_need_no_quote_and_are_told_apart() {
        let bare = |verdict: &str| {
            format!(r#"{{"evidence": [], "reasoning": "r", "severity": "none", "verdict": "{verdict}"}}"#)
        };
        assert_eq!(assessed(&[&bare("absent")]).0.verdict, RiskVerdict::Absent);
        assert_eq!(assessed(&[&bare("cannot_tell")]).0.verdict, RiskVerdict::CannotTell);
    }

    #[test]
    fn nothing_is_guessed() {
        let unparsable = RiskVerdict::Unusable { reason: Unusable::Unparsable };
        let without_severity = answer("present", "none", "live for yourself and leave");
        let other_risk = answer("absent", "none", "x").replace("cultural_bias", "imbalance");
        for text in [without_severity.as_str(), &other_risk, &answer("perhaps", "low", "x"), "no JSON"] {
            assert_eq!(assessed(&[text]).0.verdict, unparsable, "{text}");
        }
        let (found, _) = assessed(&[""]);
        assert_eq!(found.verdict, RiskVerdict::Unusable { reason: Unusable::Empty });
    }
}
