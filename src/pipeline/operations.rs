//! Owns how a run went: calls and tokens, what they cost, how near the forecast was. Nothing here is a result.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::{Study, run::TaskFailure, write::Collected};
use crate::{
    domain::{Draw, Price, TokenSum, Unusable, Usd},
    execute::{Summary, Tally},
    plan::Forecast,
};

/// How a run went.
#[derive(Debug, Clone, PartialEq)]
pub struct Operations {
    /// Calls, tokens, faults.
    pub summary: Summary,
    /// Money.
    pub costs: Costs,
    /// What was expected, where there was a forecast.
    pub forecast: Option<Forecast>,
    /// Answers of judges that were wrong in content; counted apart from faults of transport.
    pub content_faults: ContentFaults,
}

/// What calls cost, in US dollars, by reported tokens and the prices of the experiment.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Costs {
    /// Replies paid for in this run; none where no model asked has a price.
    pub paid_usd: Option<Usd>,
    /// Paid in all likelihood besides: replies that did not arrive, and replies without token counts, by their length.
    pub unconfirmed_usd: Usd,
    /// What the replies that the ledger gave had cost.
    pub from_ledger_usd: Option<Usd>,
    /// By model id; none where the price is not known.
    pub by_model: BTreeMap<String, Option<ModelCost>>,
}

/// What one model's calls cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelCost {
    /// Replies paid for in this run.
    pub paid_usd: Usd,
    /// What the replies that the ledger gave had cost.
    pub from_ledger_usd: Usd,
    /// The price reckoned with.
    pub price: Price,
}

/// Answers that arrived and are wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ContentFaults {
    /// Draws asked a second time because no quote held; once at most for each draw.
    pub reasked: u64,
    /// Draws without a usable answer, by reason; those whose call failed are not among them.
    pub unusable: BTreeMap<&'static str, u64>,
}

impl Operations {
    pub(super) fn of(
        study: &Study,
        summary: Summary,
        spent: Usd,
        forecast: Option<Forecast>,
        collected: &Collected,
    ) -> Self {
        let costs = Costs::of(study, &summary, spent);
        let draws = collected.ratings.iter().flat_map(|rating| rating.draws.iter());
        Self { summary, costs, forecast, content_faults: ContentFaults::of(draws) }
    }

    /// Of a run that had nothing left to do.
    pub(super) fn nothing_done() -> Self {
        Self {
            summary: Summary::default(),
            costs: Costs::default(),
            forecast: None,
            content_faults: ContentFaults::default(),
        }
    }

    /// The same with the wrong answers among these draws.
    pub(super) fn with_faults<'d>(self, draws: impl Iterator<Item = &'d Draw>) -> Self {
        Self { content_faults: ContentFaults::of(draws), ..self }
    }

    /// `usage.json`.
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

    /// Tokens of language models, paid for and known together: what a forecast is held against.
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
    fn of(study: &Study, summary: &Summary, spent: Usd) -> Self {
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

    /// Models asked whose price is not known.
    pub fn unpriced(&self) -> Vec<&str> {
        self.by_model.iter().filter(|(_, cost)| cost.is_none()).map(|(id, _)| id.as_str()).collect()
    }
}

impl ModelCost {
    fn of(price: &Price, purposes: &BTreeMap<String, Tally>) -> Self {
        let sum =
            |part: fn(&Tally) -> &TokenSum| purposes.values().map(|tally| price.of_sum(part(tally))).sum();
        Self {
            paid_usd: sum(|tally| &tally.tokens),
            from_ledger_usd: sum(|tally| &tally.tokens_from_ledger),
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
