//! Applies reviewers' decisions to the flags of a run, and finds their marks in its sessions. Decisions on another text
//! are counted and reported, never used.

use std::{collections::BTreeSet, path::Path};

use super::{PipelineError, input_file, stored::StoredRun};
use crate::{
    analysis::{self, Category, Findings, FlagKind, MarkInput},
    config::InputFile,
    dataset::{
        problem::lines,
        review::{self, MarkPlace, MarkedSpans, SpanMark},
        source::TableOptions,
    },
    domain::{
        Flag, FlagReview, RaterId, ReviewStatus, Session, SessionId, Severity, Span, of_language,
        review as matching,
    },
    store::{RunDirectory, RunWriter, flag_review},
    text::{
        lexicon::spec::{CategoryKind, Detection, EntrySeverity as LexiconSeverity, LexiconSpec},
        words::word_ranges,
    },
};

/// Name of the file for reviewers in a run directory.
pub(super) const FILE: &str = "flag-review.csv";

/// Beginning of the note on a review.
const NOTE: &str = "flag review:";

/// Reads a table of decisions.
pub(super) fn read_reviews(path: &Path) -> Result<(Vec<FlagReview>, InputFile), PipelineError> {
    let (text, input) = input_file::table(path, "flag review", &TableOptions::default())?;
    let found = review::reviews(&path.display().to_string(), &text).map_err(PipelineError::Data)?;
    Ok((found, input))
}

/// Reads a table of marks.
pub(super) fn read_marks(path: &Path) -> Result<(Vec<SpanMark>, InputFile), PipelineError> {
    let (text, input) = input_file::table(path, "flag marks", &TableOptions::default())?;
    let found = review::marks(&path.display().to_string(), &text).map_err(PipelineError::Data)?;
    Ok((found, input))
}

/// Applies decisions to flags; the note reports those without a matching flag.
pub(super) fn apply(flags: &mut [Flag], sessions: &[Session], reviews: &[FlagReview]) -> Option<String> {
    let lost = matching::apply(flags, sessions, reviews);
    let (rows, belong) = if lost == 1 { ("row", "belongs") } else { ("rows", "belong") };
    (lost > 0).then(|| {
        format!(
            "{NOTE} {lost} {rows} {belong} to a text or a flag that is not in this run and changed nothing"
        )
    })
}

/// Applies decisions to the flags of a stored run, and recomputes its findings on flags.
pub(super) fn into_findings(
    run: &RunDirectory,
    path: &Path,
    sessions: &[Session],
    flags: &mut [Flag],
    findings: &mut Findings,
) -> Result<(), PipelineError> {
    let (reviews, _) = read_reviews(path)?;
    findings.notes.retain(|note| !note.starts_with(NOTE));
    findings.notes.extend(apply(flags, sessions, &reviews));
    let stored = StoredRun::read(run)?;
    let spec: Option<FlagSpecOfRun> = stored.key(run, "flags")?;
    let categories = categories(spec.iter().flat_map(|spec| &spec.lexicons));
    let lexicons = spec.as_ref().map_or(&[][..], |spec| &spec.lexicons);
    let unknown = |session: &&Session| {
        of_language(lexicons, |lexicon| &lexicon.language, &session.provenance.language).is_none()
    };
    let undefined: Vec<SessionId> =
        sessions.iter().filter(unknown).map(|session| session.id.clone()).collect();
    let judges = stored.judge_inputs();
    let judge = spec.as_ref().and_then(|spec| spec.judge.as_ref());
    let mut inputs = stored.inputs(&judges);
    inputs.flags = flags;
    inputs.flags_enabled = spec.is_some();
    inputs.flag_judge = judge;
    inputs.flag_judge_scripted =
        judge.is_some_and(|judge| findings.judges.iter().any(|own| own.id == judge.as_str() && own.baseline));
    inputs.flags_undefined = &undefined;
    inputs.categories = &categories;
    inputs.bootstrap = stored.bootstrap(run)?;
    analysis::renew_flags(findings, &inputs);
    Ok(())
}

/// The flag settings in a stored run's manifest.
#[derive(Debug, serde::Deserialize)]
pub(super) struct FlagSpecOfRun {
    lexicons: Vec<LexiconSpec>,
    judge: Option<RaterId>,
}

