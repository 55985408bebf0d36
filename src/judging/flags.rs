//! Owns flagging: the lexicon's candidates, found blind to who wrote a turn, and the judge's pass over them. Flags
//! never enter a score.

use super::{evidence::turn_number, prompt, reply};
use crate::{
    chat::{Chat, Failure, FailureKind, Reply},
    config::Model,
    domain::{
        Detector, Flag, JudgeVerdict, ReviewStatus, Session, Severity, Span, Speaker, Unusable, candidates,
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
                    judge: JudgeVerdict::NotAsked,
                    status: ReviewStatus::Unreviewed,
                });
            }
        }
    }
    flags
}

fn severity(severity: lexicon::spec::Severity) -> Severity {
    match severity {
        lexicon::spec::Severity::Info => Severity::Info,
        lexicon::spec::Severity::Low => Severity::Low,
        lexicon::spec::Severity::Medium => Severity::Medium,
        lexicon::spec::Severity::High => Severity::High,
    }
}

/// What the judge's pass over one session came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagOutcome {
    /// The flags with the judge's verdicts, and those it added.
    pub flags: Vec<Flag>,
    /// Why the pass could not be used; the lexicon's flags then stand unchecked.
    pub unusable: Option<Unusable>,
    /// Phrases the judge added whose words are not in the named turn: struck and counted.
    pub struck: u32,
}

/// Asks the judge to confirm, reject and add. Suppressed candidates are not shown: they do not count either way.
///
/// # Errors
/// The call failed; running again asks again.
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
            flag.judge = if verdict.confirmed { JudgeVerdict::Confirmed } else { JudgeVerdict::Rejected };
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
    Ok(struck)
}

/// A phrase the judge adds counts only when it stands word for word in a counselor turn.
fn added(claim: &reply::AddedClaim, lexicon: &Lexicon, session: &Session) -> Option<Flag> {
    let turn = session.turn(turn_number(claim.turn)?).filter(|turn| turn.is_counted_counselor())?;
    let category = lexicon.spec().categories.iter().find(|c| c.id == claim.category)?;
    let range = match verify(&claim.quote, &turn.text) {
        QuoteMatch::Exact { range } => range,
        // Phrases of this kind are often shorter than a quote of evidence may be; here only the words matter.
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
        severity: severity(category.severity),
        detector: Detector::Judge,
        entry: None,
        suppressed_by: None,
        judge: JudgeVerdict::Confirmed,
        status: ReviewStatus::Unreviewed,
    })
}
