//! Owns the area under the ROC curve of counts by level, quick enough to be resampled: how often a value of one kind is higher than one of the other,
//! ties half (Mann and Whitney 1947; Hanley and `McNeil` 1982).

use super::Undefined;

/// From how often each level occurs, ascending, among values that should be high and among values that should be low.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counts(values: &[usize]) -> Vec<f64> {
        (0..11).map(|level| values.iter().filter(|value| **value == level).count() as f64).collect()
    }

    #[test]
    fn perfect_reversed_constant_and_absent() {
        let auc = |high: &[usize], low: &[usize]| auc_of_counts(&counts(high), &counts(low));
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
            let found = auc_of_counts(&counts(&high), &counts(&low)).expect("both kinds");
            prop_assert!((found - expected).abs() < 1e-12);
        }
    }
}
