//! Agreement of labeled half-open intervals: one-to-one matching, and masks of positions with precision, recall and F1.

use super::estimate::Undefined;

/// A labeled half-open interval `[start, end)`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LabelledSpan {
    /// First position inside.
    pub start: usize,
    /// First position after; an interval with `end <= start` is empty and matches nothing.
    pub end: usize,
    /// Label of the interval.
    pub label: String,
}

impl LabelledSpan {
    /// Intersection over union with another interval, in [0, 1].
    pub fn iou(&self, other: &Self) -> f64 {
        let length = |from: usize, to: usize| to.saturating_sub(from);
        let shared = length(self.start.max(other.start), self.end.min(other.end));
        let all = length(self.start, self.end) + length(other.start, other.end) - shared;
        if shared == 0 { 0.0 } else { shared as f64 / all as f64 }
    }
}

/// When two intervals count as a match.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MatchRule {
    /// The least intersection over union; 1 asks for equality, 0 for any overlap.
    pub threshold: f64,
    /// Whether the labels must be equal.
    pub same_label: bool,
}

fn rate(part: usize, whole: usize) -> Result<f64, Undefined> {
    if whole == 0 { Err(Undefined::NoPairs) } else { Ok(part as f64 / whole as f64) }
}

/// The matched index pairs (reference, predicted), by reference index.
pub fn match_spans(
    reference: &[LabelledSpan],
    predicted: &[LabelledSpan],
    rule: MatchRule,
) -> Vec<(usize, usize)> {
    let n = reference.len().max(predicted.len());
    // One more pair must outweigh any gain in overlap, which is below n in total.
    let pair = n as f64 + 1.0;
    let worth = |i: usize, j: usize| {
        let (Some(r), Some(p)) = (reference.get(i), predicted.get(j)) else { return 0.0 };
        let iou = r.iou(p);
        let allowed = iou > 0.0 && iou >= rule.threshold && (!rule.same_label || r.label == p.label);
        if allowed { pair + iou } else { 0.0 }
    };
    let column_of = assign(n, |i, j| -worth(i, j));
    (0..n).map(|i| (i, column_of[i])).filter(|(i, j)| worth(*i, *j) > 0.0).collect()
}

/// The column of each row in a cheapest assignment of an n x n table (Hungarian method with potentials, O(n^3)).
fn assign(n: usize, cost: impl Fn(usize, usize) -> f64) -> Vec<usize> {
    // Row and column 0 are sentinels, as in the classic formulation.
    let (mut u, mut v) = (vec![0.0; n + 1], vec![0.0; n + 1]);
    let mut row_of = vec![0; n + 1];
    for row in 1..=n {
        row_of[0] = row;
        let mut column = 0;
        let mut least = vec![f64::INFINITY; n + 1];
        let mut came_from = vec![0; n + 1];
        let mut used = vec![false; n + 1];
        while row_of[column] != 0 {
            used[column] = true;
            let (i, mut delta, mut next) = (row_of[column], f64::INFINITY, 0);
            for j in (1..=n).filter(|j| !used[*j]) {
                let reduced = cost(i - 1, j - 1) - u[i] - v[j];
                if reduced < least[j] {
                    least[j] = reduced;
                    came_from[j] = column;
                }
                if least[j] < delta {
                    delta = least[j];
                    next = j;
                }
            }
            for j in 0..=n {
                if used[j] {
                    u[row_of[j]] += delta;
                    v[j] -= delta;
                } else {
                    least[j] -= delta;
                }
            }
            column = next;
        }
        while column != 0 {
            let previous = came_from[column];
            row_of[column] = row_of[previous];
            column = previous;
        }
    }
    let mut column_of = vec![0; n];
    (1..=n).for_each(|j| column_of[row_of[j] - 1] = j - 1);
    column_of
}

/// Which positions below `length` lie inside an interval of the label (`None`: of any label).
pub fn mask(spans: &[LabelledSpan], length: usize, label: Option<&str>) -> Vec<bool> {
    let mut inside = vec![false; length];
    for span in spans.iter().filter(|s| label.is_none_or(|l| l == s.label)) {
        let end = span.end.min(length);
        inside[span.start.min(end)..end].fill(true);
    }
    inside
}

/// Agreement of two masks of positions.
#[derive(Debug, Clone, PartialEq)]
pub struct MaskScores {
    /// Number of positions in both.
    pub both: usize,
    /// Number of positions in the reference.
    pub n_reference: usize,
    /// Number of positions in the other mask.
    pub n_predicted: usize,
    /// Positions in both, divided by those predicted.
    pub precision: Result<f64, Undefined>,
    /// Positions in both, divided by those in the reference.
    pub recall: Result<f64, Undefined>,
    /// Harmonic mean of precision and recall; also the Dice coefficient.
    pub f1: Result<f64, Undefined>,
    /// Positions in both, divided by positions in either.
    pub jaccard: Result<f64, Undefined>,
}

/// Scores one mask against another, position by position; `NoPairs` for a ratio whose denominator is 0.
pub fn mask_scores(reference: &[bool], predicted: &[bool]) -> MaskScores {
    let count = |mask: &[bool]| mask.iter().filter(|m| **m).count();
    let both = reference.iter().zip(predicted).filter(|(r, p)| **r && **p).count();
    let (n_reference, n_predicted) = (count(reference), count(predicted));
    MaskScores {
        both,
        n_reference,
        n_predicted,
        precision: rate(both, n_predicted),
        recall: rate(both, n_reference),
        f1: rate(2 * both, n_reference + n_predicted),
        jaccard: rate(both, n_reference + n_predicted - both),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: usize, end: usize) -> LabelledSpan {
        LabelledSpan { start, end, label: "x".into() }
    }

    #[test]
    fn more_pairs_win_over_a_larger_overlap() {
        // Greedy would take (0,10)-(0,10) and leave (10,12) alone with nothing.
        let rule = MatchRule { threshold: 0.0, same_label: true };
        let found = match_spans(&[span(0, 10), span(9, 30)], &[span(0, 10), span(0, 9)], rule);
        assert_eq!(found, [(0, 1), (1, 0)]);
    }
}
