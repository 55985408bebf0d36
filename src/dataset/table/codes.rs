//! Codes for missing among the scores: statistics programs write 99 or -9 where nothing was rated, and a mean takes it in.

use std::collections::HashMap;

use super::{
    super::problem::{Note, Problem, lines},
    TableSpec,
};

/// The different scores of a table.
#[derive(Debug, Default)]
pub(super) struct DistinctScores {
    /// By bits: how many, and the first lines.
    seen: HashMap<u64, (usize, Vec<usize>)>,
}

/// A score that stands apart from all others.
struct Apart {
    value: f64,
    number: usize,
    lines: Vec<usize>,
    /// A code that programs use, farther from the others than they are from each other.
    is_code: bool,
}

impl DistinctScores {
    pub(super) fn add(&mut self, score: f64, line: usize) {
        const LINES: usize = 3;
        let (number, lines) = self.seen.entry(score.to_bits()).or_default();
        *number += 1;
        if lines.len() < LINES {
            lines.push(line);
        }
    }

    /// What is to be said of the scores where no scale was declared: a code far outside is a problem, and a remark says that
    /// nothing was checked.
    pub(super) fn judged(&self, path: &str, spec: &TableSpec) -> Result<Option<Note>, Problem> {
        if spec.scale.is_some() {
            return Ok(None);
        }
        let mut values: Vec<f64> = self.seen.keys().map(|bits| f64::from_bits(*bits)).collect();
        values.sort_by(f64::total_cmp);
        let apart = self.apart(&mut values);
        let (Some(least), Some(most)) = (values.first(), values.last()) else { return Ok(None) };
        let range = format!("{least} to {most}");
        if let Some(code) = apart.iter().find(|apart| apart.is_code) {
            let found = code.found();
            let message = format!(
                "no scale was declared, and {found} far outside the other scores ({range}): is it a code for missing?"
            );
            let (value, whole) = (code.value, least.fract() == 0.0 && most.fract() == 0.0);
            let scale = if whole { format!("{least}..{most}") } else { "MIN..MAX".to_owned() };
            let problem = Problem::at(path, code.lines[0], message);
            return Err(problem.hint(format!(
                "give --na {value} if it means missing, or --scale, such as --scale {scale}"
            )));
        }
        if spec.nominal {
            return Ok(None);
        }
        let outside: Vec<String> = apart.iter().map(Apart::found).collect();
        let outside = if outside.is_empty() {
            String::new()
        } else {
            format!("; {} apart from the others", outside.join(", "))
        };
        let message = format!(
            "no scale was declared, so that no score was checked: scores from {range} are taken as they are{outside}; \
             declare it, such as --scale {}..{}",
            least.floor(),
            most.ceil()
        );
        Ok(Some(Note { path: path.to_owned(), message }))
    }

    /// Takes out the values that stand apart from all others.
    fn apart(&self, values: &mut Vec<f64>) -> Vec<Apart> {
        let mut found = Vec::new();
        let others: Vec<f64> = values.iter().copied().filter(|value| !is_code(*value)).collect();
        if others.len() > 1 {
            for value in values.clone().into_iter().filter(|value| is_code(*value)) {
                let (distance, range) = gap(&others, value);
                if distance > 1.0 && distance >= range / 2.0 {
                    found.push(self.taken(values, value, distance > range));
                }
            }
        }
        while values.len() > 2 {
            let (first, last) = (values[0], values[values.len() - 1]);
            let (above, below) = (gap(&values[..values.len() - 1], last), gap(&values[1..], first));
            let (value, (distance, range)) = if above.0 >= below.0 { (last, above) } else { (first, below) };
            let is_digit = [7.0, 8.0, 9.0].iter().any(|code: &f64| code.to_bits() == value.to_bits());
            let far = if is_digit {
                distance > 1.0 && distance >= range / 2.0
            } else {
                distance > 3.0 * range.max(1.0)
            };
            if !far {
                break;
            }
            found.push(self.taken(values, value, false));
        }
        found
    }

