//! The expected score: the mean of the scale under the probabilities of the score's token. It is conditional on the
//! rationale written before it. Each reason for a missing value is a typed state, not a number.

use std::ops::Range;

use crate::{
    chat::{Reply, TokenLogprob},
    domain::{ExpectedFold, ExpectedScore, NoExpected, Scale},
};

/// The expected score of an answer whose score is at the bytes `at` of the reply's text.
pub(super) fn expected(reply: &Reply, at: Option<&Range<usize>>, scale: Scale) -> ExpectedScore {
    let unavailable = |reason| ExpectedScore::Unavailable { reason };
    let Some(tokens) = reply.logprobs.as_deref().filter(|tokens| !tokens.is_empty()) else {
        return unavailable(NoExpected::NotReported);
    };
    if is_ambiguous(scale) {
        return unavailable(NoExpected::AmbiguousScale);
    }
    let Some(at) = at else { return unavailable(NoExpected::NoNumber) };
    let Some((token, lead)) = token_at(tokens, &reply.text, at.start) else {
        return unavailable(NoExpected::NotAligned);
    };
    let lead = &token.token[..lead];
    if score_of(&token.token, lead, scale).is_none() {
        return unavailable(NoExpected::NoNumber);
    }
    let (mut sum, mut mass) = (0.0, 0.0);
    for (score, probability) in alternatives(token, lead, scale) {
        sum += score * probability;
        mass += probability;
    }
    if mass > 0.0 {
        let value = (sum / mass).clamp(f64::from(scale.min), f64::from(scale.max));
        ExpectedScore::Available { value, mass: mass.min(1.0) }
    } else {
        unavailable(NoExpected::NoMass)
    }
}

/// Averages the expected scores of scored draws; `None` if none was requested.
pub(super) fn fold(draws: impl Iterator<Item = Option<ExpectedScore>>) -> Option<ExpectedFold> {
    let (mut values, mut masses, mut unavailable) = (Vec::new(), Vec::new(), 0);
    for expected in draws.flatten() {
        match expected {
            ExpectedScore::Available { value, mass } => {
                values.push(value);
                masses.push(mass);
            }
            ExpectedScore::Unavailable { .. } => unavailable += 1,
        }
    }
    let available = u32::try_from(values.len()).unwrap_or(u32::MAX);
    let mean = |list: &[f64]| (!list.is_empty()).then(|| list.iter().sum::<f64>() / list.len() as f64);
    (available + unavailable > 0).then(|| ExpectedFold {
        mean: mean(&values),
        mass: mean(&masses),
        available,
        unavailable,
    })
}

/// True if the digits of one score begin those of another, so that one token does not identify the score.
fn is_ambiguous(scale: Scale) -> bool {
    let written: Vec<String> = (scale.min..=scale.max).map(|score| score.to_string()).collect();
    let begins = |a: &String| written.iter().any(|b| b != a && b.starts_with(a.as_str()));
    written.iter().any(begins)
}

/// The token that contains the byte `at` of the text, and the number of its bytes before that byte. Servers report the
/// generated tokens, which may include more than the text (reasoning, white space), but never less.
fn token_at<'t>(tokens: &'t [TokenLogprob], text: &str, at: usize) -> Option<(&'t TokenLogprob, usize)> {
    let generated: String = tokens.iter().map(|token| token.token.as_str()).collect();
    let place = generated.rfind(text)? + at;
    let mut start = 0;
    for token in tokens {
        let end = start + token.token.len();
        if place < end {
            return token.token.is_char_boundary(place - start).then_some((token, place - start));
        }
        start = end;
    }
    None
}

/// Probability of every alternative that is a score, each score once; the chosen token may be missing from `top`.
fn alternatives(token: &TokenLogprob, lead: &str, scale: Scale) -> Vec<(f64, f64)> {
    let chosen = (token.token.as_str(), token.logprob);
    let listed = token.top.iter().map(|(text, logprob)| (text.as_str(), *logprob));
    let unlisted = token.top.iter().all(|(text, _)| *text != token.token).then_some(chosen);
    listed
        .chain(unlisted)
        .filter_map(|(text, logprob)| Some((score_of(text, lead, scale)?, logprob.exp())))
        .filter(|(_, probability)| probability.is_finite())
        .collect()
}

