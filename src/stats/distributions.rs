//! Tail probabilities and quantiles of the normal, t, F and noncentral t distributions.
//!
//! Everything returns `None` (or NaN inside private code only) instead of panicking on impossible degrees of
//! freedom. Quantiles are found by a bracketed Newton search on the distribution function and share its accuracy.

use statrs::function::beta::checked_beta_reg;
use statrs::function::erf::{erfc, erfc_inv};
use statrs::function::gamma::{checked_gamma_ur, ln_gamma};

use std::f64::consts::SQRT_2;

/// P(Z > x) of the standard normal.
pub fn normal_sf(x: f64) -> f64 {
    0.5 * erfc(x / SQRT_2)
}

/// P(Z <= x) of the standard normal.
pub fn normal_cdf(x: f64) -> f64 {
    normal_sf(-x)
}

/// The two-sided p value of a z statistic.
pub fn normal_p_two(z: f64) -> f64 {
    erfc(z.abs() / SQRT_2)
}

/// The p quantile of the standard normal; infinite at 0 and 1.
pub fn normal_quantile(p: f64) -> f64 {
    if p <= 0.0 {
        f64::NEG_INFINITY
    } else if p >= 1.0 {
        f64::INFINITY
    } else {
        -SQRT_2 * erfc_inv(2.0 * p)
    }
}

/// P(T > x) with `df` degrees of freedom.
pub fn t_sf(x: f64, df: f64) -> Option<f64> {
    let half = 0.5 * beta_reg(0.5 * df, 0.5, df / (df + x * x))?;
    Some(if x >= 0.0 { half } else { 1.0 - half })
}

/// The two-sided p value of a t statistic; `None` when `df <= 0` or `t` is not a number.
pub fn t_p_two(t: f64, df: f64) -> Option<f64> {
    beta_reg(0.5 * df, 0.5, df / (df + t * t))
}

/// The p quantile of the t distribution, 0 < p < 1.
pub fn t_quantile(p: f64, df: f64) -> Option<f64> {
    if !(p > 0.0 && p < 1.0 && df > 0.0 && df.is_finite()) {
        return None;
    }
    let upper = p.max(1.0 - p);
    let start = normal_quantile(upper);
    let log_c = ln_gamma(0.5 * (df + 1.0)) - ln_gamma(0.5 * df) - 0.5 * (df * std::f64::consts::PI).ln();
    let density = |t: f64| (log_c - 0.5 * (df + 1.0) * (t * t / df).ln_1p()).exp();
    let root = increasing_root(start, |t| t_sf(t, df).map(|s| 1.0 - upper - s), density)?;
    Some(if p >= 0.5 { root } else { -root })
}

/// P(F > x) with `df1`, `df2` degrees of freedom.
pub fn f_sf(x: f64, df1: f64, df2: f64) -> Option<f64> {
    if x <= 0.0 {
        return (df1 > 0.0 && df2 > 0.0).then_some(1.0);
    }
    beta_reg(0.5 * df2, 0.5 * df1, df2 / (df1 * x + df2))
}

/// The p quantile of the F distribution, 0 < p < 1; fractional degrees of freedom are allowed.
pub fn f_quantile(p: f64, df1: f64, df2: f64) -> Option<f64> {
    if !(p > 0.0 && p < 1.0 && df1 > 0.0 && df2 > 0.0 && df1.is_finite() && df2.is_finite()) {
        return None;
    }
    let (a, b) = (0.5 * df1, 0.5 * df2);
    let log_beta = ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b);
    // On the log scale the root is unbounded on both sides and the distribution function stays smooth.
    let density = |u: f64| {
        let x = u.exp();
        (a * (df1 * x / df2).ln() - (a + b) * (df1 * x / df2).ln_1p() - log_beta).exp()
    };
    let root = increasing_root(0.0, |u| f_sf(u.exp(), df1, df2).map(|s| (1.0 - p) - s), density)?;
    Some(root.exp())
}

/// P(X > x) of the chi-squared distribution.
pub fn chi2_sf(x: f64, df: f64) -> Option<f64> {
    if x <= 0.0 {
        return Some(1.0);
    }
    checked_gamma_ur(0.5 * df, 0.5 * x).ok()
}

/// P(T <= t) of the noncentral t distribution with noncentrality `delta`.
///
/// Integrates the normal distribution function over the density of the scale `exp(u) = sqrt(chi2 / df)` with the
/// trapezoid rule, which converges exponentially here and, unlike AS 243, has no limit on `delta`.
pub fn noncentral_t_cdf(t: f64, df: f64, delta: f64) -> Option<f64> {
    noncentral_t(t, df, delta).map(|(below, _)| below)
}

