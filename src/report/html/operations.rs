//! `operations.html`: calls, tokens and failures of one run, by model and purpose. It is a page of its own because it
//! shows no results and differs from run to run.

use minijinja::context;
use serde_json::{Map, Value};

use crate::report::ReportError;

use crate::report::table::{Cell, Table, spaced};

use crate::report::html::page::STYLE;
use crate::report::html::page::environment;
use crate::report::html::page::value;

/// Columns: heading and path of the figure in a tally.
const FIGURES: [(&str, &str); 12] = [
    ("Replies paid for", "/replies"),
    ("Answered by the ledger", "/from_ledger"),
    ("Requests sent", "/attempts"),
    ("Prompt tokens", "/tokens/prompt"),
    ("of them cached", "/tokens/cached"),
    ("of them written to a cache", "/tokens/cache_written"),
    ("Generated tokens", "/tokens/completion"),
    ("of them reasoning", "/tokens/reasoning"),
    ("Replies without token counts", "/tokens/unreported"),
    ("Waiting in the queue, ms", "/queued_ms"),
    ("Waiting to retry, ms", "/retry_wait_ms"),
    ("Latency in all, ms", "/latency_ms"),
];

/// The operational figures of a run for people, from `usage.json`.
///
/// # Errors
/// The template rejects its values, which is a bug of this program.
pub fn operations(usage: &Value, run: &str) -> Result<String, ReportError> {
    let page = context! {
        style => STYLE,
        nonce => crate::domain::Digest::of_value(&(usage, run)).hex()[..32].to_owned(),
        run,
        calls => value(&calls(usage)),
        costs => value(&costs(usage)),
        pauses => value(&pauses(usage)),
        failures => value(&failures(usage)),
    };
    Ok(environment()?.get_template("operations.html")?.render(page)?)
}

fn entries(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flat_map(Map::iter)
}

fn calls(usage: &Value) -> Table {
    let head =
        ["Model, purpose"].into_iter().chain(FIGURES.iter().map(|(name, _)| *name)).chain(["Failures"]);
    let mut table = Table::new("Calls and tokens by model and purpose", head);
    for (model, purposes) in entries(usage.pointer("/usage/by_model")) {
        for (purpose, tally) in entries(Some(purposes)) {
            table.push(format!("{model}, {}", spaced(purpose)), tally_cells(tally));
        }
    }
    if let Some(total) = usage.get("total") {
        table.push("Together", tally_cells(total));
    }
    table
}

fn tally_cells(tally: &Value) -> Vec<Cell> {
    let figures = FIGURES.iter().map(|(_, path)| match tally.pointer(path).and_then(Value::as_u64) {
        Some(n) => grouped(n).into(),
        None => Cell::absent("not recorded"),
    });
    let kinds: Vec<String> =
        entries(tally.get("failures")).map(|(kind, n)| format!("{n} {}", spaced(kind))).collect();
    figures
        .chain([Cell::words(if kinds.is_empty() { "none".to_owned() } else { kinds.join("; ") })])
        .collect()
}

/// What language models cost; none where none was asked.
fn costs(usage: &Value) -> Option<Table> {
    let head = ["Model", "Paid in this run, USD", "Known from the ledger, had cost, USD", "Prices of"];
    let mut table = Table::new("Cost by model, at the prices of the experiment", head);
    let amount = |value: Option<&Value>| match value.and_then(Value::as_f64) {
        Some(dollars) => format!("{dollars:.4}").into(),
        None => Cell::absent("price not known"),
    };
    for (model, cost) in entries(usage.pointer("/costs/by_model")) {
        let day = cost.pointer("/price/as_of").and_then(Value::as_str).unwrap_or("price not known");
        let cells = vec![amount(cost.get("paid_usd")), amount(cost.get("from_ledger_usd")), Cell::words(day)];
        table.push(model, cells);
    }
    table.nonempty()
}

fn pauses(usage: &Value) -> Option<Table> {
    let mut table = Table::new("Pauses that servers asked for", ["Endpoint", "Times", "In all, ms"]);
    for (endpoint, pause) in entries(usage.pointer("/usage/pauses")) {
        let figure = |name: &str| match pause.get(name).and_then(Value::as_u64) {
            Some(n) => grouped(n).into(),
            None => Cell::absent("not recorded"),
        };
        table.push(endpoint, vec![figure("times"), figure("total_ms")]);
    }
    table.nonempty()
}

fn failures(usage: &Value) -> Option<Table> {
    let head = ["Task", "Arm", "Recorded session", "Repeat", "Kind", "Requests sent", "What happened"];
    let mut table = Table::new("Tasks without a result", head);
    for failure in usage.get("failures").and_then(Value::as_array).into_iter().flatten() {
        let word = |name: &str| match failure.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => "not recorded".to_owned(),
        };
        let cells =
            ["arm", "source", "epoch", "kind", "attempts", "message"].map(|name| Cell::words(word(name)));
        table.push(word("task"), cells.to_vec());
    }
    table.nonempty()
}

/// `1234567` as `1,234,567`.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
