//! Formats of numbers in tables for people and in tables for programs.

use crate::analysis::phrase;
use crate::stats::Estimate;

/// The word shown if a value is undefined.
pub const UNDEFINED: &str = "undefined";

/// The shortest decimal that reads back as the same number; with an exponent only if the plain form would be long.
pub fn shortest(value: f64) -> String {
    let size = value.abs();
    if size > 0.0 && !(1e-6..1e16).contains(&size) { format!("{value:e}") } else { format!("{value}") }
}

/// The value alone, or `undefined`.
pub fn value(estimate: &Estimate, places: usize) -> String {
    estimate.value().map_or(UNDEFINED.to_owned(), |value| phrase::decimals(value, places))
}

/// Value and interval, the value alone, or `undefined`.
pub fn with_interval(estimate: &Estimate, places: usize) -> String {
    if estimate.value().is_ok() { phrase::estimate(estimate, places) } else { UNDEFINED.to_owned() }
}

/// A share in percent, or `undefined`.
pub fn share(estimate: &Estimate) -> String {
    estimate.value().map_or(UNDEFINED.to_owned(), phrase::percent)
}

/// A share in percent with its interval, or `undefined`.
pub fn rate(estimate: &Estimate) -> String {
    let percent = |x: f64| phrase::percent(x).trim_end_matches(" %").to_owned();
    match (estimate.value(), estimate.interval()) {
        (Ok(value), Ok(i)) => format!("{} % [{}, {}]", percent(value), percent(i.low()), percent(i.high())),
        _ => share(estimate),
    }
}

/// A p value, or empty text.
pub fn p(value: Option<f64>) -> String {
    value
        .map(|p| phrase::p_value(p).trim_start_matches("p ").trim_start_matches("= ").to_owned())
        .unwrap_or_default()
}

/// Why an estimate is undefined, in words.
pub fn why(estimate: &Estimate) -> Option<&'static str> {
    estimate.value().err().map(phrase::reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_written_number_reads_back_as_itself() {
        for value in [0.0, -0.1, 1.0 / 3.0, 1e-7, 6.02e23, 5e-324, 123_456.0, f64::MAX] {
            assert_eq!(shortest(value).parse::<f64>().map(f64::to_bits), Ok(value.to_bits()));
        }
        assert_eq!(shortest(0.1), "0.1");
        assert_eq!(shortest(2.0), "2");
    }

    #[test]
    fn p_values_in_tables_are_short() {
        assert_eq!(p(Some(0.0312)), ".031");
        assert_eq!(p(Some(0.0001)), "< .001");
        assert_eq!(p(None), "");
    }
}
