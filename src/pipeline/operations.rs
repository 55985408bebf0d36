//! Operational figures of a run: calls and tokens, their cost, and the error of the forecast. They are not results.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::{Study, collected::RunMaterial, task_failure::TaskFailure};
use crate::{
    domain::{Draw, Price, TokenSum, Unusable, Usd},
    execute::{UsageSummary, UsageTally},
    plan::Forecast,
};

/// Operational figures of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Operations {
    /// Calls, tokens and transport faults.
    pub summary: UsageSummary,
    /// Costs of the calls.
    pub costs: Costs,
    /// The forecast, if there was one.
    pub forecast: Option<Forecast>,
    /// Unusable answers of judges, counted separately from transport faults.
    pub content_faults: ContentFaults,
}

/// Costs of calls in US dollars, from reported tokens and the experiment's prices.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Costs {
    /// Replies paid for in this run; `None` if no model in use has a price.
    pub paid_usd: Option<Usd>,
    /// Probably paid in addition: replies that did not arrive, and replies without token counts, by their length.
    pub unconfirmed_usd: Usd,
    /// Earlier cost of the replies that came from the ledger.
    pub from_ledger_usd: Option<Usd>,
    /// By model id; `None` if the price is unknown.
    pub by_model: BTreeMap<String, Option<ModelCost>>,
}

/// Costs of one model's calls.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelCost {
    /// Replies paid for in this run.
    pub paid_usd: Usd,
    /// Earlier cost of the replies that came from the ledger.
    pub from_ledger_usd: Usd,
    /// The price that was used.
    pub price: Price,
}

/// Answers that arrived and are wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ContentFaults {
    /// Number of draws asked a second time because no quote was found; each draw at most once.
    pub reasked: u64,
    /// Number of draws without a usable answer, by reason; failed calls are not included.
    pub unusable: BTreeMap<&'static str, u64>,
}

impl Operations {
    pub(super) fn of(
        study: &Study,
        summary: UsageSummary,
        spent: Usd,
        forecast: Option<Forecast>,
        collected: &RunMaterial,
    ) -> Self {
        let costs = Costs::of(study, &summary, spent);
        let varied = collected.varied.iter().flat_map(|varied| &varied.ratings);
        let draws = collected.ratings.iter().chain(varied).flat_map(|rating| rating.draws.iter());
        Self { summary, costs, forecast, content_faults: ContentFaults::of(draws) }
    }

    /// Figures of a run that had nothing left to do.
    pub(super) fn nothing_done() -> Self {
        Self {
            summary: UsageSummary::default(),
            costs: Costs::default(),
            forecast: None,
            content_faults: ContentFaults::default(),
        }
    }

    /// Adds the wrong answers among these draws.
    pub(super) fn with_faults<'d>(self, draws: impl Iterator<Item = &'d Draw>) -> Self {
        Self { content_faults: ContentFaults::of(draws), ..self }
    }

    /// Contents of `usage.json`.
    pub(super) fn usage(&self, failures: &[TaskFailure]) -> Value {
        json!({
            "format": "corater-usage/1",
            "total": self.summary.total(),
            "usage": self.summary,
            "costs": self.costs,
            "forecast": self.forecast.as_ref().map(Forecast::total),
            "content_faults": self.content_faults,
            "failures": failures,
        })
    }

    /// Tokens of language models, paid and from the ledger together, for comparison with the forecast.
    pub fn tokens(&self) -> TokenSum {
        let mut tokens = TokenSum::default();
        let asked = self.costs.by_model.keys().filter_map(|model| self.summary.by_model.get(model));
        for tally in asked.flat_map(BTreeMap::values) {
            tokens += tally.tokens;
            tokens += tally.tokens_from_ledger;
        }
        tokens
    }
}

impl Costs {
    fn of(study: &Study, summary: &UsageSummary, spent: Usd) -> Self {
        let mut costs = Self::default();
        for (id, purposes) in &summary.by_model {
            let Some(model) = study.experiment.model(id).filter(|model| !model.is_baseline()) else {
                continue;
            };
            let cost = study.experiment.price(model).map(|price| ModelCost::of(price, purposes));
            costs.by_model.insert(id.clone(), cost);
        }
        let priced = || costs.by_model.values().flatten();
        let any = priced().next().is_some();
        costs.paid_usd = any.then(|| priced().map(|cost| cost.paid_usd).sum());
        costs.from_ledger_usd = any.then(|| priced().map(|cost| cost.from_ledger_usd).sum());
        costs.unconfirmed_usd = spent.minus(costs.paid_usd.unwrap_or_default());
        costs
    }

    /// Ids of models in use whose price is unknown.
    pub fn unpriced(&self) -> Vec<&str> {
        self.by_model.iter().filter(|(_, cost)| cost.is_none()).map(|(id, _)| id.as_str()).collect()
    }
}

impl ModelCost {
    fn of(price: &Price, purposes: &BTreeMap<String, UsageTally>) -> Self {
        let sum = |part: fn(&UsageTally) -> Usd| purposes.values().map(part).sum();
        Self {
            paid_usd: sum(|tally| tally.paid),
            from_ledger_usd: sum(|tally| tally.paid_earlier),
            price: price.clone(),
        }
    }
}

impl ContentFaults {
    fn of<'d>(draws: impl Iterator<Item = &'d Draw>) -> Self {
        let mut faults = Self::default();
        for draw in draws {
            faults.reasked += u64::from(draw.reasked);
            if let crate::domain::RatingOutcome::Unusable { reason } = &draw.outcome
                && *reason != Unusable::CallFailed
            {
                *faults.unusable.entry(reason.word()).or_default() += 1;
            }
        }
        faults
    }
}
