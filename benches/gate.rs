//! Simulated studies for the gate: how often does a judge pass that lies outside the margin, and how often a good one?
//!
//! `cargo bench --bench gate [-- STUDIES]`. Every study is analysed and gated as a run is; only its ratings are drawn.
//! Model, per study: 11 items, three clinicians, two arms of the same sources. A session has a level (mean 3, SD 1), an
//! item of it a deviation (SD .5); every score adds noise (SD .7) and is rounded to 0..6; the clinicians' severities are
//! -.15, 0 and .15 in every study, so that what is planted is true of each. `good` rates as the middle clinician. `off` is one whose error on the total exceeds a clinician's by 5 % more than
//! the margin, `partial` favours the condition by 5 % more than the margin; both shifts are found by bisection on
//! 40,000 sessions.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark, which reads its arguments, times and prints"
)]

use std::collections::BTreeMap;

use corater::{
    analysis::{
        Inputs, JudgeInput, analyse,
        gate::{GateOutcome, GateProbes, gate},
    },
    config::{ConfigSource, load_rubric},
    domain::{
        Arm, ClientAuthor, Condition, ConditionId, CounselorAuthor, Criteria, Digest, Mode, OnItems,
        Provenance, RaterKind, Rating, RatingOutcome, Rubric, Session, SessionId, Speaker, Turn,
    },
    stats::{bootstrap::stream, prevalence},
};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

const SEED: u64 = 20_240_902;
/// What each clinician adds to every item.
const SEVERITIES: [f64; 3] = [-0.15, 0.0, 0.15];
const CLINICIANS: usize = SEVERITIES.len();
const JUDGES: [&str; 3] = ["good", "off", "partial"];
/// How far outside the margin a bad judge is planted.
const BEYOND: f64 = 1.05;

fn main() {
    let studies = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(1_000);
    let rubric =
        load_rubric(&ConfigSource::File("rubrics/ctrs.yaml".into())).expect("the rubric of this repository");
    let margin = Criteria::default().margins.total;
    let off =
        bisect(|shift| population(&rubric, Shift { always: shift, in_condition: 0.0 }).0, margin * BEYOND);
    let partial =
        bisect(|shift| population(&rubric, Shift { always: 0.0, in_condition: shift }).1, margin * BEYOND);
    println!("{studies} studies each, seed {SEED}; shifts per item: off {off:.3}, partial {partial:.3}");
    println!(
        "{:>8}  {:>8}  {:>6}  {:>16}  {:>6}  {:>12}",
        "sources", "judge", "pass", "95 % interval", "fail", "inconclusive"
    );
    let started = std::time::Instant::now();
    for sources in [27, 60, 100] {
        let mut found: BTreeMap<(&str, GateOutcome), usize> = BTreeMap::new();
        for study in 0..studies {
            for (judge, outcome) in outcomes(&rubric, sources, study as u64, off, partial) {
                *found.entry((judge, outcome)).or_default() += 1;
            }
        }
        for judge in JUDGES {
            let of = |outcome| found.get(&(judge, outcome)).copied().unwrap_or(0);
            let pass = prevalence::share(of(GateOutcome::Pass) as f64 / studies as f64, studies, 0.95);
            let interval = pass.interval().expect("there are studies");
            println!(
                "{sources:>8}  {judge:>8}  {:>6.3}  [{:.3}, {:.3}]  {:>6.3}  {:>12.3}",
                pass.value().expect("there are studies"),
                interval.low(),
                interval.high(),
                of(GateOutcome::Fail) as f64 / studies as f64,
                of(GateOutcome::Inconclusive) as f64 / studies as f64,
            );
        }
    }
    println!("{:.0} s", started.elapsed().as_secs_f64());
}

/// What a judge adds to every item.
#[derive(Clone, Copy)]
struct Shift {
    always: f64,
    in_condition: f64,
}

struct Draws(ChaCha8Rng);

impl Draws {
    /// A standard normal number (Box and Muller).
    fn normal(&mut self) -> f64 {
        let (u, v): (f64, f64) = (1.0 - self.0.random::<f64>(), self.0.random());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }
}

fn whole(value: f64) -> f64 {
    value.round().clamp(0.0, 6.0)
}

/// The true levels of the items of one session.
fn levels(draws: &mut Draws, items: usize) -> Vec<f64> {
    let session = 3.0 + draws.normal();
    (0..items).map(|_| session + 0.5 * draws.normal()).collect()
}

fn scores(draws: &mut Draws, levels: &[f64], shift: f64) -> Vec<f64> {
    levels.iter().map(|level| whole(level + shift + 0.7 * draws.normal())).collect()
}

/// The judge's excess error on the total and its bias by arm, over many sessions.
fn population(rubric: &Rubric, shift: Shift) -> (f64, f64) {
    let mut draws = Draws(stream(SEED, "population", 0));
    let total = |scores: &[f64]| rubric.total(scores).expect("all items are scored");
    let (mut gap, mut bias) = ([0.0; 2], [0.0; 2]);
    let sessions = 40_000;
    for n in 0..sessions {
        let arm = n % 2;
        let levels = levels(&mut draws, rubric.items.len());
        let raters = SEVERITIES.map(|severity| total(&scores(&mut draws, &levels, severity)));
        let added = shift.always + if arm == 1 { shift.in_condition } else { 0.0 };
        let judge = total(&scores(&mut draws, &levels, added));
        let sum: f64 = raters.iter().sum();
        for own in &raters {
            let others = (sum - own) / (CLINICIANS as f64 - 1.0);
            gap[arm] += ((judge - others).abs() - (own - others).abs()) / CLINICIANS as f64;
        }
        bias[arm] += judge - sum / CLINICIANS as f64;
    }
    let half = sessions as f64 / 2.0;
    ((gap[0] + gap[1]) / (2.0 * half), (bias[1] - bias[0]) / half)
}

