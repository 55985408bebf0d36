//! Applies reviewers' decisions to the flags of a run, and finds their marks in its sessions. Decisions on another text
//! are counted and reported, never used.

use std::path::Path;

use super::{PipelineError, stored::Stored, study, write};
use crate::{
    analysis::{self, Findings, MarkInput},
    config::InputFile,
    dataset::review::{self, Mark, MarkPlace, Marked},
    domain::{Flag, RaterId, ReviewStatus, Reviewed, Session, SessionId, Span, review as matching},
    store::{RunDirectory, RunWriter, flag_review},
    text::lexicon::spec::LexiconSpec,
};

/// Name of the file for reviewers in a run directory.
pub(super) const FILE: &str = "flag-review.csv";

/// Beginning of the note on a review.
const NOTE: &str = "flag review:";

/// Reads a table of decisions.
pub(super) fn read_reviews(path: &Path) -> Result<(Vec<Reviewed>, InputFile), PipelineError> {
    let (text, input) = study::file(path, "flag review")?;
    let found = review::reviews(&path.display().to_string(), &text).map_err(PipelineError::Data)?;
    Ok((found, input))
}

/// Reads a table of marks.
pub(super) fn read_marks(path: &Path) -> Result<(Vec<Mark>, InputFile), PipelineError> {
    let (text, input) = study::file(path, "flag marks")?;
    let found = review::marks(&path.display().to_string(), &text).map_err(PipelineError::Data)?;
    Ok((found, input))
}

/// Applies decisions to flags; the note reports those without a matching flag.
pub(super) fn apply(flags: &mut [Flag], sessions: &[Session], reviews: &[Reviewed]) -> Option<String> {
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
    let stored = Stored::read(run)?;
    let spec: Option<FlagSpecOfRun> = stored.key(run, "flags")?;
    let categories = write::categories(spec.iter().flat_map(|spec| &spec.lexicons));
    let languages: Vec<&str> =
        spec.iter().flat_map(|spec| &spec.lexicons).map(|lexicon| lexicon.language.as_str()).collect();
    let unknown = |session: &&Session| !languages.contains(&session.provenance.language.as_str());
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
pub(super) fn marks(marks: &[Mark], sessions: &[Session]) -> (Vec<MarkInput>, Option<String>) {
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

fn place(session: &Session, marked: &Marked) -> Option<Span> {
    let turn = session.turn(marked.turn).filter(|turn| turn.is_counted_counselor())?;
    let (start, end) = match &marked.place {
        MarkPlace::Bytes(start, end) => (*start, *end),
        MarkPlace::Quote(words) => {
            let start = turn.text.find(words.as_str())?;
            (start, start + words.len())
        }
    };
    let span = Span { turn: turn.number, start, end };
    span.of(&turn.text).filter(|words| !words.is_empty()).map(|_| span)
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
