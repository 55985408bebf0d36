//! Money: amounts in US dollars, prices of models per million tokens, and the cost of token counts. A model without a
//! price has an unknown cost, which is never treated as 0.

use std::{fmt, iter::Sum, ops::AddAssign};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

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

    /// One of so many equal parts, rounded down.
    pub fn part(self, parts: std::num::NonZeroU32) -> Self {
        Self(self.0 / u64::from(parts.get()))
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
    /// Price of a million prompt tokens written to a cache; if absent, `input` applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000))]
    pub cache_write: Option<f64>,
    /// Price of a million generated tokens, reasoning included.
    #[schemars(range(min = 0, max = 10_000))]
    pub output: f64,
    /// Prices in a batch; if absent, a batch costs as much as its calls one by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<Rates>,
    /// Prices of requests with `service_tier: flex`; if absent, these cost as much as others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flex: Option<Rates>,
    /// Prices of requests with a long prompt; if absent, the length changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub long_context: Option<LongContext>,
    /// Day on which the source showed this price, such as `2026-11-26`.
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub as_of: String,
    /// Where the price is published.
    #[schemars(length(min = 1))]
    pub source: String,
}

/// Prices of a million tokens in a kind of service.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// Price of a million prompt tokens.
    #[schemars(range(min = 0, max = 10_000))]
    pub input: f64,
    /// Price of a million prompt tokens served from a cache; if absent, the usual one applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000))]
    pub cached_input: Option<f64>,
    /// Price of a million prompt tokens written to a cache; if absent, the usual one applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000))]
    pub cache_write: Option<f64>,
    /// Price of a million generated tokens.
    #[schemars(range(min = 0, max = 10_000))]
    pub output: f64,
}

/// Prices of a request whose prompt is longer than a limit. They apply to all its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LongContext {
    /// Prompt tokens above which these prices apply.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub above: u64,
    /// Price of a million prompt tokens.
    #[schemars(range(min = 0, max = 10_000))]
    pub input: f64,
    /// Price of a million prompt tokens served from a cache; if absent, `input` applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000))]
    pub cached_input: Option<f64>,
    /// Price of a million prompt tokens written to a cache; if absent, `input` applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000))]
    pub cache_write: Option<f64>,
    /// Price of a million generated tokens.
    #[schemars(range(min = 0, max = 10_000))]
    pub output: f64,
}

/// How a call is served, as far as its price depends on it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Service {
    /// At once.
    #[default]
    Standard,
    /// When there is room, with `service_tier: flex`.
    Flex,
    /// In a batch.
    Batch,
}

/// Tokens of one call, by what they cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BilledTokens {
    /// All prompt tokens.
    pub prompt: u64,
    /// Those of them served from a cache.
    pub cached: u64,
    /// Those of them written to a cache.
    pub written: u64,
    /// Generated tokens, reasoning included.
    pub generated: u64,
}

/// Prices with every gap filled.
#[derive(Debug, Clone, Copy)]
struct Full {
    input: f64,
    cached: f64,
    written: f64,
    output: f64,
}

impl Full {
    /// These prices, changed as `special` prices differ from `usual` ones.
    fn scaled(self, special: Self, usual: Self) -> Self {
        let by =
            |own: f64, special: f64, usual: f64| if usual > 0.0 { own * special / usual } else { special };
        Self {
            input: by(self.input, special.input, usual.input),
            cached: by(self.cached, special.cached, usual.cached),
            written: by(self.written, special.written, usual.written),
            output: by(self.output, special.output, usual.output),
        }
    }

    fn of(self, tokens: BilledTokens) -> f64 {
        let cached = tokens.cached.min(tokens.prompt);
        let written = tokens.written.min(tokens.prompt - cached);
        let millions = |tokens: u64, price: f64| tokens as f64 / 1e6 * price;
        millions(tokens.prompt - cached - written, self.input)
            + millions(cached, self.cached)
            + millions(written, self.written)
            + millions(tokens.generated, self.output)
    }
}

impl Price {
    /// Cost of one call.
    pub fn of(&self, tokens: BilledTokens, service: Service) -> Usd {
        amount(self.full(tokens.prompt, service).of(tokens))
    }

    /// Cost of calls that are alike, from the sums of their tokens.
    pub fn of_calls(&self, calls: u64, sums: BilledTokens, service: Service) -> Usd {
        amount(self.full(sums.prompt / calls.max(1), service).of(sums))
    }

    /// The most that a call with so many tokens can cost: its whole prompt may be written to a cache.
    pub fn most(&self, prompt: u64, generated: u64, service: Service) -> Usd {
        let fresh = BilledTokens { prompt, generated, ..BilledTokens::default() };
        self.of(fresh, service).max(self.of(BilledTokens { written: prompt, ..fresh }, service))
    }