/// The shift at which an increasing figure reaches its target.
fn bisect(figure: impl Fn(f64) -> f64, target: f64) -> f64 {
    let (mut low, mut high) = (0.0, 2.0);
    for _ in 0..20 {
        let middle = f64::midpoint(low, high);
        if figure(middle) < target { low = middle } else { high = middle }
    }
    high
}

fn session(source: &str, condition: Option<&ConditionId>) -> Session {
    let id: SessionId = source.to_owned().try_into().expect("an id");
    Session {
        id: condition.map_or(id.clone(), |condition| Session::reconstructed_id(&id, condition, 1)),
        source: id,
        variant: None,
        arm: condition.cloned().map_or(Arm::Original, Arm::Condition),
        epoch: 1,
        mode: condition.map(|_| Mode::Replay),
        counselor: if condition.is_some() { CounselorAuthor::Ai } else { CounselorAuthor::Human },
        provenance: Provenance {
            source_set: "simulated".into(),
            counselor: CounselorAuthor::Human,
            client: ClientAuthor::Human,
            language: "en".into(),
            consent: None,
            licence: Some("simulated".into()),
            public: true,
            synthetic: false,
        },
        turns: vec![
            Turn::recorded(1, Speaker::Client, format!("{source} begins.")),
            Turn::recorded(2, Speaker::Counselor, "Go on."),
        ],
    }
}

fn rating(
    rubric: &Rubric,
    session: &Session,
    digest: Digest,
    rater: &str,
    item: usize,
    score: f64,
) -> Rating {
    let judge = JUDGES.contains(&rater);
    Rating {
        session: session.id.clone(),
        source: session.source.clone(),
        arm: session.arm.clone(),
        epoch: 1,
        item: rubric.items[item].id.clone(),
        rater: rater.to_owned().try_into().expect("an id"),
        kind: if judge { RaterKind::Judge } else { RaterKind::Clinician },
        outcome: RatingOutcome::Scored { score: rubric.scale.score(score).expect("on the scale") },
        text_digest: Some(digest),
        // Drawn, but analysed as ratings are that were not: invented ones would always be inconclusive.
        synthetic: false,
        fold: None,
        draws: Vec::new(),
    }
}

/// What the gate says of each judge in one study.
fn outcomes(
    rubric: &Rubric,
    sources: usize,
    study: u64,
    off: f64,
    partial: f64,
) -> Vec<(&'static str, GateOutcome)> {
    let mut draws = Draws(stream(SEED, &format!("study of {sources}"), study));
    let condition: ConditionId = "m.p.replay".to_owned().try_into().expect("an id");
    let (mut sessions, mut ratings) = (Vec::new(), Vec::new());
    for source in 0..sources {
        for arm in [None, Some(&condition)] {
            let session = session(&format!("s{source:03}"), arm);
            let digest = session.text_digest();
            let levels = levels(&mut draws, rubric.items.len());
            let clinicians =
                SEVERITIES.iter().zip(["C1", "C2", "C3"]).map(|(severity, name)| (name, *severity));
            let judges = JUDGES.into_iter().zip([0.0, off, if arm.is_some() { partial } else { 0.0 }]);
            for (name, shift) in clinicians.chain(judges) {
                for (item, score) in scores(&mut draws, &levels, shift).into_iter().enumerate() {
                    ratings.push(rating(rubric, &session, digest, name, item, score));
                }
            }
            sessions.push(session);
        }
    }
    let items: Vec<_> = rubric.items.iter().map(|item| item.id.clone()).collect();
    let judges = JUDGES.map(|id| JudgeInput {
        id: id.to_owned().try_into().expect("an id"),
        baseline: false,
        identity: None,
        members: Vec::new(),
    });
    let total = OnItems { items: Some(vec!["total".into()]) };
    let criteria =
        Criteria { gap_to_ceiling: Some(total.clone()), bias_by_arm: Some(total), ..Criteria::default() };
    let findings = analyse(&Inputs {
        description: "a simulated study",
        sessions: &sessions,
        ratings: &ratings,
        out_of_scale: &[],
        flags: &[],
        flags_enabled: false,
        flag_judge: None,
        flag_judge_scripted: false,
        flags_undefined: &[],
        marks: &[],
        cues: &[],
        measured: &[],
        ethics: None,
        variants: None,
        grounding: None,
        coherence: None,
        categories: &[],
        rubric,
        anchors: None,
        items: &items,
        conditions: &[Condition {
            id: condition.clone(),
            model: "m".into(),
            prompt: "p".into(),
            mode: Mode::Replay,
            baseline: false,
            content: Digest::of_bytes(b"simulated"),
        }],
        judges: &judges,
        margins: criteria.margins,
        reference: None,
        calibration: None,
        instructions: None,
        seed: study,
        bootstrap: 400,
        served: &[],
        notes: &[],
    });
    let checked = gate(&findings, &criteria, &BTreeMap::new(), GateProbes::default()).checked;
    let worst = |judge: &str| checked.iter().filter(|c| c.judge == judge).map(|c| c.outcome).max();
    JUDGES.into_iter().map(|judge| (judge, worst(judge).expect("every judge is checked"))).collect()
}
