//! Flagging: the lexicon's candidates, found without knowing who wrote a turn, and the judge's pass over them. Flags
//! never enter a score.

use super::{evidence::turn_number, prompt, reply};
use crate::{
    chat::{Chat, Failure, FailureKind, Reply},
    config::Model,
    domain::{
        Detector, Flag, FlagContext, FlagVerdict, FoundAs, ReviewStatus, Session, Severity, Span, Speaker,
        Unusable, candidates,
    },
    text::{
        lexicon::{self, Lexicon, ScanContext},
        quote::{QuoteMatch, verify},
    },
};

/// Finds the lexicon's phrases in the counselor's turns of a session. Suppressed ones are kept and marked.
pub fn scan(session: &Session, lexicon: &Lexicon) -> Vec<Flag> {
    let mut flags = Vec::new();
    let mut client_turn = None;
    for turn in &session.turns {
        if turn.speaker == Speaker::Client {
            client_turn = Some(turn.text.as_str());
        } else if turn.is_counted_counselor() {
            for hit in lexicon.scan(&turn.text, ScanContext { client_turn }) {
                flags.push(Flag {
                    session: session.id.clone(),
                    span: Span { turn: turn.number, start: hit.range.start, end: hit.range.end },
                    speaker: turn.speaker,
                    category: hit.category,
                    severity: severity(hit.severity),
                    detector: Detector::Lexicon,
                    entry: Some(hit.entry),
                    suppressed_by: hit.suppressed_by.map(|suppression| suppression.id),
                    judge: FlagVerdict::NotAsked,
                    status: ReviewStatus::Unreviewed,
                    context: FlagContext::default(),
                    found_as: None,
                });
            }
        }
    }
    context(session, lexicon, &mut flags);
    flags
}

/// Adds the context of each flag, by the lexicon's lists: the client's turn before it, and everything the counselor
/// said up to it.
fn context(session: &Session, lexicon: &Lexicon, flags: &mut [Flag]) {
    if flags.is_empty() {
        return;
    }
    let knows_disclosure = lexicon.discloses("").is_some();
    let (mut client, mut identified) = ("", false);
    for turn in &session.turns {
        if turn.speaker == Speaker::Client {
            client = &turn.text;
            continue;
        }
        let own = lexicon.identifies_itself(&turn.text);
        let mut disclosed = None;
        for flag in flags.iter_mut().filter(|flag| flag.span.turn == turn.number) {
            let disclosed = *disclosed.get_or_insert_with(|| lexicon.discloses(client) == Some(true));
            let before = own.map(|end| identified || end.is_some_and(|end| end <= flag.span.start));
            flag.context = FlagContext {
                follows_emotional_disclosure: knows_disclosure.then_some(disclosed),
                ai_self_identified_before: before,
            };
        }
        identified |= own.flatten().is_some();
    }
}

fn severity(severity: lexicon::spec::EntrySeverity) -> Severity {
    match severity {
        lexicon::spec::EntrySeverity::Info => Severity::Info,
        lexicon::spec::EntrySeverity::Low => Severity::Low,
        lexicon::spec::EntrySeverity::Medium => Severity::Medium,
        lexicon::spec::EntrySeverity::High => Severity::High,
    }
}

/// Result of the judge's pass over one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagOutcome {
    /// The flags with the judge's verdicts, including those it added.
    pub flags: Vec<Flag>,
    /// Why the pass could not be used, in which case the lexicon's flags remain unchecked.
    pub unusable: Option<Unusable>,
    /// Phrases added by the judge that do not occur in the named turn; removed and counted.
    pub struck: u32,
}

