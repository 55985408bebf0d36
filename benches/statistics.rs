//! Times of the statistics on one core, over tables that `benches/reference/statistics.py` writes and times with the
//! Python packages; `benches/reference/run.sh` runs both and prints the ratios.
//!
//! `cargo bench --bench statistics -- FOLDER`. One line per case: name, CPU seconds of the fastest of five repeats, the
//! value. Reading the tables is not timed.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark, which reads its arguments and files, times and prints"
)]

use std::path::{Path, PathBuf};

use corater::stats::{
    Pairs, RatingMatrix,
    bootstrap::{BootstrapMethod, Resamples, bootstrap},
    icc::IccForm,
    icc_sums::IccSums,
    kappa::{CategorisedPairs, KappaWeights},
    krippendorff::{Metric, alpha},
    paired::sign_flip,
};
use nix::sys::resource::{UsageWho, getrusage};

const REPEATS: usize = 5;

fn main() {
    let folder = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    // `cargo bench` without arguments runs every benchmark: there is nothing to time without tables.
    let Some(folder) = folder.map(PathBuf::from) else {
        println!("statistics: no folder of tables given; see benches/reference/run.sh");
        return;
    };
    let one_core = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("one thread can be started");
    one_core.install(|| {
        ordinal_alpha(&folder);
        icc_bootstrap(&folder);
        kappa_bootstrap(&folder);
        exact_sign_flip(&folder);
    });
}

/// The rows of a CSV of numbers without a header; empty cells are missing.
fn table(path: &Path) -> Vec<Vec<Option<f64>>> {
    let text = std::fs::read_to_string(path).expect("the folder holds the tables of statistics.py");
    text.lines().map(|line| line.split(',').map(|cell| cell.parse().ok()).collect()).collect()
}

fn cpu_seconds() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("a process has a usage");
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 * 1e-6;
    seconds(usage.user_time()) + seconds(usage.system_time())
}

fn timed<T>(name: &str, work: impl Fn() -> T, shown: impl Fn(&T) -> f64) {
    let mut fastest = f64::INFINITY;
    let mut value = f64::NAN;
    for _ in 0..REPEATS {
        let before = cpu_seconds();
        let done = work();
        fastest = fastest.min(cpu_seconds() - before);
        value = shown(&done);
    }
    println!("{name} {fastest:.6} {value:.12}");
}

fn ordinal_alpha(folder: &Path) {
    let table = RatingMatrix::from_rows(&table(&folder.join("alpha.csv")));
    timed("ordinal_alpha_5x100k", || alpha(&table, Metric::Ordinal), |e| e.value().expect("scores vary"));
}

fn icc_bootstrap(folder: &Path) {
    let scores = table(&folder.join("icc.csv"));
    let items: Vec<RatingMatrix> =
        (0..11).map(|item| RatingMatrix::from_rows(&scores[item * 200..(item + 1) * 200])).collect();
    let work = || {
        // As the reference: one set of resamples, the interval of every item.
        let drawn = Resamples::Seeded { seed: 1, statistic: "icc", count: 10_000 }.draw(200);
        let mut low = 0.0;
        for item in &items {
            let sums = IccSums::new(&item.listwise().0).expect("200 sessions, three raters");
            let replicates =
                bootstrap(200, &Resamples::Drawn(&drawn), |units| sums.coefficient(units, IccForm::A1));
            low += replicates.interval(BootstrapMethod::Percentile, 0.95).expect("defined").low();
        }
        low / 11.0
    };
    timed("icc_bootstrap_11x10000x200x3", work, |low| *low);
}

fn kappa_bootstrap(folder: &Path) {
    let rows = table(&folder.join("kappa.csv"));
    let column = |j: usize| rows.iter().map(|row| row[j]).collect::<Vec<_>>();
    let pairs = Pairs::new(&column(0), &column(1));
    let categories: Vec<f64> = (0..7).map(f64::from).collect();
    let work = || {
        let categorised =
            CategorisedPairs::new(&pairs, &categories, KappaWeights::Quadratic).expect("whole numbers");
        let resamples = Resamples::Seeded { seed: 1, statistic: "kappa", count: 2_000 };
        bootstrap(200, &resamples, |units| categorised.kappa(units.iter().copied()))
            .interval(BootstrapMethod::Percentile, 0.95)
            .expect("defined")
            .low()
    };
    timed("kappa_bootstrap_200x2000", work, |low| *low);
}

fn exact_sign_flip(folder: &Path) {
    let differences: Vec<f64> = table(&folder.join("flips.csv")).into_iter().flatten().flatten().collect();
    timed("sign_flip_2^18", || sign_flip(&differences, 1, 0).expect("differences"), |test| test.p_two);
}