    fn taken(&self, values: &mut Vec<f64>, value: f64, is_code: bool) -> Apart {
        values.retain(|other| other.to_bits() != value.to_bits());
        let (number, lines) = self.seen[&value.to_bits()].clone();
        Apart { value, number, lines, is_code }
    }
}

impl Apart {
    fn found(&self) -> String {
        let times = if self.number == 1 { String::new() } else { format!(" {} times", self.number) };
        format!("{} stands{times} ({})", self.value, lines(&self.lines))
    }
}

/// How far a value is from the nearest of the others, and how far those are from each other; 0 from those around it.
fn gap(others: &[f64], value: f64) -> (f64, f64) {
    let (least, most) = (others[0], others[others.len() - 1]);
    ((value - most).max(least - value).max(0.0), most - least)
}

/// True for -1, and for a number of one digit over and over, from 6 on: 88, 999, 99.99, -9. From 0 up to 10 they are
/// scores more often.
fn is_code(value: f64) -> bool {
    let digits: String = value.abs().to_string().chars().filter(char::is_ascii_digit).collect();
    let same = digits.bytes().all(|byte| Some(byte) == digits.bytes().next());
    let repeated = same && digits.starts_with(['6', '7', '8', '9']) && !(0.0..=10.0).contains(&value);
    repeated || value.to_bits() == (-1.0_f64).to_bits()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Scale;

    fn judged(values: &[f64], spec: &TableSpec) -> Result<Option<String>, String> {
        let mut seen = DistinctScores::default();
        values.iter().zip(2..).for_each(|(value, line)| seen.add(*value, line));
        seen.judged("r.csv", spec)
            .map(|note| note.map(|note| note.message))
            .map_err(|problem| problem.message)
    }

    #[test]
    fn codes_far_outside_stop_and_the_rest_is_told() {
        let spec = TableSpec::default();
        let said = judged(&[1.0, 5.0, 99.0, 2.0, 3.0, 99.0], &spec).expect_err("a code");
        assert!(
            said.contains("99 stands 2 times (lines 4, 7) far outside the other scores (1 to 5)"),
            "{said}"
        );
        for code in [-9.0, -99.0, 999.0, 77.0, 99.9, -999.0] {
            assert!(judged(&[1.0, 2.0, 3.0, 4.0, 5.0, code], &spec).is_err(), "{code}");
            assert!(judged(&[0.0, 1.0, 1.0, 0.0, code], &spec).is_err(), "{code}");
        }
        let two = judged(&[1.0, 5.0, 3.0, 88.0, 99.0], &spec).expect_err("codes");
        assert!(two.contains("(1 to 5)"), "{two}");
        let near = judged(&[1.0, 2.0, 3.0, 4.0, 5.0, 9.0], &spec).expect("a remark").expect("one");
        assert!(near.contains("9 stands (line 7) apart from the others"), "{near}");
    }

    #[test]
    fn scores_that_belong_together_are_only_told_to_be_unchecked() {
        let spec = TableSpec::default();
        for values in [
            &[-1.0, 0.0, 1.0][..],
            &[-3.0, -2.0, 0.0, 1.0, 3.0],
            &[0.0, 6.0],
            &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            &[10.0, 55.0, 88.0, 100.0],
            &[0.01, 0.5, 0.99],
            &[3.0],
        ] {
            let said = judged(values, &spec).expect("no code").expect("a remark");
            assert!(said.contains("no score was checked") && !said.contains("apart"), "{said}");
        }
        let scale = Some(Scale { min: 1, max: 5 });
        assert_eq!(judged(&[1.0, 5.0, 99.0], &TableSpec { scale, ..TableSpec::default() }), Ok(None));
        assert_eq!(judged(&[], &spec), Ok(None));
    }
}