    /// The prices of a call whose prompt has this length.
    fn full(&self, prompt: u64, service: Service) -> Full {
        let usual = Full {
            input: self.input,
            cached: self.cached_input.unwrap_or(self.input),
            written: self.cache_write.unwrap_or(self.input),
            output: self.output,
        };
        let long = self.long_context.filter(|long| prompt > long.above).map(|long| Full {
            input: long.input,
            cached: long.cached_input.unwrap_or(long.input),
            written: long.cache_write.unwrap_or(long.input),
            output: long.output,
        });
        let special = match service {
            Service::Standard => None,
            Service::Flex => self.flex,
            Service::Batch => self.batch,
        };
        let special = special.map(|rates| Full {
            input: rates.input,
            cached: rates.cached_input.unwrap_or(usual.cached),
            written: rates.cache_write.unwrap_or(usual.written),
            output: rates.output,
        });
        let here = long.unwrap_or(usual);
        special.map_or(here, |special| here.scaled(special, usual))
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

fn amount(dollars: f64) -> Usd {
    Usd::from_dollars(dollars).unwrap_or(Usd(u64::MAX))
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
            cache_write: None,
            output: input * 4.0,
            batch: None,
            flex: None,
            long_context: None,
            as_of: "2026-11-26".into(),
            source: "invented".into(),
        }
    }

    fn tokens(prompt: u64, cached: u64, written: u64, generated: u64) -> BilledTokens {
        BilledTokens { prompt, cached, written, generated }
    }

    fn standard(price: &Price, billed: BilledTokens) -> Usd {
        price.of(billed, Service::Standard)
    }

    fn usd(dollars: f64) -> Usd {
        Usd::from_dollars(dollars).expect("an amount")
    }

    #[test]
    fn cached_tokens_are_cheaper_and_counted_once() {
        let price = price("openai/small", 2.0);
        let million = 1_000_000;
        assert_eq!(standard(&price, tokens(million, 0, 0, 0)), usd(2.0));
        assert_eq!(standard(&price, tokens(million, million, 0, 0)), usd(0.2));
        assert_eq!(standard(&price, tokens(1_000, 0, 0, 100)), usd(0.0028));
        let (more, all) = (tokens(10, 50, 0, 0), tokens(10, 10, 0, 0));
        assert_eq!(standard(&price, more), standard(&price, all), "no more is cached than there is");
        let uncached = Price { cached_input: None, ..price };
        assert_eq!(
            standard(&uncached, tokens(1_000, 500, 0, 0)),
            standard(&uncached, tokens(1_000, 0, 0, 0))
        );
    }

    #[test]
    fn tokens_written_to_a_cache_have_their_own_price_and_the_worst_case_knows_it() {
        let price = Price { cache_write: Some(5.0), ..price("openai/new", 4.0) };
        let thousand = standard(&price, tokens(4_000, 0, 4_000, 20));
        assert_eq!(thousand, usd(0.02 + 0.00032));
        assert_eq!(price.most(4_000, 20, Service::Standard), thousand);
        assert_eq!(standard(&price, tokens(10, 8, 8, 0)), standard(&price, tokens(10, 8, 2, 0)));
        let cheaper = Price { cache_write: Some(1.0), ..price };
        assert_eq!(cheaper.most(1_000, 0, Service::Standard), usd(0.004), "nothing may be written");
    }

    #[test]
    fn batches_flex_and_long_prompts_change_every_price_they_state() {
        let half = |own: &Price| Rates {
            input: own.input / 2.0,
            cached_input: None,
            cache_write: None,
            output: own.output / 2.0,
        };
        let plain = price("openai/large", 2.0);
        let long = LongContext {
            above: 1_000,
            input: 4.0,
            cached_input: Some(0.4),
            cache_write: None,
            output: 12.0,
        };
        let price = Price { batch: Some(half(&plain)), long_context: Some(long), ..plain };
        let short = tokens(1_000, 500, 0, 1_000);
        assert_eq!(standard(&price, short), usd(0.001 + 0.0001 + 0.008));
        assert_eq!(price.of(short, Service::Batch), usd(0.0005 + 0.0001 + 0.004), "cached as usual");
        assert_eq!(price.of(short, Service::Flex), price.of(short, Service::Standard), "no price is stated");
        let beyond = tokens(2_000, 0, 0, 1_000);
        assert_eq!(standard(&price, beyond), usd(0.008 + 0.012), "all tokens of it");
        assert_eq!(price.of(beyond, Service::Batch), usd(0.004 + 0.006));
        let many = price.of_calls(10, tokens(5_000, 0, 0, 0), Service::Standard);
        assert_eq!(many, usd(0.01), "each of them is short");
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
