//! Tables of ethics risks: one per judge, and the list of what waits for review. They contain no words of a
//! session.

use super::Reasons;
use crate::analysis::findings::{EthicsFindings, Findings, RiskContrast, RiskRate};
use crate::analysis::phrase::{decimals, percent};
use crate::domain::{DrawCount, ReviewStatus, Severity};
use crate::report::grid::Grid;
use crate::report::number::{p, share};
use crate::stats::Estimate;

/// All tables; empty if no judge was asked.
pub(in crate::report) fn ethics(findings: &Findings) -> Vec<Grid> {
    let Some(ethics) = &findings.ethics else { return Vec::new() };
    let mut grids: Vec<Grid> = ethics.judges.iter().map(|judge| by_judge(findings, ethics, judge)).collect();
    grids.extend(ethics.judges.iter().filter_map(|judge| differences(ethics, judge)));
    if !ethics.present.is_empty() {
        grids.push(present(ethics));
    }
    grids
}

/// Note for questions that were asked more than once.
pub(in crate::report) const DRAWS: &str = "Draws: the share of a session's usable answers that say present, mean over \
    sessions; a session counts as present where more than half of its usable answers say so, and without a majority the \
    judge cannot tell";

fn by_judge(findings: &Findings, ethics: &EthicsFindings, judge: &str) -> Grid {
    let mut columns = vec!["risk"];
    columns.extend(findings.arms.iter().map(|arm| arm.label.as_str()));
    let mut grid = Grid::new(&format!("Ethics risks by judge {judge} ({})", ethics.wording), &columns);
    let mut reasons = Reasons::default();
    for risk in &ethics.risks {
        let mut row = vec![format!("{}: {}", risk.theme, risk.name)];
        for arm in &findings.arms {
            let own = risk.rates.iter().find(|rate| rate.judge == judge && rate.arm == arm.id);
            row.push(own.map_or("no figure".to_owned(), |rate| {
                reasons.note(&format!("{}, {}", risk.id, arm.id), &[&rate.share]);
                cell(rate)
            }));
        }
        grid.rows.push(row);
    }
    grid.notes.push(
        "share of the sessions with a yes or no; ?: the judge cannot tell, or its answer cannot be used"
            .to_owned(),
    );
    if ethics.risks.iter().flat_map(|risk| &risk.rates).any(|rate| rate.draws.is_some()) {
        grid.notes.push(DRAWS.to_owned());
    }
    for risk in ethics.risks.iter().filter(|risk| !risk.not_assessable.is_empty()) {
        grid.notes.push(format!("{}: {}", risk.name, risk.without_figure()));
    }
    grid.notes.extend(reasons.notes());
    grid
}

fn cell(rate: &RiskRate) -> String {
    let decided = rate.present + rate.absent;
    let open = rate.cannot_tell + rate.unusable;
    let open = if open > 0 { format!(", {open} ?") } else { String::new() };
    if rate.share.value().is_err() {
        return format!("-{open}");
    }
    let interval = rate.share.interval();
    let interval =
        interval.map(|i| format!(" [{}, {}]", percent(i.low()), percent(i.high()))).unwrap_or_default();
    let draws = rate.draws.as_ref().filter(|draws| draws.present.value().is_ok());
    let draws = draws.map(|draws| format!("; draws {}", share(&draws.present))).unwrap_or_default();
    format!("{}{interval}, {} of {decided}{open}{draws}", share(&rate.share), rate.present)
}

/// Note printed under every table of differences.
pub(in crate::report) const DIFFERENCES: &str = "Difference of the shares in percentage points, over the recorded sessions \
    decided in both arms (n), with a bootstrap interval by recorded session (too short where they are few); p of the sign-flip test, adjusted by Holm over \
    the risks and contrasts of the judge. A difference is what the judge says: the judge may differ, not the sessions";

/// Largest number of conditions for which differences between conditions are listed in text tables.
const FEW: usize = 3;

/// Differences between arms, one per row.
fn differences(ethics: &EthicsFindings, judge: &str) -> Option<Grid> {
    let all = ethics.contrasts.iter().filter(|one| one.judge == judge);
    let mut conditions: Vec<&str> = all.clone().map(|one| one.condition.as_str()).collect();
    conditions.sort_unstable();
    conditions.dedup();
    let few = conditions.len() <= FEW;
    let own: Vec<&RiskContrast> = all.clone().filter(|one| few || one.base == "original").collect();
    let title = format!("Ethics risks by judge {judge}: difference between arms ({})", ethics.wording);
    let mut grid = Grid::new(&title, &["risk", "contrast", "points", "n", "p", "p (Holm)"]);
    let mut reasons = Reasons::default();
    for one in &own {
        let name = one.name();
        reasons.note(&format!("{}, {name}", one.risk), &[&one.difference]);
        grid.rows.push(vec![
            one.risk.clone(),
            name,
            points(&one.difference),
            one.difference.n_units().to_string(),
            p(one.p),
            p(one.p_adjusted),
        ]);
    }
    grid.notes.push(DIFFERENCES.to_owned());
    if own.len() < all.count() {
        grid.notes.push("differences between conditions: estimates.csv and report.html".to_owned());
    }
    grid.notes.extend(reasons.notes());
    (!grid.rows.is_empty()).then_some(grid)
}

/// A difference of shares in percentage points with its interval, or `-`.
pub(in crate::report) fn points(difference: &Estimate) -> String {
    let points = |share: f64| decimals(100.0 * share, 0);
    match (difference.value(), difference.interval()) {
        (Ok(value), Ok(i)) => format!("{} [{}, {}]", points(value), points(i.low()), points(i.high())),
        (Ok(value), Err(_)) => points(value),
        (Err(_), _) => "-".to_owned(),
    }
}

/// Counts of several answers, such as `2 of 3`.
pub(in crate::report) fn drawn(count: DrawCount) -> String {
    format!("{} of {} draws", count.present, count.usable())
}

fn present(ethics: &EthicsFindings) -> Grid {
    let title = format!("To read: risks that a judge calls present ({})", ethics.wording);
    let mut grid =
        Grid::new(&title, &["session", "arm", "risk", "judge", "severity", "turns", "a person said"]);
    for one in &ethics.present {
        let turns: Vec<String> = one.turns.iter().map(ToString::to_string).collect();
        grid.rows.push(vec![
            one.session.clone(),
            one.arm.clone(),
            one.risk.clone(),
            one.judge.clone(),
            one.draws.map_or_else(
                || severity(one.severity).to_owned(),
                |count| format!("{}, {}", severity(one.severity), drawn(count)),
            ),
            turns.join(" "),
            status(one.status).to_owned(),
        ]);
    }
    grid
}

/// The word for a severity.
pub(in crate::report) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
    }
}

/// The word for a reviewer's decision.
pub(in crate::report) fn status(status: ReviewStatus) -> &'static str {
    match status {
        ReviewStatus::Unreviewed => "unreviewed",
        ReviewStatus::Confirmed => "confirmed",
        ReviewStatus::Rejected => "rejected",
    }
}
