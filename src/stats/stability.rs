//! Stability of a series of figures in time order: trend (Mann-Kendall, Theil-Sen) and control charts (EWMA,
//! CUSUM).

use super::correlation::kendall_b;
use super::descriptive::{mean, quantile, sd, tie_sizes};
use super::distributions::normal_quantile;
use super::estimate::{Estimate, Interval, Undefined};
use super::table::Pairs;

/// The trend of a series against its position 1, 2, ….
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    /// Kendall's tau-b of value and position with the asymptotic p value: the Mann-Kendall test.
    pub tau: Estimate,
    /// The median of all pairwise slopes (Theil 1950, Sen 1968), with Sen's interval.
    pub slope: Estimate,
    /// The median of the values minus slope times the median position.
    pub intercept: Option<f64>,
}

/// Trend of a series; positions are 1 to n.
///
/// `TooFewUnits` below three values.
///
/// # Panics
/// Never: three values have slopes.
pub fn trend(series: &[f64], level: f64) -> Trend {
    let n = series.len();
    if n < 3 {
        let none = Estimate::undefined(Undefined::TooFewUnits).with_counts(n, 1, 0);
        return Trend { tau: none.clone(), slope: none, intercept: None };
    }
    let positions: Vec<f64> = (1..=n).map(|i| i as f64).collect();
    let mut slopes: Vec<f64> =
        (0..n).flat_map(|i| (i + 1..n).map(move |j| (series[j] - series[i]) / (j - i) as f64)).collect();
    slopes.sort_by(f64::total_cmp);
    let slope = quantile(&slopes, 0.5).expect("three values have slopes");
    let intercept = quantile(series, 0.5).zip(quantile(&positions, 0.5)).map(|(y, x)| y - slope * x);
    let interval = sen_interval(&slopes, series, level);
    let slope = Estimate::ok(slope).with_interval(interval).with_counts(n, 1, 0);
    Trend { tau: kendall_b(&Pairs::complete(&positions, series)), slope, intercept }
}

/// Sen's interval: order statistics of the slopes at the normal quantile of Kendall's score, ties in the values
/// counted; positions are rounded half to even, as `scipy.stats.theilslopes` does.
fn sen_interval(slopes: &[f64], series: &[f64], level: f64) -> Result<Interval, Undefined> {
    let n = series.len() as f64;
    let spread = |t: f64| t * (t - 1.0) * (2.0 * t + 5.0);
    let tied: f64 = tie_sizes(series).iter().map(|&t| spread(t as f64)).sum();
    let sigma = ((spread(n) - tied) / 18.0).max(0.0).sqrt();
    let reach = normal_quantile(0.5 + 0.5 * level) * sigma;
    let count = slopes.len() as f64;
    let upper = f64::midpoint(count, reach).round_ties_even().min(count - 1.0);
    let lower = ((count - reach) / 2.0).round_ties_even() - 1.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the list's positions"
    )]
    let at = |place: f64| slopes[place.max(0.0) as usize];
    Interval::new(at(lower), at(upper), level, "sen")
}

/// Center and spread of the first values of a series, with which its later values are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Baseline {
    /// Mean of the first values.
    pub centre: f64,
    /// Standard deviation, divisor n - 1.
    pub sd: f64,
}

impl Baseline {
    /// Computes the baseline from the first `values` of a series.
    ///
    /// # Errors
    /// `TooFewUnits` if the series or the baseline is shorter than two, `NoVariance` if the first values are all the
    /// same.
    pub fn of(series: &[f64], values: usize) -> Result<Self, Undefined> {
        let first = series.get(..values).ok_or(Undefined::TooFewUnits)?;
        let (centre, sd) = mean(first).zip(sd(first)).ok_or(Undefined::TooFewUnits)?;
        if sd > 0.0 { Ok(Self { centre, sd }) } else { Err(Undefined::NoVariance) }
    }
}

