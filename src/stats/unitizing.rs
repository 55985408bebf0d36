//! Krippendorff's alpha for unitizing: whether observers mark the same stretches of a continuum.
//!
//! Krippendorff (1995), "On the reliability of unitizing continuous data"; Krippendorff (2004), section 11.6.

use super::estimate::Undefined;

/// A stretch of the continuum, half-open.
pub type Stretch = (usize, usize);

/// Observed and expected disagreement about one category.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Disagreement {
    /// Observed, in squared shares of the continuum.
    pub observed: f64,
    /// Expected by chance.
    pub expected: f64,
}

impl Disagreement {
    /// 1 minus observed over expected.
    ///
    /// # Errors
    /// `NoVariance` if no observer marked anything.
    pub fn alpha(self) -> Result<f64, Undefined> {
        if self.expected > 0.0 { Ok(1.0 - self.observed / self.expected) } else { Err(Undefined::NoVariance) }
    }
}

/// A section of an observer's continuum: a marked unit or a gap.
#[derive(Clone, Copy)]
struct ContinuumSection {
    start: f64,
    length: f64,
    marked: bool,
}

/// Units and gaps from `begin`, in order. Overlapping units become one; adjacent units stay two.
fn sections(units: &[Stretch], begin: usize, length: usize) -> Vec<ContinuumSection> {
    let mut sorted: Vec<Stretch> = units.iter().copied().filter(|(start, end)| start < end).collect();
    sorted.sort_unstable();
    let mut merged: Vec<Stretch> = Vec::with_capacity(sorted.len());
    for (start, end) in sorted {
        match merged.last_mut() {
            Some(last) if start < last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    let section = |start: usize, end: usize, marked: bool| ContinuumSection {
        start: start as f64,
        length: (end - start) as f64,
        marked,
    };
    let mut found = Vec::with_capacity(2 * merged.len() + 1);
    let mut at = begin;
    for (start, end) in merged {
        if start > at {
            found.push(section(at, start, false));
        }
        found.push(section(start, end, true));
        at = end;
    }
    if begin + length > at {
        found.push(section(at, begin + length, false));
    }
    found
}

/// Disagreement about one category: the stretches each observer marked, on a continuum of `length` from `begin`.
/// Several sessions are concatenated.
///
/// # Errors
/// `TooFewRaters` below two observers, `TooFewUnits` on a continuum without length.
pub fn unitizing(observers: &[Vec<Stretch>], begin: usize, length: usize) -> Result<Disagreement, Undefined> {
    if observers.len() < 2 {
        return Err(Undefined::TooFewRaters);
    }
    if length == 0 {
        return Err(Undefined::TooFewUnits);
    }
    let all: Vec<Vec<ContinuumSection>> =
        observers.iter().map(|units| sections(units, begin, length)).collect();
    let (m, length) = (observers.len() as f64, length as f64);
    let mut observed = 0.0;
    for (i, first) in all.iter().enumerate() {
        for second in all.iter().skip(i + 1) {
            // Each pair counts in both directions.
            observed += 2.0 * between(first, second);
        }
    }
    observed /= m * (m - 1.0) * length * length;
    Ok(Disagreement { observed, expected: expected(&all, m, length) })
}

/// Squared differences of all sections of two observers that meet.
fn between(first: &[ContinuumSection], second: &[ContinuumSection]) -> f64 {
    let (mut sum, mut from) = (0.0, 0);
    for a in first {
        // Sections that end before this one begins cannot overlap any later one.
        while from < second.len() && second[from].start + second[from].length <= a.start {
            from += 1;
        }
        let meets = |b: &&ContinuumSection| b.start < a.start + a.length;
        sum += second[from..].iter().take_while(meets).map(|b| difference(*a, *b)).sum::<f64>();
    }
    sum
}

fn difference(a: ContinuumSection, b: ContinuumSection) -> f64 {
    let inside = |unit: ContinuumSection, gap: ContinuumSection| {
        unit.start >= gap.start && unit.start + unit.length <= gap.start + gap.length
    };
    match (a.marked, b.marked) {
        (true, true) => (a.start - b.start).powi(2) + (a.start + a.length - b.start - b.length).powi(2),
        (true, false) if inside(a, b) => a.length * a.length,
        (false, true) if inside(b, a) => b.length * b.length,
        _ => 0.0,
    }
}

fn expected(all: &[Vec<ContinuumSection>], m: f64, length: f64) -> f64 {
    let sections = || all.iter().flatten();
    let units = || sections().filter(|section| section.marked);
    let count = units().count() as f64;
    let term = |unit: &ContinuumSection| {
        let l = unit.length;
        let gaps = sections().filter(|gap| !gap.marked && gap.length >= l);
        let room: f64 = gaps.map(|gap| gap.length - l + 1.0).sum();
        (count - 1.0) / 3.0 * (2.0 * l * l * l - 3.0 * l * l + l) + l * l * room
    };
    let numerator: f64 = units().map(term).sum();
    let within: f64 = units().map(|unit| unit.length * (unit.length - 1.0)).sum();
    let denominator = m * length * (m * length - 1.0) - within;
    if denominator > 0.0 { 2.0 / length * numerator / denominator } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_marks_agree_and_marks_apart_do_not() {
        let same = unitizing(&[vec![(10, 20)], vec![(10, 20)]], 0, 100).expect("two observers");
        assert_eq!(same.alpha(), Ok(1.0));
        let apart = unitizing(&[vec![(10, 20)], vec![(60, 70)]], 0, 100).expect("two observers");
        assert!(apart.alpha().is_ok_and(|alpha| alpha < 0.0));
    }

    #[test]
    fn nothing_marked_is_undefined() {
        let none = unitizing(&[vec![], vec![]], 0, 100).expect("two observers");
        assert_eq!(none.alpha(), Err(Undefined::NoVariance));
        assert_eq!(unitizing(&[vec![(1, 2)]], 0, 10), Err(Undefined::TooFewRaters));
        assert_eq!(unitizing(&[vec![], vec![]], 0, 0), Err(Undefined::TooFewUnits));
    }

    #[test]
    fn overlapping_marks_of_one_observer_are_one() {
        let twice = unitizing(&[vec![(10, 18), (12, 20)], vec![(10, 20)]], 0, 100).expect("two observers");
        assert_eq!(twice.alpha(), Ok(1.0));
    }
}
