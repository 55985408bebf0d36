//! The transcripts: sessions grouped by recorded session with arms side by side and, for every item, the judge's score
//! with its evidence beside the clinicians' scores.

use std::collections::BTreeMap;
use std::io::Write;

use minijinja::{Environment, context};
use serde::Serialize;

use crate::analysis::findings::{Findings, ItemFinding};
use crate::analysis::phrase;
use crate::domain::{
    AnswerGrade, Draw, Flag, Mode, Observation, ObservationKind, QuoteCheck, RaterKind, Rating,
    RatingOutcome, Session, ShownAs, Span, Speaker,
};
use crate::report::table::{ItemMark, spaced};
use crate::report::tables::{author, marks};
use crate::report::{ReportError, number};

use super::pages::{TranscriptPage, anchor};
use super::turns::{CitedQuote, TurnView, turns};
use crate::report::html::page::value;

/// One session.
#[derive(Debug, Serialize)]
struct SessionView<'s> {
    anchor: String,
    id: &'s str,
    arm: String,
    epoch: u32,
    author: &'static str,
    language: &'s str,
    synthetic: bool,
    flags: usize,
    turns: Vec<TurnView<'s>>,
    items: Vec<ItemCard<'s>>,
}

/// One item of one session.
#[derive(Debug, Serialize)]
struct ItemCard<'s> {
    name: &'s str,
    marks: Vec<ItemMark>,
    clinicians: Vec<String>,
    judges: Vec<JudgeView<'s>>,
}

/// One judge's rating of one item with everything it cites.
#[derive(Debug, Serialize)]
struct JudgeView<'s> {
    judge: &'s str,
    baseline: bool,
    score: String,
    spread: String,
    observations: Vec<ObservationView<'s>>,
    draws: Vec<DrawView<'s>>,
}

#[derive(Debug, Serialize)]
struct DrawView<'s> {
    number: u32,
    score: String,
    quotes: String,
    reasoning: &'s str,
}

/// One observation, shown once however many draws repeat it.
#[derive(Debug, Serialize)]
struct ObservationView<'s> {
    /// Anchor of the quoted words; empty if nothing is quoted.
    evidence: String,
    kind: &'static str,
    note: &'s str,
    quote: Option<&'s str>,
    place: String,
    check: String,
    draws: Vec<u32>,
}

/// Writes the transcripts of a page as escaped HTML, source by source.
pub(super) fn write(
    env: &Environment<'_>,
    material: &Material<'_>,
    page: &TranscriptPage<'_>,
    out: &mut dyn Write,
) -> Result<(), ReportError> {
    let template = env.get_template("source.html")?;
    let mut numbers = page.first..;
    for (source, own) in &page.sources {
        let views: Vec<SessionView<'_>> =
            own.iter().zip(&mut numbers).map(|(session, number)| material.view(session, number)).collect();
        let count = phrase::count(views.len(), "session");
        let html = template.render(context! { source => *source, count, sessions => value(&views) })?;
        out.write_all(html.as_bytes())?;
    }
    Ok(())
}

/// Ratings, flags and grades by session.
#[derive(Debug)]
pub(super) struct Material<'a> {
    findings: &'a Findings,
    ratings: BTreeMap<&'a str, Vec<&'a Rating>>,
    flags: BTreeMap<&'a str, Vec<&'a Flag>>,
    grades: BTreeMap<&'a str, Vec<&'a AnswerGrade>>,
}

/// An arm's label, with a visible mark if a model wrote the client's turns.
fn watermarked(session: &Session, arm: String) -> String {
    if session.mode == Some(Mode::SimulatedClient) {
        format!("SIMULATED CLIENT (a model wrote the client's turns; in no comparison): {arm}")
    } else {
        arm
    }
}

