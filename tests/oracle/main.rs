//! Every statistic against values of other implementations: see `tests/fixtures/stats/README.md`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test harness: fail loudly, show the table")]
#![expect(clippy::disallowed_methods, reason = "reads fixtures")]
#![expect(
    clippy::float_cmp,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "fixtures hold small whole numbers"
)]

mod check;
mod data;
mod properties;
mod topics;

use check::{Check, Entry};

/// Runs one golden file: entries passed must equal `passed`, entries skipped `skipped`, and none may fail.
fn run(file: &str, passed: usize, skipped: usize, evaluate: fn(&Entry, &mut Check)) {
    let entries = check::load(file);
    let (mut ok, mut left, mut failures) = (0, Vec::new(), Vec::new());
    for entry in &entries {
        let mut check = Check::new(entry);
        evaluate(entry, &mut check);
        match check.finish() {
            check::Outcome::Passed => ok += 1,
            check::Outcome::Skipped => left.push(entry.id.clone()),
            check::Outcome::Failed(lines) => failures.push(format!("{}: {}", entry.id, lines.join("; "))),
        }
    }
    println!("{file:<16} passed {ok:>4}  skipped {:>3}  failed {:>3}", left.len(), failures.len());
    for line in failures.iter().take(40) {
        println!("  FAILED {line}");
    }
    assert!(failures.is_empty(), "{file}: {} entries failed", failures.len());
    assert_eq!((ok, left.len()), (passed, skipped), "{file}: passed and skipped; skipped: {left:?}");
}

macro_rules! golden {
    ($name:ident, $passed:expr, $skipped:expr, $evaluate:path) => {
        #[test]
        fn $name() {
            run(stringify!($name), $passed, $skipped, $evaluate);
        }
    };
}

golden!(icc, 78, 0, topics::reliability::icc);
golden!(krippendorff, 158, 0, topics::reliability::krippendorff);
golden!(agreement_r, 11, 0, topics::reliability::agreement_r);
golden!(kappa, 681, 0, topics::categorical::kappa);
golden!(kappa_r, 18, 0, topics::categorical::kappa_r);
golden!(gwet_py, 24, 0, topics::categorical::gwet);
golden!(gwet_ctrs_py, 144, 0, topics::categorical::gwet);
golden!(agreement_pair, 106, 0, topics::pairs::pair);
golden!(ceiling, 11, 0, topics::pairs::ceiling);
golden!(alttest, 24, 0, topics::pairs::alt_test);
golden!(tests, 12, 0, topics::comparison::tests);
golden!(tests_r, 6, 0, topics::comparison::tests);
golden!(bootstrap, 9, 0, topics::resampling::bootstrap);
golden!(edge_policy, 14, 0, topics::policy::edge_policy);
golden!(ppi, 40, 0, topics::prediction::ppi);
golden!(binary_correction, 8, 0, topics::prediction::binary_correction);
golden!(calibration, 8, 0, topics::calibration::calibration);
golden!(icc_reml, 3, 0, topics::reliability::icc_reml);
golden!(spans, 8, 0, topics::spans::spans);
golden!(internal, 4, 0, topics::spans::internal);
golden!(internal_r, 8, 0, topics::planning::internal_r);
golden!(drift, 4, 0, topics::planning::drift);
golden!(power, 41, 0, topics::planning::power);
