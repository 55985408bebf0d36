//! The JSONL files of a run: a first line that names the format, then one record per line, sorted by id, so that
//! the same records always give the same bytes.

use std::io::{self, Write};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    StoreError,
    format::{ETHICS, FLAGS, FileHeader, Format, RATINGS, SESSIONS},
};
use crate::domain::{Assessment, Digest, Flag, Rating, Session};

/// Writes `sessions.jsonl`.
///
/// # Errors
/// Writing to `out` failed.
pub fn write_sessions<'s>(
    sessions: impl IntoIterator<Item = &'s Session>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut sorted: Vec<&Session> = sessions.into_iter().collect();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    let lines = sorted.into_iter().map(|session| SessionLine { text_digest: session.text_digest(), session });
    write(SESSIONS, lines, out)
}

/// A session with the digest that binds ratings to it.
#[derive(Serialize)]
struct SessionLine<'s> {
    #[serde(flatten)]
    session: &'s Session,
    text_digest: Digest,
}

/// Reads `sessions.jsonl`.
///
/// # Errors
/// The format differs, or a line is not a session.
pub fn decode_sessions(bytes: &[u8]) -> Result<Vec<Session>, StoreError> {
    decode(SESSIONS, "sessions.jsonl", "a session", bytes)
}

/// Name of the file with the sessions of counterfactual variants.
pub const VARIANT_SESSIONS: &str = "variant-sessions.jsonl";

/// Reads `variant-sessions.jsonl`.
///
/// # Errors
/// The format differs, or a line is not a session.
pub fn decode_variant_sessions(bytes: &[u8]) -> Result<Vec<Session>, StoreError> {
    decode(SESSIONS, VARIANT_SESSIONS, "a session", bytes)
}

/// Writes `flags.jsonl`.
///
/// # Errors
/// Writing to `out` failed.
pub fn write_flags<'f>(flags: impl IntoIterator<Item = &'f Flag>, out: &mut dyn Write) -> io::Result<()> {
    let mut sorted: Vec<&Flag> = flags.into_iter().collect();
    let key = |flag: &Flag| (flag.session.clone(), flag.span, flag.category.clone(), flag.detector);
    sorted.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| a.entry.cmp(&b.entry)));
    write(FLAGS, sorted, out)
}

/// Reads `flags.jsonl`.
///
/// # Errors
/// The format differs, or a line is not a flag.
pub fn decode_flags(bytes: &[u8]) -> Result<Vec<Flag>, StoreError> {
    decode(FLAGS, "flags.jsonl", "a flag", bytes)
}

/// Writes `ethics.jsonl`.
///
/// # Errors
/// Writing to `out` failed.
pub fn write_assessments<'a>(
    assessments: impl IntoIterator<Item = &'a Assessment>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut sorted: Vec<&Assessment> = assessments.into_iter().collect();
    sorted.sort_by_key(|one| one.key());
    write(ETHICS, sorted, out)
}

/// Reads `ethics.jsonl`.
///
/// # Errors
/// The format differs, or a line is not an assessment.
pub fn decode_assessments(bytes: &[u8]) -> Result<Vec<Assessment>, StoreError> {
    decode(ETHICS, "ethics.jsonl", "an assessment", bytes)
}

/// Writes `ratings.jsonl`: every rating with its draws and evidence.
///
/// # Errors
/// Writing to `out` failed.
pub fn write_ratings<'r>(
    ratings: impl IntoIterator<Item = &'r Rating>,
    out: &mut dyn Write,
) -> io::Result<()> {
    write(RATINGS, by_id(ratings), out)
}

/// Reads `ratings.jsonl`.
///
/// # Errors
/// The format differs, or a line is not a rating.
pub fn decode_ratings(bytes: &[u8]) -> Result<Vec<Rating>, StoreError> {
    decode(RATINGS, "ratings.jsonl", "a rating", bytes)
}

/// Ratings in the order used by every file: session, item, rater.
pub(super) fn by_id<'r>(ratings: impl IntoIterator<Item = &'r Rating>) -> Vec<&'r Rating> {
    let mut sorted: Vec<&Rating> = ratings.into_iter().collect();
    sorted.sort_by(|a, b| (&a.session, &a.item, &a.rater).cmp(&(&b.session, &b.item, &b.rater)));
    sorted
}

fn write<T: Serialize>(
    format: Format,
    records: impl IntoIterator<Item = T>,
    out: &mut dyn Write,
) -> io::Result<()> {
    line(&FileHeader { format: format.to_string() }, out)?;
    records.into_iter().try_for_each(|record| line(&record, out))
}

fn line(record: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, record)?;
    out.write_all(b"\n")
}

