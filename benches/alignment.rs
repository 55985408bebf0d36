//! How well the baseline aligner finds the client turn that really came next, beside chance, and whether the same
//! measure tells it from another turn of the session.
//!
//! `cargo bench --bench alignment -- FILE.csv [SESSION SPEAKER TEXT CLIENT COUNSELOR]`: a table with one row per
//! utterance; without names of columns and labels those of `AnnoMI`. The original counselor turn is the question, every
//! client turn of the session but the opening one the candidates. Prints figures, never text.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a benchmark, which reads its arguments and a file, and prints"
)]

use corater::{
    dataset::{
        sessions::{Beside, read},
        source::{ColumnMap, Opening, RoleMap, SessionFormat, SessionSource, TableOptions, UnknownLabels},
    },
    domain::{ClientAuthor, CounselorAuthor, Provenance, Session, Speaker, Turn},
    stats::bootstrap::stream,
    text::bm25::Bm25,
};
use rand::RngExt;

const SEED: u64 = 20_240_905;
const RESAMPLES: u64 = 2_000;

/// One question: the rank of the true answer among the candidates, and how many there were.
struct Asked {
    session: usize,
    hit: f64,
    reciprocal: f64,
    chance_hit: f64,
    chance_reciprocal: f64,
    /// Share of the other candidates that score less; half for equals.
    above: f64,
}

/// One figure of a question.
type Figure = fn(&Asked) -> f64;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let Some(path) = words.first() else {
        eprintln!("usage: cargo bench --bench alignment -- FILE.csv [SESSION SPEAKER TEXT CLIENT COUNSELOR]");
        return;
    };
    let name = |at: usize, usual: &str| words.get(at).cloned().unwrap_or_else(|| usual.to_owned());
    let columns = ColumnMap {
        session: name(1, "transcript_id"),
        speaker: name(2, "interlocutor"),
        text: name(3, "utterance_text"),
        ..ColumnMap::of(SessionFormat::Csv)
    };
    let roles = RoleMap { client: vec![name(4, "client")], counselor: vec![name(5, "therapist")] };
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let sessions = sessions(columns, roles, path, text);
    for (what, remaining) in
        [("all client turns of the session", false), ("client turns not spoken yet", true)]
    {
        report(what, &ask(&sessions, remaining), sessions.len());
    }
}

fn sessions(columns: ColumnMap, roles: RoleMap, path: &str, text: String) -> Vec<Session> {
    let source = SessionSource {
        id: "file".into(),
        paths: Vec::new(),
        format: SessionFormat::Csv,
        columns,
        roles,
        unknown_labels: UnknownLabels::Remark,
        provenance: Provenance {
            source_set: "file".into(),
            counselor: CounselorAuthor::Human,
            client: ClientAuthor::Human,
            language: "en".into(),
            consent: None,
            licence: None,
            public: true,
            synthetic: false,
        },
        opening: Opening::Original,
        strip_backchannel: false,
        notes: None,
        selected: None,
        redact: None,
        redacted: false,
        table: TableOptions::default(),
        only: Vec::new(),
    };
    let found = read(&source, &[(path.to_owned(), text)], &Beside::default());
    found.unwrap_or_else(|problems| panic!("{problems:?}")).sessions
}

/// Every counselor turn that a client turn follows, once the client has spoken.
fn ask(sessions: &[Session], remaining: bool) -> Vec<Asked> {
    let mut asked = Vec::new();
    for (number, session) in sessions.iter().enumerate() {
        let client: Vec<&Turn> = session.client_turns().skip(1).collect();
        for (before, next) in session.turns.iter().zip(&session.turns[1..]) {
            let counts = before.speaker == Speaker::Counselor && next.speaker == Speaker::Client;
            if !counts || client.first().is_none_or(|first| next.number < first.number) {
                continue;
            }
            let candidates: Vec<&&Turn> =
                client.iter().filter(|turn| !remaining || turn.number >= next.number).collect();
            let scores = Bm25::new(candidates.iter().map(|turn| turn.text.as_str())).scores(&before.text);
            let truth = candidates.iter().position(|turn| turn.number == next.number).unwrap();
            asked.extend(rank(number, &scores, truth));
        }
    }
    asked
}

/// Equals share their ranks: the expectation over a random order of them.
fn rank(session: usize, scores: &[f64], truth: usize) -> Option<Asked> {
    let n = scores.len();
    if n < 2 {
        return None;
    }
    let own = scores[truth];
    let better = scores.iter().filter(|score| **score > own).count();
    let equal = scores.iter().filter(|score| (**score - own).abs() < f64::EPSILON).count();
    let ranks = better + 1..=better + equal;
    let reciprocal = ranks.map(|rank| 1.0 / rank as f64).sum::<f64>() / equal as f64;
    let hit = if better == 0 { 1.0 / equal as f64 } else { 0.0 };
    let chance_reciprocal = (1..=n).map(|rank| 1.0 / rank as f64).sum::<f64>() / n as f64;
    let below = (n - better - equal) as f64;
    let above = (below + (equal - 1) as f64 / 2.0) / (n - 1) as f64;
    Some(Asked { session, hit, reciprocal, chance_hit: 1.0 / n as f64, chance_reciprocal, above })
}

fn report(what: &str, asked: &[Asked], sessions: usize) {
    println!("\ncandidates: {what}; {} questions in {sessions} sessions", asked.len());
    let lines: [(&str, Figure); 5] = [
        ("hit@1", |a| a.hit),
        ("hit@1 by chance", |a| a.chance_hit),
        ("MRR", |a| a.reciprocal),
        ("MRR by chance", |a| a.chance_reciprocal),
        ("AUC, true against another of the session", |a| a.above),
    ];
    for (name, value) in lines {
        let (low, high) = interval(asked, sessions, value);
        println!("  {name:<42} {:.3} [{low:.3}, {high:.3}]", mean(asked.iter().map(value)));
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
    if n > 0.0 { sum / n } else { f64::NAN }
}

/// Percentile interval over sessions drawn with replacement.
fn interval(asked: &[Asked], sessions: usize, value: Figure) -> (f64, f64) {
    let mut sums = vec![(0.0, 0.0); sessions];
    for one in asked {
        sums[one.session].0 += value(one);
        sums[one.session].1 += 1.0;
    }
    let mut means: Vec<f64> = (0..RESAMPLES)
        .map(|resample| {
            let mut random = stream(SEED, "alignment", resample);
            let drawn = (0..sessions).map(|_| sums[random.random_range(0..sessions)]);
            let (sum, n) = drawn.fold((0.0, 0.0), |(sum, n), (s, m)| (sum + s, n + m));
            sum / f64::max(n, 1.0)
        })
        .collect();
    means.sort_by(f64::total_cmp);
    (means[means.len() / 40], means[means.len() - 1 - means.len() / 40])
}
