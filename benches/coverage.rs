//! Simulated intervals of corrected means, and the power of the alternative annotator test.
//!
//! `cargo bench --bench coverage [-- STUDIES]`. Corrected means: a label is normal, a prediction correlates with it at
//! `r` and is half a standard deviation off; `n` labelled and 200 further units are drawn; the interval must hold the
//! label's mean. Alternative annotator test: sessions come in pairs of one source (variance of the source 1, of the
//! session .5); every clinician and the judge add the same noise (SD .8) and round to whole points, so the judge is as
//! good as any clinician.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark, which reads its arguments and prints"
)]

use corater::stats::{
    RatingMatrix,
    alt_test::{AltTestFit, AltTestOptions, alt_test},
    bootstrap::stream,
    ppi::{Correction, Power, ppi_mean},
};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

const SEED: u64 = 20_240_903;
const UNLABELLED: usize = 200;

fn main() {
    let studies: usize = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(10_000);
    println!(
        "{studies} studies each, seed {SEED}; Monte Carlo error of .95 at most {:.4}",
        error(0.95, studies)
    );
    println!("coverage of 95 % intervals, and their mean width over that of the classical one");
    println!(
        "{:>4} {:>4}  {:>9}  {:>14}  {:>14}  {:>16}",
        "n", "r", "classical", "PPI, t", "PPI++, t", "PPI++ as shipped"
    );
    for n in [6, 10, 20, 40] {
        for r in [0.5, 0.8] {
            covered(n, r, studies);
        }
    }
    let tests = studies.min(2_000);
    println!(
        "\npower of the alternative annotator test, a judge as good as a clinician, epsilon .2, {tests} studies"
    );
    println!("{:>10} {:>8}  {:>9}  {:>11}", "clinicians", "sessions", "clustered", "unclustered");
    for clinicians in [2, 3] {
        for sessions in [30, 60, 100] {
            let passed = |clustered: bool| {
                let passes = |study: usize| equal_judge(study, clinicians, sessions, clustered);
                (0..tests).filter(|study| passes(*study)).count() as f64 / tests as f64
            };
            println!("{clinicians:>10} {sessions:>8}  {:>9.3}  {:>11.3}", passed(true), passed(false));
        }
    }
}

/// Standard error of a simulated share.
fn error(share: f64, studies: usize) -> f64 {
    (share * (1.0 - share) / studies as f64).sqrt()
}

/// A standard normal draw (Box and Muller).
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let (u, v): (f64, f64) = (rng.random(), rng.random());
    (-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

fn covered(n: usize, r: f64, studies: usize) {
    let methods = [
        (Power::Classical, Correction::T),
        (Power::Full, Correction::T),
        (Power::Tuned, Correction::T),
        (Power::Tuned, Correction::PpiPy),
    ];
    let (mut hits, mut widths) = ([0_usize; 4], [0.0_f64; 4]);
    for study in 0..studies {
        let mut rng = stream(SEED, "corrected", study as u64);
        let mut draw = || {
            let label = normal(&mut rng);
            (label, 0.5 + r * label + (1.0 - r * r).sqrt() * normal(&mut rng))
        };
        let (labels, predictions): (Vec<f64>, Vec<f64>) = (0..n).map(|_| draw()).unzip();
        let unlabelled: Vec<f64> = (0..UNLABELLED).map(|_| draw().1).collect();
        for (i, (power, correction)) in methods.into_iter().enumerate() {
            let mean = ppi_mean(&labels, &predictions, &unlabelled, power, correction, 0.95);
            if let Ok(interval) = mean.estimate.interval() {
                hits[i] += usize::from(interval.contains(0.0));
                widths[i] += interval.high() - interval.low();
            }
        }
    }
    let share = |i: usize| hits[i] as f64 / studies as f64;
    let shown = |i: usize| format!("{:.3} ({:.2})", share(i), widths[i] / widths[0]);
    println!("{n:>4} {r:>4}  {:>9.3}  {:>14}  {:>14}  {:>16}", share(0), shown(1), shown(2), shown(3));
}

fn equal_judge(study: usize, clinicians: usize, sessions: usize, clustered: bool) -> bool {
    let mut rng = stream(SEED, "alternative", (study * 1_000 + sessions * 10 + clinicians) as u64);
    let mut rows = Vec::with_capacity(sessions);
    let mut sources = Vec::with_capacity(sessions);
    let mut source = 0.0;
    for session in 0..sessions {
        if session % 2 == 0 {
            source = normal(&mut rng);
        }
        let level = 3.0 + source + 0.5_f64.sqrt() * normal(&mut rng);
        let scores = (0..=clinicians).map(|_| Some((level + 0.8 * normal(&mut rng)).round().clamp(0.0, 6.0)));
        rows.push(scores.collect::<Vec<_>>());
        sources.push(u32::try_from(session / 2).expect("a hundred sessions"));
    }
    let humans: Vec<usize> = (0..clinicians).collect();
    let options = AltTestOptions { fit: AltTestFit::NegRmse, epsilon: 0.2, rate: 0.05, min_units: 30 };
    let clusters = clustered.then_some(sources.as_slice());
    alt_test(&RatingMatrix::from_rows(&rows), &humans, clinicians, clusters, options)
        .is_ok_and(|test| test.passes())
}
