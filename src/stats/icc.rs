//! Intraclass correlations of a complete two-way table, with F intervals.
//!
//! Shrout & Fleiss (1979) names its forms ICC(1), ICC(2), ICC(3); `McGraw` & Wong (1996) names them (1), (A), (C).
//! Intervals follow `McGraw` & Wong (1996), table 7. The interval of A,k is the Spearman-Brown image of the interval
//! of A,1, as `psych` and `pingouin` do; `irr` 0.84.1 uses the wrong reliability in its degrees of freedom there.
//! Bootstrap intervals are not offered: they undercover at the sizes seen here.

use serde::{Deserialize, Serialize};

use super::descriptive::{is_rounding, max_abs, mean};
use super::distributions::{f_quantile, f_sf};
use super::estimate::{Estimate, Interval, Undefined};
use super::table::{Complete, RatingMatrix};

/// Form of the intraclass correlation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IccForm {
    /// One-way random, one rater: ICC(1,1).
    One,
    /// One-way random, the mean of the k raters: ICC(1,k).
    OneK,
    /// Two-way, absolute agreement, one rater: ICC(A,1), also ICC(2,1).
    A1,
    /// Two-way, absolute agreement, the mean of the k raters: ICC(A,k).
    Ak,
    /// Two-way, consistency, one rater: ICC(C,1), also ICC(3,1).
    C1,
    /// Two-way, consistency, the mean of the k raters: ICC(C,k).
    Ck,
}

impl IccForm {
    /// All six forms.
    pub const ALL: [Self; 6] = [Self::One, Self::OneK, Self::A1, Self::Ak, Self::C1, Self::Ck];

    /// The short name used in statistic ids: `1`, `1k`, `a1`, `ak`, `c1`, `ck`.
    pub fn word(self) -> &'static str {
        match self {
            Self::One => "1",
            Self::OneK => "1k",
            Self::A1 => "a1",
            Self::Ak => "ak",
            Self::C1 => "c1",
            Self::Ck => "ck",
        }
    }
}

/// The mean squares of a complete n x k table. Sums of squares that are rounding noise are exactly zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Anova {
    /// Number of units.
    pub n: usize,
    /// Number of raters.
    pub k: usize,
    /// Mean square between units, n - 1 degrees of freedom.
    pub between: f64,
    /// Mean square within units, n(k - 1) degrees of freedom.
    pub within: f64,
    /// Mean square between raters, k - 1 degrees of freedom.
    pub raters: f64,
    /// Residual mean square, (n - 1)(k - 1) degrees of freedom.
    pub residual: f64,
}

impl Anova {
    /// Decomposes a complete table.
    ///
    /// # Errors
    /// `TooFewRaters` or `TooFewUnits` below two, `NoVariance` when every value is the same.
    pub fn new(table: &Complete) -> Result<Self, Undefined> {
        let (n, k) = (table.n_units(), table.n_raters());
        if k < 2 {
            return Err(Undefined::TooFewRaters);
        }
        if n < 2 {
            return Err(Undefined::TooFewUnits);
        }
        // Centered on the first value, so that small differences of large values keep their digits.
        let origin = table.values()[0];
        let values: Vec<f64> = table.values().iter().map(|x| x - origin).collect();
        let grand = mean(&values).ok_or(Undefined::TooFewUnits)?;
        let mut rater_means = vec![0.0; k];
        for row in values.chunks_exact(k) {
            rater_means.iter_mut().zip(row).for_each(|(m, x)| *m += x / n as f64);
        }
        let (mut between, mut within, mut residual) = (0.0, 0.0, 0.0);
        for row in values.chunks_exact(k) {
            let unit = row.iter().sum::<f64>() / k as f64;
            between += k as f64 * (unit - grand).powi(2);
            for (x, rater) in row.iter().zip(&rater_means) {
                within += (x - unit).powi(2);
                residual += (x - unit - rater + grand).powi(2);
            }
        }
        let raters = n as f64 * rater_means.iter().map(|m| (m - grand).powi(2)).sum::<f64>();
        let size = max_abs(table.values());
        let clean = |ss: f64| if is_rounding(ss, n * k, size) { 0.0 } else { ss };
        let (between, within, residual) = (clean(between), clean(within), clean(residual));
        if between + within <= 0.0 {
            return Err(Undefined::NoVariance);
        }
        let (nf, kf) = (n as f64, k as f64);
        Ok(Self {
            n,
            k,
            between: between / (nf - 1.0),
            within: within / (nf * (kf - 1.0)),
            raters: clean(raters) / (kf - 1.0),
            residual: residual / ((nf - 1.0) * (kf - 1.0)),
        })
    }

    /// The F ratio of the form with its degrees of freedom; infinite when its denominator is zero.
    pub fn f_ratio(&self, form: IccForm) -> (f64, f64, f64) {
        let (n, k) = (self.n as f64, self.k as f64);
        match form {
            IccForm::One | IccForm::OneK => (self.between / self.within, n - 1.0, n * (k - 1.0)),
            _ => (self.between / self.residual, n - 1.0, (n - 1.0) * (k - 1.0)),
        }
    }

