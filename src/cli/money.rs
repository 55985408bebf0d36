//! Texts about money and tokens: the forecast cost of a plan, the cost of a run, and the error of the forecast. An
//! unknown price is stated, never counted as 0.

use crate::{config::Experiment, domain::Usd, pipeline::Operations, plan::Forecast};

/// Lines of a plan about money; empty if only scripted baselines are used.
pub(super) fn forecast(forecast: &Forecast, experiment: &Experiment) -> Vec<String> {
    if forecast.models.is_empty() {
        return Vec::new();
    }
    let known: Usd = forecast.models.values().filter_map(|load| load.cost_usd).sum();
    let unpriced = forecast.unpriced();
    let mut lines = vec![match (unpriced.len() < forecast.models.len(), unpriced.is_empty()) {
        (true, true) => format!("cost       about {known}, {}", dates(forecast, experiment)),
        (true, false) => format!(
            "cost       about {known} for the models with a price, {}; unknown for {}",
            dates(forecast, experiment),
            unpriced.join(", ")
        ),
        (false, _) => format!("cost       unknown: {}", without_price(&unpriced)),
    }];
    if let Some(worst) = forecast.worst_case_usd {
        lines.push(format!("           at most {worst} if every rating is asked twice"));
    }
    let budget = &experiment.budget;
    let cost = budget.max_cost.map(|limit| limit.to_string());
    let time = budget.max_time.map(|limit| humantime::format_duration(limit).to_string());
    let limits: Vec<String> = cost.into_iter().chain(time).collect();
    if !limits.is_empty() {
        lines.push(format!("budget     stops before {}", limits.join(" or ")));
    }
    lines
}

/// Dates of the prices.
fn dates(forecast: &Forecast, experiment: &Experiment) -> String {
    let price = |id: &String| experiment.model(id).and_then(|model| experiment.price(model));
    let mut days: Vec<&str> =
        forecast.models.keys().filter_map(price).map(|price| price.as_of.as_str()).collect();
    days.sort_unstable();
    days.dedup();
    format!("at prices of {}; retries come on top", days.join(", "))
}

fn without_price(models: &[&str]) -> String {
    format!("no price for {} (`budget.prices` names a table)", models.join(", "))
}

/// Lines on the cost of a run; empty if only scripted baselines were used.
pub(super) fn spent(operations: &Operations) -> Vec<String> {
    let costs = &operations.costs;
    let mut lines = Vec::new();
    if let Some(paid) = costs.paid_usd {
        let mut line = format!("cost: {paid} for the calls of this run");
        if costs.unconfirmed_usd > Usd::ZERO {
            let unconfirmed = costs.unconfirmed_usd;
            line = format!(
                "{line}, and about {unconfirmed} for replies that did not arrive or reported no tokens"
            );
        }
        lines.push(line);
    }
    let unpriced = costs.unpriced();
    if !unpriced.is_empty() {
        lines.push(format!("cost unknown: {}", without_price(&unpriced)));
    }
    lines
}

/// Lines on the error of the forecast, compared with the ledger; empty if no tokens were reported.
pub(super) fn forecast_error(operations: &Operations) -> Vec<String> {
    let Some(forecast) = operations.forecast.as_ref().map(Forecast::total) else { return Vec::new() };
    let tokens = operations.tokens();
    if tokens.reported == 0 {
        return Vec::new();
    }
    let mut lines = vec![format!(
        "tokens: {} prompt and {} generated; forecast {} ({}) and {} ({})",
        tokens.prompt,
        tokens.completion,
        forecast.prompt_tokens,
        off(forecast.prompt_tokens as f64, tokens.prompt as f64),
        forecast.completion_tokens,
        off(forecast.completion_tokens as f64, tokens.completion as f64),
    )];
    let costs = &operations.costs;
    let whole = costs.unpriced().is_empty();
    if let (Some(paid), Some(known), Some(expected), true) =
        (costs.paid_usd, costs.from_ledger_usd, forecast.cost_usd, whole)
    {
        let actual = paid.plus(known);
        lines.push(format!(
            "cost of all replies: {actual}; forecast {expected} ({})",
            off(expected.dollars(), actual.dollars())
        ));
    }
    lines
}

/// Error of a forecast, in percent of the actual value.
fn off(expected: f64, came: f64) -> String {
    if came > 0.0 { format!("{:+.0} %", (expected - came) / came * 100.0) } else { "nothing came".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::off;

    #[test]
    fn a_forecast_that_was_too_low_is_negative() {
        assert_eq!((off(85.0, 100.0), off(110.0, 100.0)), ("-15 %".to_owned(), "+10 %".to_owned()));
        assert_eq!(off(5.0, 0.0), "nothing came");
    }
}
