//! One turn on the page: its text in pieces, with flags and evidence marked in place.

use serde::Serialize;

use crate::analysis::Findings;
use crate::analysis::findings::UnheardFact;
use crate::domain::{
    AnswerGrade, CounselorAuthor, Detector, Flag, FlagVerdict, GradeResult, ReviewStatus, Session, Span,
    Speaker, Turn, TurnOutcome, TurnRole, coherence::BEST_GRADE,
};

use crate::report::table::spaced;
use crate::report::tables::severity_words;

use super::segments::{Segment, segments};
use crate::analysis::{FlagKind, findings::FlagRate};

/// Words that a judge quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CitedQuote {
    /// Anchor, unique on the page.
    pub(super) id: String,
    /// Position of the words.
    pub(super) span: Span,
    /// True if quoted against a higher score.
    pub(super) negative: bool,
}

/// One turn.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct TurnView<'s> {
    anchor: String,
    number: u32,
    speaker: &'static str,
    client: bool,
    generated: bool,
    opening: bool,
    /// How it ended, if not normally; otherwise empty.
    ended: &'static str,
    /// Its grade as an answer to the counselor, if it was graded.
    answers: String,
    pub(super) pieces: Vec<TextSegment<'s>>,
    /// Number of flags and quotes whose position does not exist in this text.
    lost: usize,
}

/// A piece of text with everything that covers it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct TextSegment<'s> {
    pub(super) text: &'s str,
    /// CSS class; empty for plain text.
    pub(super) class: String,
    /// Ids of the evidence that covers it, separated by spaces.
    pub(super) evidence: String,
    /// Ids of the evidence that begins here: link targets.
    anchors: Vec<String>,
    title: String,
    /// Flags that end here.
    pub(super) tags: Vec<Tag>,
}

/// A flag's label, at its end.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Tag {
    pub(super) text: String,
    title: String,
    /// Additional CSS class: `off` for suppressed or rejected flags, `fact` for facts not mentioned before.
    look: &'static str,
}

/// A flag with its words.
struct MarkedText {
    span: Span,
    class: &'static str,
    text: String,
    title: String,
    look: &'static str,
}

/// The turns of a session. `anchor` is the session's own; `grades` are those of adjacent turns.
pub(super) fn turns<'s>(
    findings: &Findings,
    session: &'s Session,
    flags: &[&Flag],
    grades: &[&AnswerGrade],
    cited: &[CitedQuote],
    anchor: &str,
) -> Vec<TurnView<'s>> {
    let unheard = findings.grounding.iter().flat_map(|found| found.of(session.id.as_str()));
    let marked: Vec<MarkedText> =
        flags.iter().map(|flag| marked(findings, session, flag)).chain(unheard.map(not_heard)).collect();
    let view = |turn: &'s Turn| {
        let answers = answers(grades, turn);
        TurnView { answers, ..turn_view(turn, &marked, cited, anchor) }
    };
    session.turns.iter().map(view).collect()
}

/// The grade of a client turn as the answer to the counselor's turn before it.
fn answers(grades: &[&AnswerGrade], turn: &Turn) -> String {
    let own = grades.iter().find(|grade| grade.client_turn == turn.number);
    own.map_or(String::new(), |found| match found.graded {
        GradeResult::Grade { grade } => {
            format!("answers turn {}: {grade} of {BEST_GRADE} (graded by a program)", found.counselor_turn)
        }
        GradeResult::Unreadable => "whether it answers is unknown: the grade could not be read".to_owned(),
        GradeResult::CallFailed => "whether it answers is unknown: the call failed".to_owned(),
    })
}

fn turn_view<'s>(turn: &'s Turn, marked: &[MarkedText], cited: &[CitedQuote], anchor: &str) -> TurnView<'s> {
    let flags: Vec<&MarkedText> = marked.iter().filter(|m| m.span.turn == turn.number).collect();
    let quotes: Vec<&CitedQuote> = cited.iter().filter(|c| c.span.turn == turn.number).collect();
    let spans = flags.iter().map(|m| m.span).chain(quotes.iter().map(|c| c.span));
    let ranges: Vec<(usize, usize)> = spans.map(|span| (span.start, span.end)).collect();
    // Spans refer to the recorded text. A turn without words shows other words, to which no span refers.
    let (found, lost) = if turn.shown() == turn.text {
        segments(&turn.text, &ranges)
    } else {
        (segments(turn.shown(), &[]).0, (0..ranges.len()).collect())
    };
    TurnView {
        anchor: format!("{anchor}t{}", turn.number),
        number: turn.number,
        speaker: turn.speaker.label(),
        client: turn.speaker == Speaker::Client,
        generated: turn.generated,
        opening: turn.place == TurnRole::Opening,
        ended: ended(turn.outcome),
        answers: String::new(),
        pieces: found.iter().map(|segment| piece(segment, &flags, &quotes)).collect(),
        lost: lost.len(),
    }
}

