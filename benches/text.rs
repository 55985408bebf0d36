//! Lexicon, quote check, grounding check and dynamics over invented sessions of 60 turns: `cargo bench --bench text
//! [-- SESSIONS]`, 10,000 without an argument. Prints seconds of the clock and of the processors for each part; sessions are
//! worked on in parallel. On a busy machine only the latter mean anything.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints, reads the clock, and stops at the first surprise"
)]

use std::{collections::BTreeMap, time::Instant};

use corater::{
    analysis::{Inputs, Margins, analyse, inputs::GroundingInput},
    domain::{Arm, ClientAuthor, CounselorAuthor, Provenance, Rubric, Session, SessionId, Speaker, Turn},
    judging,
    text::{conversation::Cues, grounding::Grounding, lexicon::Lexicon, quote::verify},
};
use nix::sys::resource::{UsageWho, getrusage};
use rayon::prelude::*;

const TURNS: u32 = 60;

const CLIENT: [&str; 6] = [
    "I keep going over the call in my head, and each time I find another thing that I should have said.",
    "My sister wrote again. I left it unread, and then I felt bad about that as well for the whole evening.",
    "It was all right in the morning. By noon I could not sit still, so I walked round the block twice.",
    "I suppose they thought that I was not listening, although I was, only I had nothing to say to it.",
    "The worst is the waiting. When there is something to do I manage, when there is nothing I count hours.",
    "No. Or perhaps once, in spring, when the train was late and nobody seemed to mind it but me.",
];
const COUNSELOR: [&str; 6] = [
    "I hear you. That sounds so hard. What went through your mind while you waited for the call to end?",
    "Let us stay with that evening. What did your brother say when Anton came back from Lisbon, and what did you do then?",
    "Thank you for sharing that with me. How strong was the feeling, from 0 to 100, at its worst?",
    "You wrote that they thought you were not listening. What is the evidence for it, and what speaks against it?",
    "I can imagine how exhausting that is. It makes sense that you count the hours when nothing else is there.",
    "So the thought was that nobody minds but you. How could one say this in a kinder way that is still true?",
];

fn session(number: usize) -> Session {
    let id = SessionId::new(format!("s{number:05}")).unwrap();
    let turns = (1..=TURNS).map(|turn| {
        let at = (number + turn as usize * 7) % 6;
        let (speaker, text) = if turn % 2 == 1 {
            (Speaker::Client, format!("{} ({number}.{turn})", CLIENT[at]))
        } else {
            (Speaker::Counselor, format!("{} ({number}.{turn})", COUNSELOR[at]))
        };
        Turn::recorded(turn, speaker, text)
    });
    Session {
        id: id.clone(),
        source: id,
        variant: None,
        arm: Arm::Original,
        epoch: 1,
        mode: None,
        counselor: CounselorAuthor::Ai,
        provenance: Provenance {
            source_set: "bench".into(),
            counselor: CounselorAuthor::Ai,
            client: ClientAuthor::Human,
            language: "en".into(),
            consent: Some("invented".into()),
            licence: None,
            public: true,
            synthetic: true,
        },
        turns: turns.collect(),
    }
}

/// Seconds.
#[derive(Clone, Copy)]
struct Took {
    /// By the clock.
    clock: f64,
    /// Of all processors together, the system's part too.
    processors: f64,
}

impl Took {
    fn and(self, other: Self) -> Self {
        Self { clock: self.clock + other.clock, processors: self.processors + other.processors }
    }
}

impl std::fmt::Display for Took {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.2} s, {:.2} CPU s", self.clock, self.processors)
    }
}

fn processor_seconds() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).unwrap();
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    seconds(usage.user_time()) + seconds(usage.system_time())
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> (T, Took) {
    let (start, before) = (Instant::now(), processor_seconds());
    let result = work();
    let took = Took { clock: start.elapsed().as_secs_f64(), processors: processor_seconds() - before };
    println!("{what}: {took}");
    (result, took)
}

fn main() {
    let count = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(10_000);
    let sessions: Vec<Session> = (0..count).map(session).collect();
    let lexicon = include_str!("../rubrics/deceptive-empathy.yaml");
    let lexicon = Lexicon::compile(serde_yaml::from_str(lexicon).unwrap()).unwrap();
    let cues = include_str!("../rubrics/conversation-cues.yaml");
    let cues = [Cues::compile(serde_yaml::from_str(cues).unwrap()).unwrap()];
    let grounding = include_str!("../rubrics/grounding-cues.yaml");
    let grounding = [Grounding::compile(serde_yaml::from_str(grounding).unwrap()).unwrap()];
    let rubric: Rubric = serde_json::from_value(
        serde_yaml::from_str::<serde_json::Value>(include_str!("../rubrics/ctrs.yaml")).unwrap(),
    )
    .unwrap();

    let (flags, lexicon_took) = timed("lexicon", || {
        let found: Vec<_> = sessions.par_iter().flat_map_iter(|s| judging::scan(s, &lexicon)).collect();
        found
    });
    // What a judge of eleven items cites at most: three quotes for and three against, each of nine words.
    let (found, quotes_took) = timed("quote check, 66 a session", || {
        let check = |session: &Session| -> usize {
            (0..66usize)
                .filter(|n| {
                    let turn = &session.turns[(n * 2 + 1) % TURNS as usize];
                    let words: Vec<&str> = turn.text.split_whitespace().skip(n % 5).take(9).collect();
                    let quote = if n % 6 == 0 {
                        "nine words that nobody ever said in here".to_owned()
                    } else {
                        words.join(" ")
                    };
                    !matches!(verify(&quote, &turn.text), corater::text::quote::QuoteMatch::NotFound)
                })
                .count()
        };
        sessions.par_iter().map(check).sum::<usize>()
    });
    let told = BTreeMap::new();
    let analysed = |checked: Option<GroundingInput<'_>>| {
        analyse(&Inputs {
            description: "a benchmark",
            sessions: &sessions,
            ratings: &[],
            out_of_scale: &[],
            flags: &flags,
            flags_enabled: true,
            flag_judge: None,
            flag_judge_scripted: false,
            flags_undefined: &[],
            marks: &[],
            cues: &cues,
            measured: &[],
            ethics: None,
            variants: None,
            grounding: checked,
            coherence: None,
            categories: &[],
            rubric: &rubric,
            anchors: None,
            items: &[],
            conditions: &[],
            judges: &[],
            margins: Margins::default(),
            reference: None,
            calibration: None,
            instructions: None,
            seed: 1,
            bootstrap: 0,
            notes: &[],
        })
    };
    let (_, without) =
        timed("analysis without grounding: flags, outcomes, abandonment, risk, dynamics", || analysed(None));
    let (findings, with) = timed("analysis with grounding", || {
        analysed(Some(GroundingInput { words: &grounding, context: &told }))
    });
    let facts = findings.grounding.map_or(0, |found| found.facts.len());
    println!(
        "grounding, the difference: {:.2} s, {:.2} CPU s",
        with.clock - without.clock,
        with.processors - without.processors
    );
    println!(
        "{} sessions of {TURNS} turns, {} flags, {found} quotes found, {facts} facts not heard before, {} measures; in all \
         {} on {} threads",
        sessions.len(),
        flags.len(),
        findings.dynamics.arms.len(),
        lexicon_took.and(quotes_took).and(with),
        rayon::current_num_threads()
    );
}