    /// The coefficient; may be negative, also below -1, and is reported as it is.
    ///
    /// # Errors
    /// `NoBetweenVariance` when a k-rater form divides by a between mean square of zero.
    pub fn coefficient(&self, form: IccForm) -> Result<f64, Undefined> {
        let (n, k) = (self.n as f64, self.k as f64);
        let (b, w, r, e) = (self.between, self.within, self.raters, self.residual);
        let (top, bottom) = match form {
            IccForm::One => (b - w, b + (k - 1.0) * w),
            IccForm::OneK => (b - w, b),
            IccForm::A1 => (b - e, b + (k - 1.0) * e + k * (r - e) / n),
            IccForm::Ak => (b - e, b + (r - e) / n),
            IccForm::C1 => (b - e, b + (k - 1.0) * e),
            IccForm::Ck => (b - e, b),
        };
        // The denominator of an agreement form may be a difference that is zero except for rounding.
        if bottom.abs() <= 1e-12 * (b + k * (r + e + w)) {
            return Err(if b > 0.0 { Undefined::NoVariance } else { Undefined::NoBetweenVariance });
        }
        Ok(top / bottom)
    }

    /// The F interval of a form.
    fn interval(&self, form: IccForm, level: f64) -> Result<Interval, Undefined> {
        let (f, df1, df2) = self.f_ratio(form);
        if self.between <= 0.0 {
            return Err(Undefined::NoBetweenVariance);
        }
        if !f.is_finite() {
            return Err(Undefined::ZeroResidual);
        }
        let k = self.k as f64;
        let p = 0.5 + 0.5 * level;
        let quantile = |a, b| f_quantile(p, a, b).ok_or(Undefined::NotApplicable);
        let (low, high) = match form {
            IccForm::A1 | IccForm::Ak => self.agreement_limits(p)?,
            _ => (f / quantile(df1, df2)?, f * quantile(df2, df1)?),
        };
        let step_up = |r: f64| {
            let bottom = 1.0 + r * (k - 1.0);
            // Beyond its pole the Spearman-Brown image of a limit is not a limit.
            if bottom > 0.0 { Ok(k * r / bottom) } else { Err(Undefined::NotApplicable) }
        };
        let (low, high) = match form {
            IccForm::One | IccForm::C1 => ((low - 1.0) / (low + k - 1.0), (high - 1.0) / (high + k - 1.0)),
            IccForm::OneK | IccForm::Ck => (1.0 - 1.0 / low, 1.0 - 1.0 / high),
            IccForm::A1 => (low, high),
            IccForm::Ak => (step_up(low)?, step_up(high)?),
        };
        Interval::new(low, high, level, "f")
    }

    /// Limits of A,1 with Satterthwaite degrees of freedom.
    fn agreement_limits(&self, p: f64) -> Result<(f64, f64), Undefined> {
        let (n, k) = (self.n as f64, self.k as f64);
        let (b, r, e) = (self.between, self.raters, self.residual);
        let rho = self.coefficient(IccForm::A1)?;
        let fj = r / e;
        let rest = n * (1.0 + (k - 1.0) * rho) - k * rho;
        let v = (k - 1.0) * (n - 1.0) * (k * rho * fj + rest).powi(2)
            / ((n - 1.0) * (k * rho * fj).powi(2) + rest.powi(2));
        let upper = f_quantile(p, n - 1.0, v).ok_or(Undefined::NotApplicable)?;
        let lower = f_quantile(p, v, n - 1.0).ok_or(Undefined::NotApplicable)?;
        let error = k * r + (k * n - k - n) * e;
        Ok((n * (b - upper * e) / (upper * error + n * b), n * (lower * b - e) / (error + n * lower * b)))
    }
}

/// One form on the complete rows of a table, with its F interval at `level` and the p value of the F test.
pub fn icc(table: &RatingMatrix, form: IccForm, level: f64) -> Estimate {
    let (complete, dropped) = table.listwise();
    let counts = (complete.n_units(), table.n_raters(), dropped);
    let estimate = match Anova::new(&complete) {
        Ok(anova) => from_anova(&anova, form, level),
        Err(reason) => Estimate::undefined(reason),
    };
    estimate.with_counts(counts.0, counts.1, counts.2)
}

/// All six forms at once, in the order of `IccForm::ALL`.
pub fn icc_all(table: &RatingMatrix, level: f64) -> Vec<(IccForm, Estimate)> {
    IccForm::ALL.iter().map(|&form| (form, icc(table, form, level))).collect()
}

fn from_anova(anova: &Anova, form: IccForm, level: f64) -> Estimate {
    let (f, df1, df2) = anova.f_ratio(form);
    let p = if f.is_finite() { f_sf(f, df1, df2).unwrap_or(f64::NAN) } else { f64::NAN };
    Estimate::from_result(anova.coefficient(form)).with_interval(anova.interval(form, level)).with_p(p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrout_and_fleiss_1979() {
        let rows = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]];
        let rows: Vec<Vec<_>> =
            rows.iter().map(|r| r.iter().map(|&x| Some(f64::from(x))).collect()).collect();
        let table = RatingMatrix::from_rows(&rows);
        let printed = [0.17, 0.44, 0.29, 0.62, 0.71, 0.91];
        for ((_, e), expected) in icc_all(&table, 0.95).iter().zip(printed) {
            assert!((e.value().expect("defined") - expected).abs() < 0.005);
        }
    }

    #[test]
    fn small_differences_of_large_values_keep_their_digits() {
        let rows = |shift: f64| -> Vec<Vec<Option<f64>>> {
            let rows = [[2.0, 4.0, 2.0], [4.0, 0.0, 6.0], [4.0, 0.0, 6.0], [2.0, 4.0, 2.0]];
            rows.iter().map(|row| row.iter().map(|x| Some(x + shift)).collect()).collect()
        };
        for (near, far) in icc_all(&RatingMatrix::from_rows(&rows(0.0)), 0.95)
            .iter()
            .zip(icc_all(&RatingMatrix::from_rows(&rows(-262_148.0)), 0.95))
        {
            assert_eq!(near.1.value(), far.1.value(), "{:?}", near.0);
        }
    }
}
