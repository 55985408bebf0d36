//! The outcome of a gate as text for the terminal, and as `JUnit` XML for CI, where an inconclusive criterion is a
//! skipped test because it neither passes nor fails.

use minijinja::{Environment, UndefinedBehavior, Value, context, syntax::SyntaxConfig, value::Serde};
use serde::Serialize;

use crate::analysis::gate::{CheckedCriterion, GateFinding, GateOutcome};
use crate::analysis::phrase;

use super::ReportError;
use super::number::with_interval;
use super::table::wrap;

/// Number of decimals of a figure in a gate's table.
const PLACES: usize = 3;

/// The outcome in words, then every criterion with its figure, its limit and what would settle it.
pub fn text(finding: &GateFinding) -> String {
    let mut out = wrap(&format!("gate: {}", finding.outcome.word()), "  ");
    for why in &finding.because {
        out.push_str(&wrap(&format!("! {why}"), "  "));
    }
    if !finding.checked.is_empty() {
        out.push_str(
            "\nCriteria; each passes or fails only where its whole 95 % interval does, and all must pass\n",
        );
    }
    for checked in &finding.checked {
        out.push_str(&wrap(&line(checked), "  "));
    }
    out
}

/// One criterion: its outcome, the figure, the limit, and what would settle it.
pub(super) fn line(checked: &CheckedCriterion) -> String {
    let because = match (checked.because.as_str(), &checked.settle) {
        ("", _) => String::new(),
        (because, None) => format!("; {because}"),
        (because, Some(settle)) => format!("; {because}; would settle it: {settle}"),
    };
    format!(
        "- {}: {}: {}, n = {}, asked: {}{because}",
        checked.outcome.word(),
        name(checked),
        with_interval(&checked.value, PLACES),
        checked.value.n_units(),
        checked.limit,
    )
}

/// Criterion, judge and subject, without those that are empty.
fn name(checked: &CheckedCriterion) -> String {
    let parts = [checked.criterion.as_str(), checked.judge.as_str(), checked.subject.as_str()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

#[derive(Serialize)]
struct Case {
    criterion: String,
    name: String,
    outcome: &'static str,
    message: String,
}

/// `JUnit` XML: a test case per criterion, and one for what makes the whole gate inconclusive.
///
/// # Errors
/// A template that does not render, which is a bug of this program.
pub fn junit(finding: &GateFinding, run: &str) -> Result<String, ReportError> {
    let of = |checked: &CheckedCriterion| Case {
        criterion: checked.criterion.clone(),
        name: name(checked),
        outcome: checked.outcome.word(),
        message: format!(
            "{}; {}, limit {}",
            checked.because,
            phrase::estimate(&checked.value, PLACES),
            checked.limit
        ),
    };
    let whole = finding.because.iter().map(|why| Case {
        criterion: "gate".to_owned(),
        name: "gate".to_owned(),
        outcome: GateOutcome::Inconclusive.word(),
        message: why.clone(),
    });
    let cases: Vec<Case> = whole.chain(finding.checked.iter().map(of)).collect();
    let count = |outcome: GateOutcome| cases.iter().filter(|case| case.outcome == outcome.word()).count();
    let (failures, skipped) = (count(GateOutcome::Fail), count(GateOutcome::Inconclusive));
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    // The ending of the template's name switches on escaping.
    env.add_template("gate.junit.xml", include_str!("assets/gate.junit.xml"))?;
    let cases = Value::from(Serde(&cases));
    Ok(env.get_template("gate.junit.xml")?.render(context! { run, cases, failures, skipped })?)
}
