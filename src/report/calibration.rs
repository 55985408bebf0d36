//! Owns how a calibration, and the check of one, are written for the terminal.

use crate::analysis::calibration::{Calibration, CalibrationCheck};
use crate::analysis::phrase;

use super::gate;
use super::grid::{Grid, wrap};

/// A table per judge: the chosen map, its error across folds beside that of the raw scores, and why there is none.
pub fn text(calibration: &Calibration) -> String {
    let mut out = String::new();
    if calibration.synthetic {
        out.push_str("*** demonstration: fitted on invented ratings ***\n");
    }
    out.push_str(&wrap(&format!("calibration on {}", calibration.run), "  "));
    for judge in &calibration.judges {
        let title = format!("{}: from the judge's score to the clinicians' mean", judge.judge);
        let columns = ["item", "sources", "map", "MAE raw", "MAE calibrated", "90 % within", "SEM"];
        let mut grid = Grid::new(&title, &columns);
        for item in &judge.items {
            let number =
                |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| phrase::decimals(v, 2));
            grid.rows.push(vec![
                item.item.clone(),
                item.sources.to_string(),
                item.words(),
                number(item.mae_raw),
                number(item.mae_calibrated),
                number(item.half_width),
                number(item.sem),
            ]);
        }
        out.push('\n');
        out.push_str(&grid.text());
    }
    out.push('\n');
    out.push_str(&wrap(LEGEND, "  "));
    out
}

/// What the columns mean.
const LEGEND: &str = "MAE calibrated and 90 % within (split conformal) are across folds of one recorded session each; SEM: standard \
     deviation of clinicians within a session. One map serves all arms: bias by arm stays, and corrected means in \
     the report are the way to take it out.";

/// The outcome in words, then the shift of every item beside its limit.
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
    out
}
