//! Resolves the budget of a run: its cost limit, its time limit, and the prices used for both.

use std::time::Duration;

use super::Context;
use crate::{
    config::{
        builtin,
        document::Document,
        experiment::{Budget, Model, Route},
        file::BudgetFile,
        hints,
        path::YamlPath,
        schema::{SchemaKind, schema},
    },
    domain::price::{Price, PriceTable, Usd, price_of},
};

/// The format of price tables this version reads.
const FORMAT: &str = "corater-prices/1";
/// The embedded table.
const EMBEDDED: &str = "prices";

/// Resolves `budget`. The user's prices take precedence over the embedded ones.
pub(super) fn resolve(cx: &mut Context<'_>, file: &BudgetFile, models: &[&Model]) -> Budget {
    let path = YamlPath::root().key("budget");
    let mut prices = file.prices.as_ref().map(|name| own(cx, &path, name)).unwrap_or_default();
    prices.extend(embedded());
    let max_cost = file.max_cost.and_then(Usd::from_dollars);
    if max_cost.is_some() {
        for model in models {
            check_bounded(cx, &path.key("max_cost"), model, &prices);
        }
    }
    let max_time = file.max_time.as_ref().and_then(|text| duration(cx, &path.key("max_time"), text));
    Budget { max_cost, max_time, prices }
}

/// The rows of the embedded table.
fn embedded() -> Vec<Price> {
    let text = builtin::find(EMBEDDED).map_or("", |builtin| builtin.text);
    let table: PriceTable = serde_yaml::from_str(text).expect("the embedded prices are tested");
    table.prices
}

fn own(cx: &mut Context<'_>, path: &YamlPath, name: &str) -> Vec<Price> {
    let at = path.key("prices");
    let read: Option<(PriceTable, Document)> = cx.read_yaml(&at, name, "prices", &schema(SchemaKind::Prices));
    let Some((table, mut document)) = read else { return Vec::new() };
    check_prices(&mut document, &table);
    cx.elsewhere.append(&mut document.problems);
    table.prices
}

/// Checks what the schema of price tables cannot express.
fn check_prices(document: &mut Document, table: &PriceTable) {
    use crate::config::document::At;
    if table.format != FORMAT {
        let path = YamlPath::root().key("format");
        document.report(
            &path,
            At::Value,
            "not a price table this version reads",
            format!("write `{FORMAT}`"),
        );
    }
    for (index, price) in table.prices.iter().enumerate() {
        let path = YamlPath::root().key("prices").index(index);
        if !is_day(&price.as_of) {
            document.report(
                &path.key("as_of"),
                At::Value,
                "not a day",
                "write the day on which the source said so, such as 2026-11-26",
            );
        }
        if table.prices[..index].iter().any(|earlier| earlier.model == price.model) {
            document.report(&path.key("model"), At::Value, "this model has two prices", "keep the newer one");
        }
    }
}

/// True for a day such as `2026-11-26`.
pub(super) fn is_day(text: &str) -> bool {
    let fits = text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(n, b)| if n == 4 || n == 7 { b == b'-' } else { b.is_ascii_digit() });
    fits && humantime::parse_rfc3339(&format!("{text}T00:00:00Z")).is_ok()
}

/// Reports a cost limit that cannot be kept because the maximum cost of a call is unknown.
fn check_bounded(cx: &mut Context<'_>, at: &YamlPath, model: &Model, prices: &[Price]) {
    let Route::Endpoint { endpoint, model: wire } = &model.route else { return };
    let id = hints::clip(&model.id);
    if price_of(prices, endpoint, wire).is_none() {
        let message = format!("the price of model `{id}` is not known, so no limit of costs can be kept");
        let advice = format!(
            "add a row for `{endpoint}/{wire}` to a file named by `budget.prices` (`corater schema prices` prints its \
             shape), or leave `max_cost` out"
        );
        cx.at(at, message, advice);
    }
    if model.decoding.max_tokens.is_none() || model.capabilities.omit.contains("max_tokens") {
        let message = format!("model `{id}` may generate without end, so no limit of costs can be kept");
        cx.at(at, message, "give it `decoding: {max_tokens: N}`, or leave `max_cost` out");
    }
}

fn duration(cx: &mut Context<'_>, at: &YamlPath, text: &str) -> Option<Duration> {
    let parsed = humantime::parse_duration(text).ok().filter(|time| !time.is_zero());
    if parsed.is_none() {
        let message = format!("expected a time, found {}", cx.quoted(at));
        cx.at(at, message, "such as `90s`, `45m` or `1h 30m`");
    }
    parsed
}