/// Marks in the sessions of a run; the note reports those of another text.
pub(super) fn marks(marks: &[SpanMark], sessions: &[Session]) -> (Vec<MarkInput>, Option<String>) {
    let mut found = Vec::new();
    let mut lost = 0usize;
    for mark in marks {
        let session = sessions.iter().find(|session| session.id == mark.session);
        let same = session.filter(|s| mark.text_digest.is_none_or(|digest| digest == s.text_digest()));
        let input = same.and_then(|session| {
            let placed = match &mark.found {
                Some(marked) => Some((place(session, marked)?, marked.category.clone())),
                None => None,
            };
            Some(MarkInput { session: session.id.clone(), found: placed })
        });
        match input {
            Some(input) => found.push(input),
            None => lost += 1,
        }
    }
    let rows = if lost == 1 { "row" } else { "rows" };
    let note = (lost > 0).then(|| {
        format!("flag marks: {lost} {rows} of sessions, turns or words that are not in this run, left out")
    });
    (found, note)
}

fn place(session: &Session, marked: &MarkedSpans) -> Option<Span> {
    let turn = session.turn(marked.turn).filter(|turn| turn.is_counted_counselor())?;
    let (start, end) = match &marked.place {
        MarkPlace::Bytes(start, end) => (*start, *end),
        MarkPlace::Quote(words, near) => quoted(&turn.text, words, *near)?,
    };
    let span = Span { turn: turn.number, start, end };
    span.of(&turn.text).filter(|words| !words.is_empty()).map(|_| span)
}

/// Where a quote stands: at its place, counted in bytes, characters or the units of UTF-16, else for the first time.
fn quoted(text: &str, words: &str, near: Option<(usize, usize)>) -> Option<(usize, usize)> {
    let covers = |(start, end): &(usize, usize)| text.get(*start..*end) == Some(words);
    let placed = near.and_then(|(start, end)| {
        let counted =
            |unit: fn(char) -> usize| Some((byte_of(text, start, unit)?, byte_of(text, end, unit)?));
        [Some((start, end)), counted(|_| 1), counted(char::len_utf16)].into_iter().flatten().find(covers)
    });
    placed.or_else(|| text.find(words).map(|start| (start, start + words.len())))
}

/// The byte at an offset that is counted in another unit; none if the offset is past the end or inside a character.
fn byte_of(text: &str, offset: usize, unit: fn(char) -> usize) -> Option<usize> {
    let mut counted = 0;
    let starts = text.char_indices().map(|(at, c)| {
        let before = counted;
        counted += unit(c);
        (at, before)
    });
    let starts: Vec<(usize, usize)> = starts.collect();
    let end = (text.len(), counted);
    starts.into_iter().chain([end]).find(|(_, before)| *before == offset).map(|(at, _)| at)
}

/// A note on marks that begin or end inside a word, which happens when an annotation tool counts characters.
pub(super) fn cut_words<'s>(
    marks: &[SpanMark],
    sessions: impl Iterator<Item = &'s Session>,
) -> Option<String> {
    let mut at = BTreeSet::new();
    let (mut cut, mut in_characters) = (0usize, 0usize);
    for session in sessions {
        for mark in marks.iter().filter(|mark| mark.session == session.id) {
            let Some(marked) = &mark.found else { continue };
            let (MarkPlace::Bytes(start, end), Some(turn)) = (&marked.place, session.turn(marked.turn))
            else {
                continue;
            };
            if !cuts_a_word(&turn.text, *start, *end) {
                continue;
            }
            cut += 1;
            at.insert(mark.line);
            let as_characters = byte_of(&turn.text, *start, |_| 1).zip(byte_of(&turn.text, *end, |_| 1));
            in_characters += usize::from(as_characters.is_some_and(|(s, e)| !cuts_a_word(&turn.text, s, e)));
        }
    }
    let at: Vec<usize> = at.into_iter().collect();
    (cut > 0).then(|| {
        format!(
            "flag marks: {cut} begin or end inside a word ({}), {in_characters} of them not if `start` and `end` count \
             characters; they are read as UTF-8 bytes. Add a column `quote` with the marked words, which finds them in \
             either unit",
            lines(&at)
        )
    })
}

