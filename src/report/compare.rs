//! A comparison of two runs as text for the terminal.

use crate::analysis::compare::{ComparedMeasure, RunComparison, RunDifference};
use crate::analysis::phrase;
use crate::stats::Undefined;

use super::number::{p, value, with_interval};
use super::table::{Table, wrap};

/// Number of sessions named on the terminal; the rest is counted.
const NAMED: usize = 5;

/// What was paired, then a table of differences per judge, and the result of the self-test.
pub fn text(comparison: &RunComparison) -> String {
    let [first, second] = &comparison.runs;
    let mut out = wrap(&format!("{second} minus {first}"), "  ");
    for line in pairing(comparison) {
        out.push_str(&wrap(&line, "  "));
    }
    for table in tables(comparison) {
        out.push('\n');
        out.push_str(&table.text());
    }
    if !comparison.differences.is_empty() {
        out.push('\n');
        out.push_str(&wrap(LEGEND, "  "));
    }
    if !comparison.self_test.is_empty() {
        out.push('\n');
        out.push_str(&self_test(comparison).text());
    }
    out
}

fn pairing(comparison: &RunComparison) -> Vec<String> {
    let mut said = vec![format!(
        "- {} in both, {} with the same text",
        phrase::count(comparison.paired_sessions, "session"),
        comparison.same_text
    )];
    if comparison.same_text < comparison.paired_sessions {
        said.push(
            "! where texts differ, a difference of scores belongs to the texts and the judge together"
                .to_owned(),
        );
    }
    for (only, run) in comparison.only_in.iter().zip(&comparison.runs) {
        if !only.is_empty() {
            let named = only.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
            let more =
                if only.len() > NAMED { format!(" and {} more", only.len() - NAMED) } else { String::new() };
            said.push(format!("! only in {run}: {} ({named}{more})", phrase::count(only.len(), "session")));
        }
    }
    for (only, run) in comparison.judges_only_in.iter().zip(&comparison.runs) {
        if !only.is_empty() {
            said.push(format!("! judges only in {run}: {}", only.join(", ")));
        }
    }
    if comparison.rubrics_differ {
        said.push(
            "! the runs use rubrics that differ: scores of one name may mean different things".to_owned(),
        );
    }
    if comparison.differences.is_empty() {
        said.push("! nothing could be paired".to_owned());
    }
    said
}

/// One table per judge and arm, flags last.
fn tables(comparison: &RunComparison) -> Vec<Table> {
    let mut parts: Vec<(&str, &str)> =
        comparison.differences.iter().map(|d| (d.judge.as_str(), d.arm.as_str())).collect();
    // Scores and rates of one judge share a table; rows without a judge come last in their order.
    parts.sort_by_key(|(judge, _)| judge.is_empty());
    let mut seen = Vec::new();
    parts.retain(|part| {
        !seen.contains(part) && {
            seen.push(*part);
            true
        }
    });
    let of = |(judge, arm)| {
        table(judge, arm, comparison.differences.iter().filter(|d| d.judge == judge && d.arm == arm))
    };
    parts.into_iter().map(of).collect()
}

fn table<'d>(judge: &str, arm: &str, differences: impl Iterator<Item = &'d RunDifference>) -> Table {
    let title = if judge.is_empty() {
        format!("{arm}: flagged phrases per 100 counselor turns")
    } else {
        format!("{arm}: scores by {judge}, and the share of its ratings that could not be used")
    };
    let mut table = Table::new(title, ["", "n", "first", "second", "difference", "p", "Holm", "detectable"]);
    let mut same = 0;
    for d in differences {
        if d.difference.value() == Ok(0.0) && d.detectable.value() == Err(Undefined::NoVariance) {
            same += 1;
            continue;
        }
        let item = if d.measure == ComparedMeasure::UnusableRate { "unusable" } else { d.item.as_str() };
        let mean = |mean: Option<f64>| mean.map_or_else(|| "-".to_owned(), |mean| phrase::decimals(mean, 2));
        table.push(
            item.to_owned(),
            [
                d.difference.n_units().to_string(),
                mean(d.first),
                mean(d.second),
                with_interval(&d.difference, 2),
                p(d.difference.p()),
                p(d.p_adjusted),
                value(&d.detectable, 2),
            ],
        );
    }
    if same > 0 {
        table.notes.push(format!("{} the same in every session", phrase::count(same, "figure")));
    }
    table
}

/// Legend of the columns, once for all tables.
const LEGEND: &str = "n: recorded sessions that both runs hold; p: paired t, Holm over the items of one table; \
                      detectable: the true difference found with power .8 at this n and spread (two-sided .05)";

fn self_test(comparison: &RunComparison) -> Table {
    let title = "Self-test: share of random exchanges of the two runs in which the t test finds p < .05 (should be .05)";
    let mut table = Table::new(title, ["figure", "judge", "exchanges", "found"]);
    for test in &comparison.self_test {
        table.push(
            format!("{} {}", test.arm, test.item),
            [test.judge.clone(), test.found.n_units().to_string(), with_interval(&test.found, 3)],
        );
    }
    table
}
