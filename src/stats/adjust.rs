//! Corrections of p values for multiple tests.

use serde::{Deserialize, Serialize};

/// The correction; a report labels the family it was applied to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Adjust {
    /// p times the size of the family.
    Bonferroni,
    /// Step-down Bonferroni (Holm 1979): the default for claims.
    Holm,
    /// Step-up under independence (Hochberg 1988).
    Hochberg,
    /// Closed Simes test (Hommel 1988).
    Hommel,
    /// False discovery rate under independence (Benjamini & Hochberg 1995).
    Bh,
    /// False discovery rate under any dependence (Benjamini & Yekutieli 2001).
    By,
    /// 1 - (1 - p)^m.
    Sidak,
    /// Step-down Sidak.
    HolmSidak,
}

impl Adjust {
    /// The name used in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Bonferroni => "bonferroni",
            Self::Holm => "holm",
            Self::Hochberg => "hochberg",
            Self::Hommel => "hommel",
            Self::Bh => "bh",
            Self::By => "by",
            Self::Sidak => "sidak",
            Self::HolmSidak => "holm_sidak",
        }
    }
}

/// Adjusted p values in the order given. A missing or non-finite p stays missing and does not count in the family.
pub fn adjust(p: &[Option<f64>], method: Adjust) -> Vec<Option<f64>> {
    let mut order: Vec<(usize, f64)> = p
        .iter()
        .enumerate()
        .filter_map(|(i, p)| p.filter(|p| p.is_finite()).map(|p| (i, p.clamp(0.0, 1.0))))
        .collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let sorted: Vec<f64> = order.iter().map(|(_, p)| *p).collect();
    let mut out = vec![None; p.len()];
    for ((i, _), adjusted) in order.iter().zip(adjust_sorted(&sorted, method)) {
        out[*i] = Some(adjusted.min(1.0));
    }
    out
}

fn adjust_sorted(p: &[f64], method: Adjust) -> Vec<f64> {
    let m = p.len() as f64;
    let ranked = || p.iter().enumerate().map(|(i, p)| (i as f64, *p));
    match method {
        Adjust::Bonferroni => p.iter().map(|p| m * p).collect(),
        Adjust::Sidak => p.iter().map(|p| sidak(*p, m)).collect(),
        Adjust::Holm => running_max(ranked().map(|(i, p)| (m - i) * p).collect()),
        Adjust::HolmSidak => running_max(ranked().map(|(i, p)| sidak(p, m - i)).collect()),
        Adjust::Hochberg => running_min_from_end(ranked().map(|(i, p)| (m - i) * p).collect()),
        Adjust::Bh => running_min_from_end(ranked().map(|(i, p)| m / (i + 1.0) * p).collect()),
        Adjust::By => {
            let harmonic: f64 = (1..=p.len()).map(|i| 1.0 / i as f64).sum();
            running_min_from_end(ranked().map(|(i, p)| harmonic * m / (i + 1.0) * p).collect())
        }
        Adjust::Hommel => hommel(p),
    }
}

fn sidak(p: f64, m: f64) -> f64 {
    -(m * (-p).ln_1p()).exp_m1()
}

fn running_max(mut v: Vec<f64>) -> Vec<f64> {
    for i in 1..v.len() {
        v[i] = v[i].max(v[i - 1]);
    }
    v
}

fn running_min_from_end(mut v: Vec<f64>) -> Vec<f64> {
    for i in (1..v.len()).rev() {
        v[i - 1] = v[i - 1].min(v[i]);
    }
    v
}

/// Hommel's procedure on sorted p values (Wright 1992).
fn hommel(p: &[f64]) -> Vec<f64> {
    let n = p.len();
    let simes = |tail: &[f64], m: usize, first: usize| {
        tail.iter().enumerate().map(|(k, p)| m as f64 * p / (first + k) as f64).fold(f64::INFINITY, f64::min)
    };
    let overall = simes(p, n, 1);
    let (mut best, mut q) = (vec![overall; n], vec![overall; n]);
    for m in (2..n).rev() {
        let (head, tail) = p.split_at(n - m + 1);
        let least = simes(tail, m, 2);
        for (q, p) in q.iter_mut().zip(head) {
            *q = (m as f64 * p).min(least);
        }
        let last = q[n - m];
        q[n - m + 1..].fill(last);
        best.iter_mut().zip(&q).for_each(|(b, q)| *b = b.max(*q));
    }
    best.iter().zip(p).map(|(b, p)| b.max(*p)).collect()
}
