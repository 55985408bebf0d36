//! Sums in a fixed order: mean, variance, covariance, mid-ranks and the type-7 quantile.

/// The arithmetic mean; `None` for an empty slice.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The sum of squared deviations from the mean (two passes).
pub fn sum_of_squares(values: &[f64]) -> f64 {
    let m = mean(values).unwrap_or(0.0);
    values.iter().map(|x| (x - m) * (x - m)).sum()
}

/// The sum of products of deviations from the means.
pub fn sum_of_products(a: &[f64], b: &[f64]) -> f64 {
    let (ma, mb) = (mean(a).unwrap_or(0.0), mean(b).unwrap_or(0.0));
    a.iter().zip(b).map(|(x, y)| (x - ma) * (y - mb)).sum()
}

/// The sample variance with divisor n - 1; `None` below two values.
pub fn variance(values: &[f64]) -> Option<f64> {
    (values.len() >= 2).then(|| sum_of_squares(values) / (values.len() - 1) as f64)
}

/// The sample standard deviation with divisor n - 1; `None` below two values.
pub fn sd(values: &[f64]) -> Option<f64> {
    variance(values).map(f64::sqrt)
}

/// True if all values are equal; true for an empty slice.
pub fn is_constant(values: &[f64]) -> bool {
    values.windows(2).all(|w| (w[0] - w[1]) == 0.0)
}

/// The largest absolute value; 0 for an empty slice.
pub fn max_abs(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |m, x| x.abs().max(m))
}

/// True if a sum of `n` squares is no larger than what rounding alone leaves on numbers of this size.
pub fn is_rounding(sum_of_squares: f64, n: usize, size: f64) -> bool {
    let noise = 16.0 * f64::EPSILON * size;
    sum_of_squares <= n as f64 * noise * noise
}

/// Ranks from 1, ties sharing their mean rank.
pub fn midranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let mut end = start + 1;
        while end < order.len() && (values[order[end]] - values[order[start]]) == 0.0 {
            end += 1;
        }
        for &i in &order[start..end] {
            ranks[i] = (start + end + 1) as f64 / 2.0;
        }
        start = end;
    }
    ranks
}

/// The sizes of the groups of equal values, in ascending order of the value.
pub fn tie_sizes(values: &[f64]) -> Vec<usize> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.chunk_by(|a, b| (a - b) == 0.0).map(<[f64]>::len).collect()
}

/// The type-7 quantile (linear interpolation, the default of R and numpy) of values sorted ascending.
pub fn quantile_sorted(sorted: &[f64], p: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let h = last as f64 * p.clamp(0.0, 1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= h <= last")]
    let i = (h.floor() as usize).min(last);
    let next = sorted[(i + 1).min(last)];
    Some(sorted[i] + (h - i as f64) * (next - sorted[i]))
}

/// The type-7 quantile of values in any order; `None` when empty.
pub fn quantile(values: &[f64], p: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    quantile_sorted(&sorted, p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_share_ties() {
        assert_eq!(midranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
        assert_eq!(tie_sizes(&[3.0, 1.0, 3.0, 2.0]), [1, 1, 2]);
    }

    #[test]
    fn quantile_interpolates_like_numpy() {
        assert_eq!(quantile(&[4.0, 1.0, 3.0, 2.0], 0.25), Some(1.75));
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[7.0], 0.9), Some(7.0));
    }
}
