//! Calibrations and their checks as text for the terminal.

use crate::analysis::calibration::{Calibration, CalibrationCheck, Stability};
use crate::analysis::phrase;

use super::gate;
use super::number::{p, with_interval};
use super::table::{Table, wrap};

/// A table per judge: the chosen map, its error across folds beside that of the raw scores, or why there is no map.
pub fn text(calibration: &Calibration) -> String {
    let mut out = String::new();
    if calibration.synthetic {
        out.push_str("*** demonstration: fitted on invented ratings ***\n");
    }
    out.push_str(&wrap(&format!("calibration on {}", calibration.run), "  "));
    for judge in &calibration.judges {
        let title = format!("{}: from the judge's score to the clinicians' mean", judge.judge);
        let columns = ["item", "sources", "map", "MAE raw", "MAE calibrated", "90 % within", "SEM"];
        let mut table = Table::new(title, columns);
        for item in &judge.items {
            let number =
                |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| phrase::decimals(v, 2));
            table.push(
                item.item.clone(),
                [
                    item.sources.to_string(),
                    item.words(),
                    number(item.mae_raw),
                    number(item.mae_calibrated),
                    number(item.half_width),
                    number(item.sem),
                ],
            );
        }
        out.push('\n');
        out.push_str(&table.text());
    }
    out.push('\n');
    out.push_str(&wrap(LEGEND, "  "));
    out
}

/// Legend of the columns.
const LEGEND: &str = "MAE calibrated and 90 % within (split conformal) are across folds of one recorded session each; SEM: standard \
     deviation of clinicians within a session. One map serves all arms: bias by arm stays, and corrected means in \
     the report are the way to take it out.";

/// The outcome in words, then the shift of every item with its limit.
pub fn check(check: &CalibrationCheck) -> String {
    let mut out =
        wrap(&format!("check of the calibration on {}: {}", check.calibrated_on, check.outcome.word()), "  ");
    for why in &check.because {
        out.push_str(&wrap(&format!("! {why}"), "  "));
    }
    if !check.checked.is_empty() {
        out.push_str(
            "\nScore now minus score then, against one standard error of measurement of a clinician\n",
        );
    }
    for checked in &check.checked {
        out.push_str(&wrap(&gate::line(checked), "  "));
    }
    if !check.stability.is_empty() {
        out.push('\n');
        out.push_str(&stability(&check.stability).text());
    }
    out
}

/// Shifts over earlier checks and this one.
fn stability(found: &[Stability]) -> Table {
    let mut table = Table::new(
        "The judge over earlier checks and this one",
        ["judge", "item", "checks", "latest", "change per check", "trend p", "EWMA", "CUSUM"],
    );
    for one in found {
        let alarm = |at: Option<usize>| match (at, one.no_charts) {
            (Some(at), _) => format!("alarm at {at}"),
            (None, Some(_)) => "-".to_owned(),
            (None, None) => "in control".to_owned(),
        };
        table.push(
            one.judge.clone(),
            [
                one.item.clone(),
                one.shifts.len().to_string(),
                one.shifts.last().map_or_else(|| "-".to_owned(), |shift| phrase::decimals(*shift, 2)),
                with_interval(&one.slope, 2),
                p(one.tau.p()),
                alarm(one.ewma_alarm),
                alarm(one.cusum_alarm),
            ],
        );
    }
    table.notes.push(STABILITY.to_owned());
    table
}

/// Note on how the charts are made.
const STABILITY: &str = "trend: Mann-Kendall and Theil-Sen; charts against the first six checks: EWMA (.3, limits 3), CUSUM (slack .5, limit 5 \
     standard deviations); - where six checks and one more are not there, or do not differ";
