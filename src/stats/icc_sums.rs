//! Intraclass correlations of resampled units, from sums that are computed once for every unit.

use super::bootstrap::Clusters;
use super::descriptive::mean;
use super::estimate::Undefined;
use super::icc::{Anova, IccForm};
use super::table::Complete;

/// Share of the total sum of squares below which a difference of sums is rounding noise.
const ROUNDING: f64 = 1e-13;

/// The sums of every unit of a complete table. They make a resample of n units cost n x (raters + 3) additions, without
/// copying data.
#[derive(Debug, Clone)]
pub struct IccSums {
    raters: usize,
    /// For each entry, a unit or a cluster of units: the sum of each rater's values, of their squares, of the squares
    /// of each unit's sum, and the number of units. Values are centered on the grand mean, so that small differences of
    /// large values keep their digits.
    sums: Vec<f64>,
}

impl IccSums {
    /// Computes the sums of a table.
    ///
    /// # Errors
    /// `TooFewRaters` or `TooFewUnits` below two.
    pub fn new(table: &Complete) -> Result<Self, Undefined> {
        if table.n_raters() < 2 {
            return Err(Undefined::TooFewRaters);
        }
        if table.n_units() < 2 {
            return Err(Undefined::TooFewUnits);
        }
        let centre = mean(table.values()).ok_or(Undefined::TooFewUnits)?;
        let centred: Vec<f64> = table.values().iter().map(|x| x - centre).collect();
        let mut sums = Vec::with_capacity(table.n_units() * (table.n_raters() + 3));
        for row in centred.chunks_exact(table.n_raters()) {
            sums.extend(row);
            sums.push(row.iter().map(|x| x * x).sum());
            sums.push(row.iter().sum::<f64>().powi(2));
            sums.push(1.0);
        }
        Ok(Self { raters: table.n_raters(), sums })
    }

    /// The same with one entry per cluster instead of per unit, so that resampling clusters is as cheap as resampling
    /// single units.
    pub fn by_cluster(&self, clusters: &Clusters) -> Self {
        let width = self.raters + 3;
        let mut sums = vec![0.0; clusters.len() * width];
        for (cluster, totals) in sums.chunks_exact_mut(width).enumerate() {
            for &unit in clusters.rows(cluster) {
                let own = &self.sums[unit * width..(unit + 1) * width];
                totals.iter_mut().zip(own).for_each(|(total, sum)| *total += sum);
            }
        }
        Self { raters: self.raters, sums }
    }

    /// The coefficient of these units, repeats allowed.
    ///
    /// # Errors
    /// `TooFewUnits` below two, `NoVariance` when every value is the same, else as [`Anova::coefficient`].
    ///
    /// # Panics
    /// When a unit is not a row of the table.
    pub fn coefficient(&self, units: &[usize], form: IccForm) -> Result<f64, Undefined> {
        // With a width known to the compiler the sums stay in registers: a third of the time for three raters.
        match self.raters {
            2 => self.totals::<5>(units, form),
            3 => self.totals::<6>(units, form),
            4 => self.totals::<7>(units, form),
            5 => self.totals::<8>(units, form),
            _ => self.totals_of_any_width(units, form),
        }
    }

    fn totals<const WIDTH: usize>(&self, units: &[usize], form: IccForm) -> Result<f64, Undefined> {
        let (rows, _) = self.sums.as_chunks::<WIDTH>();
        // Four independent sums, because each addition to a sum waits for the one before it.
        let mut sums = [[0.0; WIDTH]; 4];
        let (fours, rest) = units.as_chunks::<4>();
        for four in fours {
            for (sum, unit) in sums.iter_mut().zip(four) {
                add(sum, &rows[*unit]);
            }
        }
        let [mut total, others @ ..] = sums;
        for sum in &others {
            add(&mut total, sum);
        }
        for unit in rest {
            add(&mut total, &rows[*unit]);
        }
        self.of(&total, form)
    }

    fn totals_of_any_width(&self, units: &[usize], form: IccForm) -> Result<f64, Undefined> {
        let width = self.raters + 3;
        let mut totals = vec![0.0; width];
        for &unit in units {
            let sums = &self.sums[unit * width..(unit + 1) * width];
            totals.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
        }
        self.of(&totals, form)
    }

    /// The coefficient of units whose sums come to `totals`.
    fn of(&self, totals: &[f64], form: IccForm) -> Result<f64, Undefined> {
        let k = self.raters;
        let (nf, kf) = (totals[k + 2], k as f64);
        if nf < 2.0 {
            return Err(Undefined::TooFewUnits);
        }
        let grand = totals[..k].iter().sum::<f64>().powi(2) / (nf * kf);
        let (squares, by_unit) = (totals[k], totals[k + 1] / kf);
        let by_rater = totals[..k].iter().map(|sum| sum * sum).sum::<f64>() / nf;
        // A difference of two large sums; a result this small beside them is rounding.
        let clean = |ss: f64| if ss <= ROUNDING * squares { 0.0 } else { ss };
        let (between, within, raters) =
            (clean(by_unit - grand), clean(squares - by_unit), clean(by_rater - grand));
        if between + within <= 0.0 {
            return Err(Undefined::NoVariance);
        }
        let anova = Anova {
            n: whole(nf),
            k,
            between: between / (nf - 1.0),
            within: within / (nf * (kf - 1.0)),
            raters: raters / (kf - 1.0),
            residual: clean(within - raters) / ((nf - 1.0) * (kf - 1.0)),
        };
        anova.coefficient(form)
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of units")]
fn whole(n: f64) -> usize {
    n as usize
}

/// By index: with iterators the sums leave the registers, which doubles the time.
#[inline]
fn add<const WIDTH: usize>(totals: &mut [f64; WIDTH], sums: &[f64; WIDTH]) {
    for i in 0..WIDTH {
        totals[i] += sums[i];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::RatingMatrix;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_resample_has_the_coefficient_of_the_table_it_makes(
            values in prop::collection::vec(0_u8..7, 30),
            shift in -1_000_000_i32..1_000_000,
            units in prop::collection::vec(0_usize..10, 2..15),
        ) {
            let rows: Vec<Vec<Option<f64>>> =
                values.chunks(3).map(|row| row.iter().map(|x| Some(f64::from(*x) + f64::from(shift))).collect()).collect();
            let table = RatingMatrix::from_rows(&rows);
            let sums = IccSums::new(&table.listwise().0).expect("ten units, three raters");
            let resampled: Vec<_> = units.iter().map(|unit| table.row(*unit).to_vec()).collect();
            let resampled = RatingMatrix::from_rows(&resampled).listwise().0;
            // The resampled units again, two to a cluster.
            let clusters = Clusters::from_labels(&(0..units.len()).map(|i| i / 2).collect::<Vec<_>>());
            let pairs = IccSums::new(&resampled).expect("two units or more").by_cluster(&clusters);
            let every: Vec<usize> = (0..clusters.len()).collect();
            for form in IccForm::ALL {
                let direct = Anova::new(&resampled).and_then(|anova| anova.coefficient(form));
                for found in [sums.coefficient(&units, form), pairs.coefficient(&every, form)] {
                    match (found, direct) {
                        (Ok(a), Ok(b)) => prop_assert!((a - b).abs() < 1e-7 * (1.0 + b.abs()), "{form:?} {a} {b}"),
                        (a, b) => prop_assert_eq!(a, b),
                    }
                }
            }
        }
    }
}