impl<'a> Material<'a> {
    pub(super) fn new(findings: &'a Findings, ratings: &'a [Rating], flags: &'a [Flag]) -> Self {
        let mut by_session: BTreeMap<&str, Vec<&Rating>> = BTreeMap::new();
        for rating in ratings {
            by_session.entry(rating.session.as_str()).or_default().push(rating);
        }
        for own in by_session.values_mut() {
            own.sort_by_key(|rating| rating.rater.as_str());
        }
        let mut flagged: BTreeMap<&str, Vec<&Flag>> = BTreeMap::new();
        for flag in flags {
            flagged.entry(flag.session.as_str()).or_default().push(flag);
        }
        for own in flagged.values_mut() {
            own.sort_by_key(|flag| (flag.span, flag.category.as_str()));
        }
        let mut grades: BTreeMap<&str, Vec<&AnswerGrade>> = BTreeMap::new();
        let all = findings.coherence.iter().flat_map(|found| &found.grades);
        for grade in all.filter(|grade| grade.shown == ShownAs::Next) {
            grades.entry(grade.session.as_str()).or_default().push(grade);
        }
        Self { findings, ratings: by_session, flags: flagged, grades }
    }

    fn view(&self, session: &'a Session, number: usize) -> SessionView<'a> {
        let anchor = anchor(number);
        let own = self.ratings.get(session.id.as_str()).map_or(&[][..], Vec::as_slice);
        let flags = self.flags.get(session.id.as_str()).map_or(&[][..], Vec::as_slice);
        let grades = self.grades.get(session.id.as_str()).map_or(&[][..], Vec::as_slice);
        let mut cited = Vec::new();
        let items: Vec<ItemCard<'_>> = self
            .findings
            .items
            .iter()
            .filter_map(|item| self.item(session, item, own, &anchor, &mut cited))
            .collect();
        let arm = session.arm.to_string();
        let label = self.findings.arms.iter().find(|a| a.id == arm).map(|a| a.label.clone());
        SessionView {
            id: session.id.as_str(),
            arm: watermarked(session, label.unwrap_or(arm)),
            epoch: session.epoch,
            author: author(session.counselor.into()),
            language: &session.provenance.language,
            synthetic: session.provenance.synthetic,
            flags: flags.iter().filter(|flag| flag.counts()).count(),
            turns: turns(self.findings, session, flags, grades, &cited, &anchor),
            items,
            anchor,
        }
    }

    fn item(
        &self,
        session: &Session,
        item: &'a ItemFinding,
        own: &[&'a Rating],
        anchor: &str,
        cited: &mut Vec<CitedQuote>,
    ) -> Option<ItemCard<'a>> {
        let rated: Vec<&Rating> = own.iter().copied().filter(|r| r.item.as_str() == item.id).collect();
        let of_kind = |kind: RaterKind| rated.iter().copied().filter(move |r| r.kind == kind);
        let clinicians: Vec<String> = of_kind(RaterKind::Clinician)
            .map(|r| format!("{} {}{}", r.rater, outcome(&r.outcome), self.stale(session, r)))
            .collect();
        let judges: Vec<JudgeView<'_>> =
            of_kind(RaterKind::Judge).map(|rating| self.judge(session, rating, anchor, cited)).collect();
        (!rated.is_empty()).then(|| ItemCard { name: &item.name, marks: marks(item), clinicians, judges })
    }

    fn judge(
        &self,
        session: &Session,
        rating: &'a Rating,
        anchor: &str,
        cited: &mut Vec<CitedQuote>,
    ) -> JudgeView<'a> {
        let judge = rating.rater.as_str();
        JudgeView {
            judge,
            baseline: self.findings.judges.iter().any(|j| j.id == judge && j.baseline),
            score: format!("{}{}", outcome(&rating.outcome), self.stale(session, rating)),
            spread: spread(rating),
            observations: observations(rating, anchor, cited),
            draws: rating.draws.iter().map(draw).collect(),
        }
    }

    /// Words after a score that was not used because it belongs to another text.
    fn stale(&self, session: &Session, rating: &Rating) -> &'static str {
        let listed = self.findings.excluded.stale.iter();
        let mut listed =
            listed.filter(|s| s.session == rating.session.as_str() && s.rater == rating.rater.as_str());
        let another = listed.next().is_some() && rating.text_digest != Some(session.text_digest());
        if another { " (stale, excluded)" } else { "" }
    }
}