/// Asks the judge to confirm, reject and add. Suppressed candidates are not shown, because they never count.
///
/// # Errors
/// The call failed; a later run asks again.
pub async fn check(
    chat: &impl Chat,
    template: &str,
    model: &Model,
    lexicon: &Lexicon,
    session: &Session,
    mut flags: Vec<Flag>,
) -> Result<FlagOutcome, Failure> {
    let shown: Vec<usize> = (0..flags.len()).filter(|i| flags[*i].suppressed_by.is_none()).collect();
    let lines = shown.iter().map(|i| {
        let flag = &flags[*i];
        let words =
            session.turn(flag.span.turn).and_then(|turn| flag.span.of(&turn.text)).unwrap_or_default();
        (flag.span, flag.category.as_str(), words)
    });
    let request = prompt::flags(template, model, lexicon.spec(), session, &candidates::render(lines))
        .map_err(|error| Failure::new(FailureKind::Unsupported, format!("flag prompt: {error}")))?;
    prompt::fits(model, &request, &session.id)?;
    let reply = chat.ask(request).await?;
    Ok(match apply(&reply, lexicon, session, &mut flags, &shown) {
        Ok(struck) => FlagOutcome { flags, unusable: None, struck },
        Err(reason) => FlagOutcome { flags, unusable: Some(reason), struck: 0 },
    })
}

/// Applies a readable reply; an unreadable one changes nothing.
fn apply(
    reply: &Reply,
    lexicon: &Lexicon,
    session: &Session,
    flags: &mut Vec<Flag>,
    shown: &[usize],
) -> Result<u32, Unusable> {
    let reply = reply::flags(reply)?;
    for verdict in &reply.verdicts {
        let candidate = turn_number(Some(verdict.candidate)).and_then(|n| shown.get(n as usize - 1));
        if let Some(flag) = candidate.and_then(|index| flags.get_mut(*index)) {
            flag.judge = if verdict.confirmed { FlagVerdict::Confirmed } else { FlagVerdict::Rejected };
            if verdict.confirmed {
                reclassify(flag, verdict, lexicon);
            }
        }
    }
    let mut struck = 0;
    for claim in &reply.added {
        match added(claim, lexicon, session) {
            Some(flag)
                if flags.iter().any(|f| f.category == flag.category && f.span.overlaps(&flag.span)) => {}
            Some(flag) => flags.push(flag),
            None => struck += 1,
        }
    }
    flags.sort_by(|a, b| (a.span, &a.category).cmp(&(b.span, &b.category)));
    context(session, lexicon, flags);
    Ok(struck)
}

/// Replaces the category and severity of a confirmed phrase by the judge's; the lexicon's are kept beside them. A
/// category that the lexicon does not know replaces nothing.
fn reclassify(flag: &mut Flag, verdict: &reply::VerdictClaim, lexicon: &Lexicon) {
    let known = |id: &&String| lexicon.spec().categories.iter().any(|category| category.id == **id);
    let category = verdict.category.as_ref().filter(known).unwrap_or(&flag.category).clone();
    let severity = verdict.severity.unwrap_or(flag.severity);
    if category != flag.category || severity != flag.severity {
        let before =
            FoundAs { category: std::mem::replace(&mut flag.category, category), severity: flag.severity };
        flag.severity = severity;
        flag.found_as = Some(before);
    }
}

