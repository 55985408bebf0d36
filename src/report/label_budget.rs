//! A label budget as text for the terminal.

use crate::analysis::label_budget::{BudgetPlan, LabelBudget};
use crate::analysis::phrase;

use super::number::value;
use super::table::{Table, wrap};

/// Number of sessions listed on the terminal; the rest is counted.
const LISTED: usize = 20;

/// Sessions to rate next, then the expected gain from rating them.
pub fn text(budget: &LabelBudget) -> String {
    let mut out = wrap(
        &format!(
            "{}: {} of {} rated so far",
            budget.run,
            budget.rated,
            phrase::count(budget.sources, "recorded session")
        ),
        "  ",
    );
    out.push('\n');
    out.push_str(&chosen(budget).text());
    if budget.plans.is_empty() {
        out.push('\n');
        out.push_str(&wrap("! nothing rated yet in two arms: what ratings would buy cannot be said", "  "));
    }
    for plan in &budget.plans {
        out.push('\n');
        out.push_str(&bought(budget, plan).text());
    }
    out
}

fn chosen(budget: &LabelBudget) -> Table {
    let title = format!("Rate next: a simple random sample of what nobody has rated, seed {}", budget.seed);
    let mut table = Table::new(title, ["session", "arm", "inclusion probability"]);
    for one in budget.chosen.iter().take(LISTED) {
        table.push(one.session.clone(), [one.arm.clone(), phrase::decimals(one.inclusion_probability, 3)]);
    }
    if budget.chosen.len() > LISTED {
        table.notes.push(format!("and {} more: -o FILE.csv lists all", budget.chosen.len() - LISTED));
    }
    if budget.chosen.is_empty() {
        table.notes.push("nothing: every recorded session is rated, or none was asked for".to_owned());
    }
    table
}

fn bought(budget: &LabelBudget, plan: &BudgetPlan) -> Table {
    let title = format!(
        "{}, {} by {}: half width of the 95 % interval, correlation with clinicians {}",
        plan.item,
        plan.contrast,
        plan.judge,
        value(&plan.correlation, 2)
    );
    let mut table = Table::new(title, ["rated", "clinicians alone", "corrected"]);
    for point in &plan.points {
        table.push(
            point.rated.to_string(),
            [phrase::decimals(point.classical, 2), phrase::decimals(point.corrected, 2)],
        );
    }
    match (plan.undefined, budget.half_width, plan.needed) {
        (Some(reason), ..) => table.notes.push(format!("undefined: {}", phrase::reason(reason))),
        (None, Some(wanted), Some(n)) => {
            table.notes.push(format!("{n} rated sources reach a half width of {wanted}"));
        }
        (None, Some(wanted), None) => {
            table.notes.push(format!("not even all {} sources reach a half width of {wanted}", plan.sources));
        }
        (None, None, _) => {}
    }
    if plan.undefined.is_none() {
        table.notes.push(
            "a projection: spread and correlation are estimates from what is rated, and may change"
                .to_owned(),
        );
    }
    table
}