/// The score that a token represents: after the leading text (or other white space) only digits, followed only by
/// what can follow a number in JSON.
fn score_of(token: &str, lead: &str, scale: Scale) -> Option<f64> {
    let rest = token.strip_prefix(lead).unwrap_or(token).trim_start();
    let digits = rest.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | '}' | ']'));
    let value: i32 = digits.parse().ok()?;
    (scale.min..=scale.max).contains(&value).then(|| f64::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCALE: Scale = Scale { min: 0, max: 6 };

    fn token(text: &str, top: &[(&str, f64)]) -> TokenLogprob {
        let top: Vec<(String, f64)> = top.iter().map(|(t, p)| ((*t).to_owned(), p.ln())).collect();
        let own = top.iter().find(|(t, _)| t == text).map_or(0.0, |(_, p)| *p);
        TokenLogprob { token: text.to_owned(), logprob: own, top }
    }

    fn reply(tokens: Vec<TokenLogprob>) -> Reply {
        let text: String = tokens.iter().map(|t| t.token.as_str()).collect();
        Reply { logprobs: Some(tokens), ..Reply::text(text.trim()) }
    }

    fn of(reply: &Reply, scale: Scale) -> ExpectedScore {
        let at = reply.text.rfind(|c: char| c.is_ascii_digit()).map(|at| at..at + 1);
        expected(reply, at.as_ref(), scale)
    }

    #[test]
    fn the_scale_is_renormalised_and_the_captured_mass_is_kept() {
        let score = token(" 3", &[(" 3", 0.5), (" 4", 0.25), (" \"", 0.2), (" 7", 0.05)]);
        let said = reply(vec![token("{\"score\":", &[]), score, token("}", &[])]);
        let ExpectedScore::Available { value, mass } = of(&said, SCALE) else { panic!("available") };
        assert!((value - (0.5 * 3.0 + 0.25 * 4.0) / 0.75).abs() < 1e-12, "{value}");
        assert!((mass - 0.75).abs() < 1e-12, "{mass}");
    }

    #[test]
    fn a_token_may_hold_what_stands_around_the_number() {
        let score = token("\": 2}", &[("\": 2}", 0.5), ("\": 6", 0.5)]);
        let said = reply(vec![token("\n", &[]), token("{\"score", &[]), score]);
        assert_eq!(of(&said, SCALE), ExpectedScore::Available { value: 4.0, mass: 1.0 });
    }

    #[test]
    fn having_none_is_a_state_with_a_reason() {
        let none = |reply: &Reply, scale| match of(reply, scale) {
            ExpectedScore::Unavailable { reason } => Some(reason),
            ExpectedScore::Available { .. } => None,
        };
        let good = || vec![token("{\"score\": ", &[]), token("3", &[("3", 1.0)]), token("}", &[])];
        assert_eq!(none(&Reply::text("{\"score\": 3}"), SCALE), Some(NoExpected::NotReported));
        assert_eq!(none(&reply(good()), Scale { min: 0, max: 10 }), Some(NoExpected::AmbiguousScale));
        let other = Reply { text: "{\"score\":3}".into(), ..reply(good()) };
        assert_eq!(none(&other, SCALE), Some(NoExpected::NotAligned));
        let off = reply(vec![token("{\"score\": ", &[]), token("9", &[("9", 1.0)]), token("}", &[])]);
        assert_eq!(none(&off, SCALE), Some(NoExpected::NoNumber));
        assert_eq!(
            expected(&reply(good()), None, SCALE),
            ExpectedScore::Unavailable { reason: NoExpected::NoNumber }
        );
        let lost = reply(vec![
            token("{\"score\": ", &[]),
            TokenLogprob { token: "3".into(), logprob: f64::NEG_INFINITY, top: vec![] },
        ]);
        assert_eq!(none(&lost, SCALE), Some(NoExpected::NoMass));
    }

    #[test]
    fn draws_are_averaged_and_those_without_are_counted() {
        let some = |value, mass| Some(ExpectedScore::Available { value, mass });
        let gone = Some(ExpectedScore::Unavailable { reason: NoExpected::NotReported });
        let fold = fold([some(3.0, 0.9), some(4.0, 0.7), gone, None].into_iter()).expect("asked for");
        assert_eq!((fold.mean, fold.available, fold.unavailable), (Some(3.5), 2, 1));
        assert_eq!(super::fold([None, None].into_iter()), None);
    }
}
