//! Area under the ROC curve: how often a value of one kind exceeds a value of another, with ties counted half (Mann and
//! Whitney 1947; Hanley and `McNeil` 1982).

use super::distributions::normal_quantile;
use super::estimate::{Estimate, Interval, Undefined};

/// Bisection steps in the search for a limit: enough for the last bit.
const HALVINGS: usize = 60;

/// The probability that a value of `positives` exceeds one of `negatives`, ties counted half (Mann-Whitney), with the
/// interval of Newcombe (2006, method 5): the limits are where the observed area lies `z` standard errors away, the
/// error by Hanley and `McNeil` under exponential shapes with (m + n) / 2 - 1 in place of m - 1 and n - 1. It does not
/// collapse at an area of 0 or 1.
///
/// Undefined: `TooFewUnits` without values of both kinds. The interval needs two of each.
pub fn auc(negatives: &[f64], positives: &[f64], level: f64) -> Estimate {
    let (m, n) = (negatives.len(), positives.len());
    if m == 0 || n == 0 {
        return Estimate::undefined(Undefined::TooFewUnits).with_counts(m + n, 1, 0);
    }
    let (high, low) = counts(positives, negatives);
    let Ok(area) = auc_of_counts(&high, &low) else { return Estimate::undefined(Undefined::NoPairs) };
    let interval = if m < 2 || n < 2 { Err(Undefined::TooFewUnits) } else { newcombe(area, m, n, level) };
    Estimate::ok(area).with_interval(interval).with_counts(m + n, 1, 0)
}

/// The distinct values, ascending, and how often each occurs on either side.
fn counts(high: &[f64], low: &[f64]) -> (Vec<f64>, Vec<f64>) {
    // Adding 0 turns -0 into 0, which compares equal to it.
    let mut levels: Vec<f64> = high.iter().chain(low).map(|value| value + 0.0).collect();
    levels.sort_by(f64::total_cmp);
    levels.dedup_by(|a, b| a.total_cmp(b).is_eq());
    let count = |values: &[f64]| {
        let mut counts = vec![0.0; levels.len()];
        for value in values {
            counts[levels.partition_point(|level| level < value)] += 1.0;
        }
        counts
    };
    (count(high), count(low))
}

/// The area from counts per level, ascending: of values that should be high and of values that should be low.
///
/// # Errors
/// `NoPairs` when there is no value of one kind.
pub fn auc_of_counts(high: &[f64], low: &[f64]) -> Result<f64, Undefined> {
    let pairs = high.iter().sum::<f64>() * low.iter().sum::<f64>();
    if pairs <= 0.0 {
        return Err(Undefined::NoPairs);
    }
    let mut below = 0.0;
    let mut won = 0.0;
    for (high, low) in high.iter().zip(low) {
        won += high * (below + low / 2.0);
        below += low;
    }
    Ok(won / pairs)
}

fn newcombe(area: f64, m: usize, n: usize, level: f64) -> Result<Interval, Undefined> {
    let z = normal_quantile(f64::midpoint(1.0, level));
    let (low, high) = (limit(area, 0.0, m, n, z), limit(area, 1.0, m, n, z));
    Interval::new(low, high, level, "newcombe5")
}