fn decode<T: DeserializeOwned>(
    format: Format,
    file: &str,
    expected: &'static str,
    bytes: &[u8],
) -> Result<Vec<T>, StoreError> {
    let mut lines = bytes.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty());
    // Only the position, because serde's message could quote transcript text.
    let bad = |index: usize, error: &serde_json::Error, expected| StoreError::BadLine {
        file: file.to_owned(),
        line: index + 1,
        column: error.column(),
        expected,
    };
    let header = match lines.next() {
        None => FileHeader { format: String::new() },
        Some((index, line)) => {
            serde_json::from_slice(line).map_err(|error| bad(index, &error, "a line naming the format"))?
        }
    };
    format.check(file, &header.format)?;
    lines
        .map(|(index, line)| serde_json::from_slice(line).map_err(|error| bad(index, &error, expected)))
        .collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::{
        Arm, CounselorAuthor, Detector, Digest, DrawFold, FlagVerdict, ItemId, RaterId, RaterKind,
        RatingOutcome, ReviewStatus, Scale, SessionId, Severity, Span, Speaker, Turn, testing,
    };

    pub(in crate::store) fn bytes(written: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Vec<u8> {
        let mut bytes = Vec::new();
        written(&mut bytes).expect("bytes in memory take every write");
        bytes
    }

    fn session(id: &str) -> Session {
        let mut session = testing::recorded(
            id,
            CounselorAuthor::Human,
            [Turn::recorded(1, Speaker::Client, "a line\nand \"another\" \u{2028} one")],
        );
        session.provenance.public = false;
        session
    }

    pub(in crate::store) fn rating(session: &str, rater: &str, score: Option<f64>) -> Rating {
        let scale = Scale { min: 0, max: 6 };
        Rating {
            session: SessionId::new(session).expect("id"),
            source: SessionId::new(session).expect("id"),
            arm: Arm::Original,
            epoch: 1,
            item: ItemId::new("agenda").expect("id"),
            rater: RaterId::new(rater).expect("id"),
            kind: RaterKind::Judge,
            outcome: match score {
                Some(score) => RatingOutcome::Scored { score: scale.score(score).expect("on the scale") },
                None => RatingOutcome::NotAssessable { reason: "no homework, \"yet\"".into() },
            },
            text_digest: Some(Digest::of_bytes(session.as_bytes())),
            synthetic: false,
            fold: Some(DrawFold {
                scored: 3,
                not_assessable: 0,
                unusable: 1,
                range: Some((1.0, 4.5)),
                sd: Some(0.1 + 0.2),
                expected: None,
            }),
            draws: Vec::new(),
        }
    }

    #[test]
    fn sessions_survive_the_file_and_their_order_does_not_matter() {
        let (a, b) = (session("402e12"), session("b"));
        let bytes = bytes(|out| write_sessions([&b, &a], out));
        assert_eq!(bytes, self::bytes(|out| write_sessions([&a, &b], out)));
        assert!(bytes.starts_with(b"{\"format\":\"corater-sessions/1\"}\n{\"id\":\"402e12\","));
        assert_eq!(decode_sessions(&bytes), Ok(vec![a, b]));
    }

    #[test]
    fn ratings_and_flags_survive_the_file() {
        let ratings = vec![rating("a", "J1", Some(0.1 + 0.2)), rating("a", "J2", None)];
        assert_eq!(decode_ratings(&bytes(|out| write_ratings(&ratings, out))), Ok(ratings));
        let flag = Flag {
            session: SessionId::new("a").expect("id"),
            span: Span { turn: 2, start: 0, end: 4 },
            speaker: Speaker::Counselor,
            category: "DE1".into(),
            severity: Severity::Low,
            detector: Detector::Lexicon,
            entry: Some("e".into()),
            suppressed_by: None,
            judge: FlagVerdict::NotAsked,
            status: ReviewStatus::Unreviewed,
            context: crate::domain::FlagContext::default(),
            found_as: None,
        };
        assert_eq!(decode_flags(&bytes(|out| write_flags([&flag], out))), Ok(vec![flag]));
        assert_eq!(decode_flags(&bytes(|out| write_flags([], out))), Ok(vec![]));
    }

    #[test]
    fn a_bad_line_is_named_without_quoting_it() {
        let text = "{\"format\":\"corater-sessions/1\"}\n\n{\"id\":\"s\",\"source\":\"secret words\"}\n";
        let error = decode_sessions(text.as_bytes()).expect_err("not a session");
        assert_eq!(error.to_string(), "sessions.jsonl, line 3, column 34: not a session");
        assert!(matches!(decode_sessions(b""), Err(StoreError::WrongFormat { .. })));
        let other = bytes(|out| write_flags([], out));
        assert_eq!(
            decode_sessions(&other).expect_err("flags").to_string(),
            "sessions.jsonl has format \"corater-flags/1\", expected corater-sessions/1"
        );
    }
}
