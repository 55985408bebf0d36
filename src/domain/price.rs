//! Money: amounts in US dollars, prices of models per million tokens, and the cost of token counts. A model without a
//! price has an unknown cost, which is never treated as 0.

use std::{fmt, iter::Sum, ops::AddAssign};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use super::TokenSum;

/// An amount in US dollars, exact to 1e-12.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd(u64);

/// Units of one dollar.
const PARTS: f64 = 1e12;

impl Usd {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount in dollars; `None` if it is negative, not finite, or larger than the type can hold.
    pub fn from_dollars(dollars: f64) -> Option<Self> {
        let parts = (dollars * PARTS).round();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= parts < 2^63")]
        let amount = (0.0..9e18).contains(&parts).then_some(Self(parts as u64));
        amount
    }

    /// The amount in dollars.
    pub fn dollars(self) -> f64 {
        self.0 as f64 / PARTS
    }

    /// The sum, capped at the largest amount.
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, never below 0.
    pub fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Usd {
    /// Two decimals; more if the amount is below one dollar.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dollars = self.dollars();
        let digits = if dollars == 0.0 || dollars >= 1.0 { 2 } else { 4 };
        write!(f, "{dollars:.digits$} USD")
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, other: Self) {
        *self = self.plus(other);
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::plus)
    }
}

impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.dollars())
    }
}

/// A table of prices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceTable {
    /// `corater-prices/1`.
    pub format: String,
    /// Caution shown to readers.
    #[serde(default)]
    pub note: Option<String>,
    /// Prices, in US dollars per million tokens.
    pub prices: Vec<Price>,
}

/// The price of one model, in US dollars per million tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Endpoint and model as written in an experiment, such as `openai/gpt-5-mini` or `lab/small-instruct`. It also
    /// applies to dated snapshots of the model that have no row of their own.
    #[schemars(length(min = 3))]
    pub model: String,
    /// Price of a million prompt tokens.
    #[schemars(range(min = 0, max = 10_000))]
    pub input: f64,
    /// Price of a million prompt tokens served from a cache; if absent, `input` applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000))]
    pub cached_input: Option<f64>,
    /// Price of a million generated tokens, reasoning included.
    #[schemars(range(min = 0, max = 10_000))]
    pub output: f64,
    /// Day on which the source showed this price, such as `2026-11-26`.
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub as_of: String,
    /// Where the price is published.
    #[schemars(length(min = 1))]
    pub source: String,
}

impl Price {
    /// Cost of one call: all prompt tokens, those of them served from a cache, and generated tokens.
    pub fn of(&self, prompt: u64, cached: u64, generated: u64) -> Usd {
        let cached = cached.min(prompt);
        let cached_price = self.cached_input.unwrap_or(self.input);
        let millions = |tokens: u64, price: f64| tokens as f64 / 1e6 * price;
        let dollars = millions(prompt - cached, self.input)
            + millions(cached, cached_price)
            + millions(generated, self.output);
        Usd::from_dollars(dollars).unwrap_or(Usd(u64::MAX))
    }

    /// Cost of the summed tokens of many replies. Replies that reported no tokens are not included.
    pub fn of_sum(&self, tokens: &TokenSum) -> Usd {
        self.of(tokens.prompt, tokens.cached, tokens.completion)
    }

    /// True if this is the price of `model`, or of a model of which it is a dated snapshot.
    fn covers(&self, model: &str) -> bool {
        let dated = |rest: &str| {
            let digits = rest.chars().filter(char::is_ascii_digit).count();
            rest.starts_with('-') && digits == 8 && rest.chars().all(|c| c.is_ascii_digit() || c == '-')
        };
        model.strip_prefix(self.model.as_str()).is_some_and(|rest| rest.is_empty() || dated(rest))
    }
}

/// The price of a model at an endpoint; a row of the model itself comes before that of its base model.
pub fn price_of<'p>(prices: &'p [Price], endpoint: &str, model: &str) -> Option<&'p Price> {
    let wanted = format!("{endpoint}/{model}");
    prices
        .iter()
        .find(|price| price.model == wanted)
        .or_else(|| prices.iter().find(|price| price.covers(&wanted)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(model: &str, input: f64) -> Price {
        Price {
            model: model.into(),
            input,
            cached_input: Some(input / 10.0),
            output: input * 4.0,
            as_of: "2026-11-26".into(),
            source: "invented".into(),
        }
    }

    #[test]
    fn cached_tokens_are_cheaper_and_counted_once() {
        let price = price("openai/small", 2.0);
        assert_eq!(price.of(1_000_000, 0, 0).to_string(), "2.00 USD");
        assert_eq!(price.of(1_000_000, 1_000_000, 0).to_string(), "0.2000 USD");
        assert_eq!(price.of(1_000, 0, 100).to_string(), "0.0028 USD");
        assert_eq!(price.of(10, 50, 0), price.of(10, 10, 0), "no more is cached than there is");
        let uncached = Price { cached_input: None, ..price };
        assert_eq!(uncached.of(1_000, 500, 0), uncached.of(1_000, 0, 0));
    }

    #[test]
    fn a_dated_snapshot_has_the_price_of_its_model_and_a_longer_name_has_not() {
        let prices =
            [price("openai/gpt-5", 1.0), price("openai/gpt-5-mini", 0.25), price("lab/x-20250101", 9.0)];
        let found = |endpoint, model| price_of(&prices, endpoint, model).map(|price| price.input);
        assert_eq!(found("openai", "gpt-5"), Some(1.0));
        assert_eq!(found("openai", "gpt-5-2025-08-07"), Some(1.0));
        assert_eq!(found("openai", "gpt-5-mini-2025-08-07"), Some(0.25));
        assert_eq!(found("openai", "gpt-5-nano"), None);
        assert_eq!(found("lab", "gpt-5"), None, "another endpoint has prices of its own");
        assert_eq!(found("lab", "x-20250101"), Some(9.0));
    }

    #[test]
    fn amounts_are_exact_and_bounded() {
        assert_eq!(Usd::from_dollars(-1.0), None);
        assert_eq!(Usd::from_dollars(f64::NAN), None);
        let cent = Usd::from_dollars(0.01).expect("an amount");
        let sum: Usd = std::iter::repeat_n(cent, 100).sum();
        assert_eq!(sum, Usd::from_dollars(1.0).expect("an amount"));
        assert_eq!(cent.minus(sum), Usd::ZERO);
    }
}