/// Distribution function and density in one pass, because the normal distribution function dominates the cost.
fn noncentral_t(t: f64, df: f64, delta: f64) -> Option<(f64, f64)> {
    if !(df >= 1.0 && df.is_finite() && t.is_finite() && delta.is_finite()) {
        return None;
    }
    let width = 1.0 / (2.0 * df).sqrt();
    let step = width.min(1.0 / (1.0 + t.abs())) / 6.0;
    // Left tail decays like exp(df * u), right tail doubly exponentially; both are below 1e-17 at these ends.
    let (low, high) = (-(9.0 * width).max(40.0 / df), 9.0 * width);
    let log_c = 2.0_f64.ln() + 0.5 * df * (0.5 * df).ln() - ln_gamma(0.5 * df);
    let n = ((high - low) / step).ceil();
    let h = (high - low) / n;
    let (mut u, mut sum, mut slope, mut mass) = (low, 0.0, 0.0, 0.0);
    while u <= high {
        let scale = u.exp();
        let w = (log_c + df * u - 0.5 * df * (2.0 * u).exp()).exp();
        // Weights of 0 cannot change the sums, and there are many at both ends.
        if w > f64::MIN_POSITIVE {
            let z = t * scale - delta;
            sum += w * normal_cdf(z);
            slope += w * scale * (-0.5 * z * z).exp();
            mass += w;
        }
        u += h;
    }
    let root = (2.0 * std::f64::consts::PI).sqrt();
    (mass > 0.0).then(|| (sum / mass, slope / (mass * root)))
}

/// The p quantile of the noncentral t distribution.
pub fn noncentral_t_quantile(p: f64, df: f64, delta: f64) -> Option<f64> {
    if !(p > 0.0 && p < 1.0) {
        return None;
    }
    // The search asks for the value and then the slope at the same point, in this order.
    let slope = std::cell::Cell::new(f64::NAN);
    let value = |t: f64| {
        let (below, density) = noncentral_t(t, df, delta)?;
        slope.set(density);
        Some(below - p)
    };
    increasing_root(delta, value, |_| slope.get())
}

fn beta_reg(a: f64, b: f64, x: f64) -> Option<f64> {
    if !(a > 0.0 && b > 0.0 && x.is_finite()) {
        return None;
    }
    checked_beta_reg(a, b, x.clamp(0.0, 1.0)).ok().filter(|p| p.is_finite())
}

/// The root of an increasing function by Newton steps kept inside a bracket that grows from `start`.
fn increasing_root(
    start: f64,
    value: impl Fn(f64) -> Option<f64>,
    slope: impl Fn(f64) -> f64,
) -> Option<f64> {
    let (mut low, mut high) = bracket(start, &value)?;
    let mut x = start.clamp(low, high);
    for _ in 0..200 {
        let y = value(x)?;
        if y == 0.0 {
            return Some(x);
        }
        if y > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let newton = x - y / slope(x);
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        if (next - x).abs() <= 2.0 * f64::EPSILON * (1e-3 + x.abs()) {
            return Some(next);
        }
        x = next;
    }
    Some(x)
}

fn bracket(start: f64, value: &impl Fn(f64) -> Option<f64>) -> Option<(f64, f64)> {
    let (mut low, mut high, mut reach) = (start, start, 1.0);
    while value(low)? > 0.0 {
        low -= reach;
        reach *= 2.0;
        if reach > 1e9 {
            return None;
        }
    }
    reach = 1.0;
    while value(high)? < 0.0 {
        high += reach;
        reach *= 2.0;
        if reach > 1e9 {
            return None;
        }
    }
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(x: Option<f64>, y: f64, rel: f64) {
        let x = x.expect("defined");
        assert!((x - y).abs() <= rel * y.abs(), "{x} is not {y}");
    }

    #[test]
    fn quantiles_match_published_tables() {
        // With one degree of freedom the quantile is cot(pi/40); scipy 1.12 has 12.70620473643, wrong in the 11th digit.
        let exact = 1.0 / (std::f64::consts::PI / 40.0).tan();
        close(t_quantile(0.975, 1.0), exact, 1e-13);
        close(t_quantile(0.025, 1.0), -exact, 1e-13);
        close(t_quantile(0.975, 39.0), 2.022_690_920_036_761, 1e-13);
        close(f_quantile(0.975, 1.0, 1.0), 647.789_011_3, 1e-9);
        close(t_p_two(2.0, 10.0), 0.073_388_034_770_740_3, 1e-12);
    }

    #[test]
    fn noncentral_t_without_noncentrality_is_t() {
        for df in [1.0, 2.0, 5.0, 39.0, 400.0] {
            for t in [-3.0, -0.5, 0.0, 1.0, 4.0] {
                close(noncentral_t_cdf(t, df, 0.0), 1.0 - t_sf(t, df).expect("df > 0"), 1e-9);
            }
        }
    }

    #[test]
    fn impossible_degrees_of_freedom_give_none() {
        assert_eq!(t_quantile(0.975, 0.0), None);
        assert_eq!(f_quantile(0.5, -1.0, 2.0), None);
        assert_eq!(t_p_two(f64::NAN, 3.0), None);
        assert_eq!(noncentral_t_quantile(1.5, 3.0, 0.0), None);
    }
}
