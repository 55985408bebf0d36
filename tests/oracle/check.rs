//! Owns golden entries and the comparison of our values with them.

use corater::stats::Undefined;
use serde_json::Value;

/// The folder of the fixtures.
pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/stats");

/// One golden value or block of values.
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) stat: String,
    pub(crate) input: String,
    pub(crate) select: Value,
    pub(crate) params: Value,
    pub(crate) expect: Value,
    rel: f64,
    abs: f64,
}

impl Entry {
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params[name].as_str().unwrap_or("")
    }

    pub(crate) fn numbers(&self, name: &str) -> Vec<f64> {
        floats(&self.params[name])
    }

    /// Is the reference's answer an error?
    pub(crate) fn is_error(&self) -> bool {
        self.expect.get("error").is_some()
    }
}

pub(crate) fn floats(value: &Value) -> Vec<f64> {
    value.as_array().map(|a| a.iter().filter_map(Value::as_f64).collect()).unwrap_or_default()
}

pub(crate) fn load(file: &str) -> Vec<Entry> {
    let text = std::fs::read_to_string(format!("{ROOT}/golden/{file}.json")).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    file["entries"].as_array().unwrap().iter().map(entry).collect()
}

fn entry(e: &Value) -> Entry {
    let text = |k: &str| e[k].as_str().unwrap_or("").to_owned();
    Entry {
        id: text("id"),
        stat: text("stat"),
        input: text("input"),
        select: e["select"].clone(),
        params: e["params"].clone(),
        expect: e["expect"].clone(),
        rel: e["tol"]["rel"].as_f64().unwrap(),
        abs: e["tol"]["abs"].as_f64().unwrap(),
    }
}

/// What became of an entry.
pub(crate) enum Outcome {
    Passed,
    Skipped,
    Failed(Vec<String>),
}

/// Collects the comparisons of one entry.
pub(crate) struct Check {
    rel: f64,
    abs: f64,
    compared: usize,
    failures: Vec<String>,
}

impl Check {
    pub(crate) fn new(entry: &Entry) -> Self {
        Self { rel: entry.rel, abs: entry.abs, compared: 0, failures: Vec::new() }
    }

    pub(crate) fn finish(self) -> Outcome {
        if !self.failures.is_empty() {
            Outcome::Failed(self.failures)
        } else if self.compared == 0 {
            Outcome::Skipped
        } else {
            Outcome::Passed
        }
    }

    pub(crate) fn that(&mut self, label: &str, holds: bool) {
        self.compared += 1;
        if !holds {
            self.failures.push(format!("{label} does not hold"));
        }
    }

    /// Our value against a golden number; a golden NaN, infinity or absence wants a reason.
    pub(crate) fn value(&mut self, label: &str, ours: Result<f64, Undefined>, golden: &Value) {
        self.compared += 1;
        let good = match (ours, golden.as_f64()) {
            (Ok(x), Some(g)) => (x - g).abs() <= self.abs + self.rel * g.abs(),
            (Err(_), None) => true,
            _ => false,
        };
        if !good {
            self.failures.push(format!("{label}: ours {ours:?}, golden {golden}"));
        }
    }

    /// As `value`, for what ours reports as an option.
    pub(crate) fn option(&mut self, label: &str, ours: Option<f64>, golden: &Value) {
        self.value(label, ours.ok_or(Undefined::NotApplicable), golden);
    }

    /// Both limits of an interval.
    pub(crate) fn interval(
        &mut self,
        label: &str,
        ours: Result<&corater::stats::Interval, Undefined>,
        golden: &Value,
    ) {
        self.value(&format!("{label}.low"), ours.map(corater::stats::Interval::low), &golden[0]);
        self.value(&format!("{label}.high"), ours.map(corater::stats::Interval::high), &golden[1]);
    }

    /// An interval made with the t quantile of scipy 1.12, which is good to 4e-9 only: 2.02269091 for 39 degrees of
    /// freedom, where the integral of the density says 2.02269092004.
    pub(crate) fn t_interval(
        &mut self,
        label: &str,
        ours: Result<&corater::stats::Interval, Undefined>,
        golden: &Value,
    ) {
        let abs = self.abs;
        self.abs += ours.map_or(0.0, |i| 1e-8 * (i.high() - i.low()));
        self.interval(label, ours, golden);
        self.abs = abs;
    }

    /// A power made with the same t quantile: .56450441055 for 20 pairs where numerical integration with 30 digits (and
    /// scipy 1.15) says .56450441844.
    pub(crate) fn t_power(&mut self, label: &str, ours: Result<f64, Undefined>, golden: &Value) {
        let abs = self.abs;
        self.abs += 2e-8;
        self.value(label, ours, golden);
        self.abs = abs;
    }

    /// A reason is wanted.
    pub(crate) fn undefined(&mut self, label: &str, ours: Result<f64, Undefined>) {
        self.that(&format!("{label} undefined ({ours:?})"), ours.is_err());
    }
}