/// The point between the area and an end of the scale from which the area lies `z` standard errors away; the end itself
/// if there is none.
fn limit(area: f64, end: f64, m: usize, n: usize, z: f64) -> f64 {
    let near = |theta: f64| (area - theta).abs() <= z * variance(theta, m, n).sqrt();
    let (mut inside, mut outside) = (area, end);
    if near(end) {
        return end;
    }
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(inside, outside);
        if near(middle) {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    inside
}

fn variance(theta: f64, m: usize, n: usize) -> f64 {
    let (m, n) = (m as f64, n as f64);
    let more = f64::midpoint(m, n) - 1.0;
    let spread = 1.0 + more * (1.0 - theta) / (2.0 - theta) + more * theta / (1.0 + theta);
    theta * (1.0 - theta) * spread / (m * n)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_area_counts_ties_half_and_is_one_where_nothing_overlaps() {
        let area = |a: &[f64], b: &[f64]| auc(a, b, 0.95).value();
        assert_eq!(area(&[1.0, 2.0], &[3.0, 4.0]), Ok(1.0));
        assert_eq!(area(&[3.0, 4.0], &[1.0, 2.0]), Ok(0.0));
        assert_eq!(area(&[5.0, 5.0], &[5.0]), Ok(0.5));
        assert_eq!(area(&[-0.0], &[0.0]), Ok(0.5));
        assert_eq!(area(&[1.0, 3.0], &[2.0, 3.0]), Ok(0.625));
        assert_eq!(area(&[], &[1.0]), Err(Undefined::TooFewUnits));
    }

    #[test]
    fn at_one_the_interval_is_still_as_wide_as_its_sample_is_small() {
        let perfect = |n: u32| {
            let low: Vec<f64> = (0..n).map(f64::from).collect();
            let high: Vec<f64> = (100..100 + n).map(f64::from).collect();
            auc(&low, &high, 0.95)
        };
        let (few, many) = (perfect(4), perfect(40));
        let (few, many) = (few.interval().expect("few").clone(), many.interval().expect("many").clone());
        assert!(few.high() >= 1.0 && few.low() < 0.65 && many.low() > 0.9, "{few:?} {many:?}");
        assert_eq!(auc(&[1.0], &[2.0], 0.95).interval().err(), Some(Undefined::TooFewUnits));
    }

    fn by_level(values: &[usize]) -> Vec<f64> {
        (0..11).map(|level| values.iter().filter(|value| **value == level).count() as f64).collect()
    }

    #[test]
    fn perfect_reversed_constant_and_absent() {
        let auc = |high: &[usize], low: &[usize]| auc_of_counts(&by_level(high), &by_level(low));
        assert_eq!(auc(&[9, 10], &[0, 8]), Ok(1.0));
        assert_eq!(auc(&[0], &[10, 10]), Ok(0.0));
        assert_eq!(auc(&[5, 5], &[5]), Ok(0.5));
        assert_eq!(auc(&[], &[5]), Err(Undefined::NoPairs));
        // Three of four pairs won and one tied, by hand.
        assert_eq!(auc(&[3, 7], &[3, 1]), Ok(0.875));
    }

    proptest! {
        #[test]
        fn every_pair_counted_by_hand_gives_the_same(
            high in prop::collection::vec(0_usize..11, 1..30),
            low in prop::collection::vec(0_usize..11, 1..30),
        ) {
            let pair = |h: &usize, l: &usize| match h.cmp(l) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            };
            let won: f64 = high.iter().flat_map(|h| low.iter().map(move |l| pair(h, l))).sum();
            let expected = won / (high.len() * low.len()) as f64;
            let found = auc_of_counts(&by_level(&high), &by_level(&low)).expect("both kinds");
            prop_assert!((found - expected).abs() < 1e-12);
            let values = |list: &[usize]| list.iter().map(|x| *x as f64 / 3.0).collect::<Vec<_>>();
            let same = auc(&values(&low), &values(&high), 0.95).value().expect("both kinds");
            prop_assert!((same - expected).abs() < 1e-12);
        }

        #[test]
        fn the_limits_lie_where_the_error_says(
            a in prop::collection::vec(0u8..20, 2..30), b in prop::collection::vec(0u8..20, 2..30),
        ) {
            let values = |list: &[u8]| list.iter().map(|x| f64::from(*x)).collect::<Vec<_>>();
            let (a, b) = (values(&a), values(&b));
            let found = auc(&a, &b, 0.95);
            let (area, interval) = (found.value().expect("defined"), found.interval().expect("two of each"));
            prop_assert!(0.0 <= interval.low() && interval.low() <= area && area <= interval.high() && interval.high() <= 1.0);
            for end in [interval.low(), interval.high()] {
                let error = variance(end, a.len(), b.len()).sqrt();
                let distance = (area - end).abs();
                prop_assert!(distance <= 1.959_964 * error + 1e-6, "{area} {end} {error}");
                prop_assert!(end <= 0.0 || end >= 1.0 || distance >= 1.959_963 * error - 1e-6, "{area} {end} {error}");
            }
            let turned = auc(&b, &a, 0.95).value().expect("defined");
            prop_assert!((area + turned - 1.0).abs() < 1e-12);
        }
    }
}