/// A flag for a phrase that the judge added; `None` unless it occurs word for word in a counselor turn.
fn added(claim: &reply::AddedClaim, lexicon: &Lexicon, session: &Session) -> Option<Flag> {
    let turn = session.turn(turn_number(claim.turn)?).filter(|turn| turn.is_counted_counselor())?;
    let category = lexicon.spec().categories.iter().find(|c| c.id == claim.category)?;
    let range = match verify(&claim.quote, &turn.text) {
        QuoteMatch::Exact { range } => range,
        // Such phrases are often shorter than a quote of evidence may be; here only the match matters.
        QuoteMatch::TooShort => {
            let words = claim.quote.trim();
            let start = turn.text.find(words).filter(|_| !words.is_empty())?;
            start..start + words.len()
        }
        QuoteMatch::Near { .. } | QuoteMatch::NotFound => return None,
    };
    Some(Flag {
        session: session.id.clone(),
        span: Span { turn: turn.number, start: range.start, end: range.end },
        speaker: turn.speaker,
        category: category.id.clone(),
        severity: claim.severity.unwrap_or_else(|| severity(category.severity)),
        detector: Detector::Judge,
        entry: None,
        suppressed_by: None,
        judge: FlagVerdict::Confirmed,
        status: ReviewStatus::Unreviewed,
        context: FlagContext::default(),
        found_as: None,
    })
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::{
        chat::{Capabilities, Decoding, Request, ScriptedChat},
        config::Route,
        domain::{CounselorAuthor, Turn, testing::recorded},
        text::lexicon::spec::LexiconSpec,
    };

    fn lexicon() -> Lexicon {
        let category = |id: &str| serde_json::json!({"id": id, "name": id, "severity": "low", "kind": "deceptive_empathy", "description": "d"});
        let spec: LexiconSpec = serde_json::from_value(serde_json::json!({
            "format": lexicon::FORMAT, "id": "l", "version": "1", "language": "en", "text_source": "own",
            "categories": [category("DE1"), category("DE3")],
            "entries": [
                {"id": "hear", "category": "DE1", "phrases": ["i hear you"]},
                {"id": "here", "category": "DE3", "phrases": ["i'm here"]},
            ],
            "context": {"disclosure": ["(sad|lonely)"], "self_identified": ["as an ai"]},
        }))
        .expect("a lexicon");
        Lexicon::compile(spec).expect("compiles")
    }

    fn session(turns: &[&str]) -> Session {
        let speakers = [Speaker::Client, Speaker::Counselor].into_iter().cycle();
        recorded(
            "s",
            CounselorAuthor::Ai,
            (1..).zip(speakers).zip(turns).map(|((n, s), text)| Turn::recorded(n, s, *text)),
        )
    }

    #[test]
    fn what_stood_before_a_flag_is_told_by_the_lexicons_lists() {
        let session = session(&[
            "I feel so lonely.",
            "I hear you.",
            "The bus was late.",
            "I hear you, as an AI. I'm here.",
            "So sad.",
            "I hear you.",
        ]);
        let found: Vec<(u32, Option<bool>, Option<bool>)> = scan(&session, &lexicon())
            .iter()
            .map(|f| {
                (f.span.turn, f.context.follows_emotional_disclosure, f.context.ai_self_identified_before)
            })
            .collect();
        let told = |turn, disclosed, identified| (turn, Some(disclosed), Some(identified));
        assert_eq!(
            found,
            [told(2, true, false), told(4, false, false), told(4, false, true), told(6, true, true)]
        );
        let mut spec = lexicon().spec().clone();
        spec.context = lexicon::spec::ContextSpec::default();
        let silent = Lexicon::compile(spec).expect("compiles");
        assert!(scan(&session, &silent).iter().all(|flag| flag.context == FlagContext::default()));
    }

    #[test]
    fn the_judge_confirms_rejects_renames_and_adds_what_stands_there() {
        let session = session(&["Hm.", "I hear you. I'm here. You can count on me for ever."]);
        let answer = r#"{"verdicts": [
            {"candidate": 1, "category": "DE3", "check": "", "confirmed": true, "severity": "high"},
            {"candidate": 2, "category": "DE9", "check": "", "confirmed": false, "severity": "grave"}],
            "added": [{"turn": 2, "category": "DE3", "quote": "You can count on me", "reason": "", "severity": "high"},
                {"turn": 2, "category": "DE3", "quote": "words that nobody said here", "reason": ""}]}"#;
        let chat = ScriptedChat(|_: &Request| Ok(Reply::text(answer)));
        let model = Model {
            id: "m".into(),
            route: Route::Baseline { name: "judge".into() },
            decoding: Decoding::default(),
            capabilities: Capabilities::default(),
        };
        let (lexicon, template) = (lexicon(), "{{ transcript }}{{ candidates }}");
        let found = scan(&session, &lexicon);
        let outcome = block_on(check(&chat, template, &model, &lexicon, &session, found)).expect("answers");
        assert_eq!((outcome.unusable, outcome.struck), (None, 1));
        let told: Vec<(&str, Severity, FlagVerdict, Option<&str>)> = outcome
            .flags
            .iter()
            .map(|f| {
                (f.category.as_str(), f.severity, f.judge, f.found_as.as_ref().map(|w| w.category.as_str()))
            })
            .collect();
        assert_eq!(
            told,
            [
                ("DE3", Severity::High, FlagVerdict::Confirmed, Some("DE1")),
                ("DE3", Severity::Low, FlagVerdict::Rejected, None),
                ("DE3", Severity::High, FlagVerdict::Confirmed, None),
            ]
        );
    }
}