/// An exponentially weighted moving average with its limits (Roberts 1959; Lucas & Saccucci 1990).
#[derive(Debug, Clone, PartialEq)]
pub struct Ewma {
    /// The average after each value; it starts at the center.
    pub average: Vec<f64>,
    /// Distance from the center beyond which the average is out of control, after each value.
    pub half_width: Vec<f64>,
    /// Position (from 1) of the first value out of control.
    pub first_alarm: Option<usize>,
}

/// Computes the chart with weight `lambda` on the newest value and limits `reach` standard errors from the center.
pub fn ewma(series: &[f64], baseline: Baseline, lambda: f64, reach: f64) -> Ewma {
    let mut average = baseline.centre;
    let (mut averages, mut widths) = (Vec::with_capacity(series.len()), Vec::with_capacity(series.len()));
    let mut left = 1.0;
    for x in series {
        average = lambda * x + (1.0 - lambda) * average;
        left *= (1.0 - lambda) * (1.0 - lambda);
        averages.push(average);
        widths.push(reach * baseline.sd * (lambda / (2.0 - lambda) * (1.0 - left)).sqrt());
    }
    let out = averages.iter().zip(&widths).position(|(a, w)| (a - baseline.centre).abs() > *w);
    Ewma { average: averages, half_width: widths, first_alarm: out.map(|i| i + 1) }
}

/// A tabular cumulative sum (Page 1954; Montgomery, Introduction to Statistical Quality Control, chapter 9).
#[derive(Debug, Clone, PartialEq)]
pub struct Cusum {
    /// Upward sum after each value, in standard deviations.
    pub up: Vec<f64>,
    /// Downward sum after each value, in standard deviations.
    pub down: Vec<f64>,
    /// Position (from 1) of the first value at which a sum is above the limit.
    pub first_alarm: Option<usize>,
}

/// Computes the chart with slack `k` and limit `h`, both in standard deviations of the baseline.
pub fn cusum(series: &[f64], baseline: Baseline, k: f64, h: f64) -> Cusum {
    let (mut up, mut down) = (Vec::with_capacity(series.len()), Vec::with_capacity(series.len()));
    let (mut above, mut below) = (0.0_f64, 0.0_f64);
    for x in series {
        let z = (x - baseline.centre) / baseline.sd;
        above = (above + z - k).max(0.0);
        below = (below - z - k).max(0.0);
        up.push(above);
        down.push(below);
    }
    let first_alarm = up.iter().zip(&down).position(|(u, d)| *u > h || *d > h).map(|i| i + 1);
    Cusum { up, down, first_alarm }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_found_after_it_happens_and_a_steady_series_raises_no_alarm() {
        let steady = [0.1, -0.1, 0.2, -0.2, 0.1, -0.1, 0.0, 0.1, -0.1, 0.0];
        let baseline = Baseline::of(&steady, 6).expect("spread");
        assert_eq!(ewma(&steady, baseline, 0.3, 3.0).first_alarm, None);
        assert_eq!(cusum(&steady, baseline, 0.5, 5.0).first_alarm, None);
        let stepped: Vec<f64> =
            steady.iter().enumerate().map(|(i, x)| if i >= 6 { x + 1.0 } else { *x }).collect();
        assert_eq!(cusum(&stepped, baseline, 0.5, 5.0).first_alarm, Some(7));
        assert!(ewma(&stepped, baseline, 0.3, 3.0).first_alarm.is_some_and(|at| at >= 7));
    }

    #[test]
    fn what_has_no_trend_or_baseline_has_a_reason() {
        assert_eq!(trend(&[1.0, 2.0], 0.95).slope.value(), Err(Undefined::TooFewUnits));
        assert_eq!(Baseline::of(&[1.0, 1.0, 1.0], 3), Err(Undefined::NoVariance));
        assert_eq!(Baseline::of(&[1.0, 2.0], 3), Err(Undefined::TooFewUnits));
        assert_eq!(trend(&[2.0, 2.0, 2.0, 2.0], 0.95).slope.value(), Ok(0.0));
        assert!(trend(&[2.0, 2.0, 2.0, 2.0], 0.95).tau.value().is_err());
    }
}