/// True if a range begins or ends between two letters of a word, or inside a character.
fn cuts_a_word(text: &str, start: usize, end: usize) -> bool {
    let inside = |at: usize| word_ranges(text).any(|word| word.start < at && at < word.end);
    let whole = |at: usize| text.is_char_boundary(at);
    start < end && end <= text.len() && (!whole(start) || !whole(end) || inside(start) || inside(end))
}

/// Writes the table for reviewers. A table that already contains a decision is not overwritten, unless that decision
/// was applied to this run (`flags.review`) and is therefore in the new table too.
pub(super) fn write(writer: &RunWriter, flags: &[Flag], sessions: &[Session]) -> Result<(), PipelineError> {
    let bytes = flag_review::encode(flags, sessions);
    if let Ok(before) = writer.directory().read(FILE)
        && loses_words(&before, &bytes)
    {
        return Ok(());
    }
    Ok(writer.write(FILE, &bytes)?)
}

/// True if the old table has a decision that the new one lacks. An unreadable table counts as one with decisions.
fn loses_words(before: &[u8], after: &[u8]) -> bool {
    let read = |bytes: &[u8]| review::reviews(FILE, &String::from_utf8_lossy(bytes));
    let (Ok(before), Ok(after)) = (read(before), read(after)) else { return true };
    before.iter().any(|row| row.status != ReviewStatus::Unreviewed && !after.contains(row))
}

/// The categories of all lexicons together; if several lexicons list a category, the first is used.
pub(super) fn categories<'l>(lexicons: impl Iterator<Item = &'l LexiconSpec>) -> Vec<Category> {
    let mut found: Vec<Category> = Vec::new();
    for category in lexicons.flat_map(|spec| spec.categories.iter()) {
        if found.iter().any(|known| known.id == category.id) {
            continue;
        }
        found.push(Category {
            id: category.id.clone(),
            name: category.name.clone(),
            kind: match category.kind {
                CategoryKind::DeceptiveEmpathy => FlagKind::DeceptiveEmpathy,
                CategoryKind::FormulaicWarmth => FlagKind::FormulaicWarmth,
                CategoryKind::OverValidation => FlagKind::OverValidation,
            },
            severity: match category.severity {
                LexiconSeverity::Info => Severity::Info,
                LexiconSeverity::Low => Severity::Low,
                LexiconSeverity::Medium => Severity::Medium,
                LexiconSeverity::High => Severity::High,
            },
            needs_judge: category.detection != Detection::Lexicon,
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CounselorAuthor, Speaker, Turn, testing::recorded};

    #[test]
    fn a_quote_is_found_at_its_place_in_whatever_unit_that_is_counted() {
        let text = "Jos\u{e9} \u{1f600} sorry, so sorry";
        for (near, expected) in [
            (None, 11..16),
            (Some((21, 26)), 21..26),
            (Some((17, 22)), 21..26),
            (Some((18, 23)), 21..26),
            (Some((0, 5)), 11..16),
        ] {
            assert_eq!(quoted(text, "sorry", near), Some((expected.start, expected.end)), "{near:?}");
        }
        assert_eq!(quoted(text, "absent", Some((0, 6))), None);
    }

    #[test]
    fn marks_that_cut_words_are_told() {
        let turn = |number, speaker, text: &str| Turn::recorded(number, speaker, text.to_owned());
        let turns = [turn(1, Speaker::Client, "sad"), turn(2, Speaker::Counselor, "Jos\u{e9}, I hear you")];
        let session = recorded("s", CounselorAuthor::Ai, turns);
        let mark = |line: usize, start: usize, end: usize| SpanMark {
            line,
            session: session.id.clone(),
            text_digest: None,
            found: Some(MarkedSpans { turn: 2, category: "DE1".into(), place: MarkPlace::Bytes(start, end) }),
        };
        // In characters, "hear you" is 8 to 16.
        let said = cut_words(&[mark(2, 9, 17), mark(3, 8, 16)], std::iter::once(&session)).expect("a note");
        assert!(
            said.starts_with("flag marks: 1 begin or end inside a word (line 3), 1 of them not if"),
            "{said}"
        );
        assert_eq!(cut_words(&[mark(2, 9, 17)], std::iter::once(&session)), None);
    }
}