/// Ranges with an index below `flags.len()` are flags, the others quotes.
fn piece<'s>(segment: &Segment<'s>, flags: &[&MarkedText], quotes: &[&CitedQuote]) -> TextSegment<'s> {
    let quote = |i: &usize| i.checked_sub(flags.len()).and_then(|i| quotes.get(i)).copied();
    let flag = |i: &usize| flags.get(*i).copied();
    let covering: Vec<&CitedQuote> = segment.covered.iter().filter_map(quote).collect();
    let mut classes: Vec<&str> = segment.covered.iter().filter_map(flag).map(|m| m.class).collect();
    if !covering.is_empty() {
        classes.push("ev");
        classes.push(if covering.iter().all(|c| c.negative) { "against" } else { "for" });
    }
    classes.dedup();
    let titles: Vec<&str> = segment.covered.iter().filter_map(flag).map(|m| m.title.as_str()).collect();
    TextSegment {
        text: segment.text,
        class: classes.join(" "),
        evidence: covering.iter().map(|c| c.id.as_str()).collect::<Vec<_>>().join(" "),
        anchors: segment.opens.iter().filter_map(quote).map(|c| c.id.clone()).collect(),
        title: titles.join("; "),
        tags: segment
            .closes
            .iter()
            .filter_map(flag)
            .map(|m| Tag { text: m.text.clone(), title: m.title.clone(), look: m.look })
            .collect(),
    }
}

fn marked(findings: &Findings, session: &Session, flag: &Flag) -> MarkedText {
    let human = flag.speaker == Speaker::Client || session.counselor == CounselorAuthor::Human;
    let rate = category(findings, &flag.category);
    let status = status(flag);
    let name = rate.map_or_else(|| spaced(&flag.category), |rate| rate.label.clone());
    let detector = match flag.detector {
        Detector::Lexicon => "lexicon",
        Detector::Judge => "added by the judge",
    };
    MarkedText {
        span: flag.span,
        class: match (flag.counts(), rate.map(|rate| rate.kind.word())) {
            (false, _) => "fl off",
            (true, Some("deceptive_empathy")) => "fl de",
            (true, _) => "fl other",
        },
        text: format!("{}, {status}", spoken(rate, &flag.category, human)),
        title: format!("{name}: {}, {detector}, {status}", severity_words(Some(flag.severity))),
        look: if flag.counts() { "" } else { "off" },
    }
}

/// A fact that the counselor could not know, by rule.
fn not_heard(fact: &UnheardFact) -> MarkedText {
    let kind = &fact.kind;
    MarkedText {
        span: fact.span,
        class: "unheard",
        text: format!("not heard before: {kind} (proxy)"),
        title: format!("grounding check: a {kind} that occurs nowhere earlier, by rule; read the turn"),
        look: "fact",
    }
}

/// Status of a flag: suppressed by a rule, the judge's decision, a reviewer's decision.
fn status(flag: &Flag) -> String {
    let suppressed = flag.suppressed_by.as_ref().map(|by| format!("suppressed ({})", spaced(by)));
    let judge = match flag.judge {
        FlagVerdict::Rejected => Some("rejected by the judge".to_owned()),
        FlagVerdict::Confirmed => Some("judge agrees".to_owned()),
        FlagVerdict::NotAsked => None,
    };
    let person = match flag.status {
        ReviewStatus::Confirmed => Some("confirmed by a person"),
        ReviewStatus::Rejected => Some("rejected by a person"),
        // Flags that a rule suppressed need no review.
        ReviewStatus::Unreviewed => flag.suppressed_by.is_none().then_some("unreviewed"),
    };
    let words: Vec<String> = suppressed.into_iter().chain(judge).chain(person.map(str::to_owned)).collect();
    words.join(", ")
}

fn ended(outcome: TurnOutcome) -> &'static str {
    match outcome {
        TurnOutcome::Spoken => "",
        TurnOutcome::Refusal => "refusal",
        TurnOutcome::ContentFilter => "stopped by the provider's filter",
        TurnOutcome::Truncated => "cut by the token limit",
        TurnOutcome::Empty => "empty reply",
    }
}

/// Name and axis of a category for this arm's author; `None` if flags were not analyzed.
pub(super) fn category<'f>(findings: &'f Findings, category: &str) -> Option<&'f FlagRate> {
    findings.flags.rates.iter().find(|rate| rate.category == category)
}
/// Label at the end of a flag in a transcript: the category as worded for its author.
pub(super) fn spoken(rate: Option<&FlagRate>, category: &str, human: bool) -> String {
    let deceptive = rate.is_some_and(|rate| rate.kind == FlagKind::DeceptiveEmpathy);
    if deceptive && human { "relational phrase".to_owned() } else { spaced(category) }
}