/// A score, or words for the reason there is none.
fn outcome(outcome: &RatingOutcome) -> String {
    match outcome {
        RatingOutcome::Scored { score } => number::shortest(score.value()),
        RatingOutcome::NotAssessable { reason } => format!("not assessable: {reason}"),
        RatingOutcome::Unusable { reason } => format!("unusable: {}", spaced(reason.word())),
        RatingOutcome::NotApplicable { reason } => format!("not applicable: {}", spaced(reason)),
        RatingOutcome::Missing => "missing".to_owned(),
    }
}

fn spread(rating: &Rating) -> String {
    let Some(fold) = &rating.fold else { return String::new() };
    let mut words = vec![format!("{} of {} scored", fold.scored, phrase::count(rating.draws.len(), "draw"))];
    if fold.not_assessable > 0 {
        words.push(format!("{} not assessable", fold.not_assessable));
    }
    if fold.unusable > 0 {
        words.push(format!("{} unusable", fold.unusable));
    }
    if let Some((low, high)) = fold.range.filter(|_| fold.scored > 1) {
        words.push(format!("from {} to {}", number::shortest(low), number::shortest(high)));
    }
    words.join(", ")
}

fn draw(draw: &Draw) -> DrawView<'_> {
    let lost = draw.quotes_cited.saturating_sub(draw.quotes_verified + draw.quotes_near);
    let again = if draw.reasked { "; asked again because no quote was found" } else { "" };
    DrawView {
        number: draw.number,
        score: outcome(&draw.outcome),
        quotes: format!(
            "{} cited: {} word for word, {} nearly, {lost} not found and struck{again}",
            phrase::count(draw.quotes_cited as usize, "quote"),
            draw.quotes_verified,
            draw.quotes_near
        ),
        reasoning: &draw.reasoning,
    }
}

/// Observations of all draws without repetitions, each with the draws that made it.
fn observations<'a>(
    rating: &'a Rating,
    anchor: &str,
    cited: &mut Vec<CitedQuote>,
) -> Vec<ObservationView<'a>> {
    let mut seen: Vec<(&Observation, Vec<u32>)> = Vec::new();
    for draw in &rating.draws {
        for observation in &draw.observations {
            match seen.iter_mut().find(|(known, _)| *known == observation) {
                Some((_, draws)) => draws.push(draw.number),
                None => seen.push((observation, vec![draw.number])),
            }
        }
    }
    seen.into_iter()
        .map(|(observation, draws)| {
            let evidence = span(observation).map(|span| {
                let id = format!("{anchor}e{}", cited.len() + 1);
                let negative = observation.kind == ObservationKind::Negative;
                cited.push(CitedQuote { id: id.clone(), span, negative });
                id
            });
            ObservationView {
                evidence: evidence.unwrap_or_default(),
                kind: kind(observation.kind),
                note: &observation.note,
                quote: observation.quote.as_deref().filter(|_| observation.check.holds()),
                place: place(observation),
                check: check(observation),
                draws,
            }
        })
        .collect()
}

fn span(observation: &Observation) -> Option<Span> {
    match observation.check {
        QuoteCheck::Verified { span } | QuoteCheck::Near { span, .. } => Some(span),
        _ => None,
    }
}

fn kind(kind: ObservationKind) -> &'static str {
    match kind {
        ObservationKind::Positive => "for",
        ObservationKind::Negative => "against",
        ObservationKind::Absent => "absent",
    }
}

fn place(observation: &Observation) -> String {
    let speaker = observation.speaker.map(|s: Speaker| format!(", {}", s.label())).unwrap_or_default();
    match observation.turns {
        (first, last) if first == last => format!("turn {first}{speaker}"),
        (first, last) => format!("turns {first} to {last}{speaker}"),
    }
}

fn check(observation: &Observation) -> String {
    match observation.check {
        QuoteCheck::Verified { .. } | QuoteCheck::NotNeeded => String::new(),
        QuoteCheck::Near { similarity, .. } => {
            format!("found with small differences (similarity {})", phrase::decimals(similarity, 2))
        }
        QuoteCheck::TooShort => "quote struck: too short to be checked".to_owned(),
        QuoteCheck::NotFound => "quote struck: not in the transcript".to_owned(),
        QuoteCheck::WrongTurn => "quote struck: not in the named turn".to_owned(),
    }
}
