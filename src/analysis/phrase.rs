//! Puts numbers, reasons and sample sizes into words.

use crate::stats::{Estimate, Undefined};

/// A number with a fixed number of decimals; `-0.00` is written `0.00`.
pub fn decimals(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    let zero = text.trim_start_matches('-').chars().all(|c| matches!(c, '0' | '.'));
    if zero { text.trim_start_matches('-').to_owned() } else { text }
}

/// A share as a percentage without decimals, or with one below 10 %.
pub fn percent(share: f64) -> String {
    let value = 100.0 * share;
    let places = usize::from(value.abs() < 10.0 && (value - value.round()).abs() > 0.05);
    format!("{} %", decimals(value, places))
}

/// A p value: three decimals, `<.001` below.
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "p < .001".to_owned() } else { format!("p = {}", decimals(p, 3).trim_start_matches('0')) }
}

/// Why something is undefined, in words.
pub fn reason(undefined: Undefined) -> &'static str {
    match undefined {
        Undefined::TooFewUnits => "too few units",
        Undefined::TooFewRaters => "too few raters",
        Undefined::NoPairs => "nothing rated by both",
        Undefined::NoVariance => "all scores are the same",
        Undefined::ConstantRater => "one rater gave a single score throughout",
        Undefined::NoBetweenVariance => "sessions do not differ",
        Undefined::ZeroResidual => "no residual variation",
        Undefined::TooFewItems => "too few items scored",
        Undefined::TooFewLabels => "too few labelled sessions",
        Undefined::NotCategorical => "scores are not whole numbers of the scale",
        Undefined::IncompleteDesign => "raters did not all rate the same sessions",
        Undefined::NoUsableRatings => "no usable rating by the judge",
        Undefined::StaleRatings => "ratings belong to an older text",
        Undefined::NotApplicable => "does not apply",
        Undefined::NoLexiconForLanguage => "no lexicon for the language",
        Undefined::NoTimestamps => "no times recorded",
        Undefined::NeedsJudge => "only a judge that reads meaning finds it, and none was asked",
    }
}

/// `0.42 [0.10, 0.74]`, `0.42`, or `undefined: too few units`.
pub fn estimate(estimate: &Estimate, places: usize) -> String {
    match (estimate.value(), estimate.interval()) {
        (Err(why), _) => format!("undefined: {}", reason(why)),
        (Ok(value), Err(_)) => decimals(value, places),
        (Ok(value), Ok(interval)) => format!(
            "{} [{}, {}]",
            decimals(value, places),
            decimals(interval.low(), places),
            decimals(interval.high(), places)
        ),
    }
}

/// Caution appropriate for this number of complete sessions.
pub fn strength(sessions: usize) -> &'static str {
    match sessions {
        0..2 => "undefined below two sessions",
        2..10 => "too few to conclude",
        10..20 => "preliminary: below 20 sessions",
        _ => "enough for the statistics shown",
    }
}

/// `1 session`, `2 sessions`.
pub fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(decimals(-0.001, 2), "0.00");
        assert_eq!(decimals(-1.5, 1), "-1.5");
        assert_eq!(percent(0.042), "4.2 %");
        assert_eq!(percent(0.421), "42 %");
        assert_eq!(p_value(0.0312), "p = .031");
        assert_eq!(p_value(0.0), "p < .001");
    }

    #[test]
    fn an_undefined_estimate_says_why() {
        let none = Estimate::undefined(Undefined::TooFewUnits);
        assert_eq!(estimate(&none, 2), "undefined: too few units");
    }
}
