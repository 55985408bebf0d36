//! Reads the input tables and selects what an entry asks for.

use std::collections::HashMap;

use corater::stats::{Pairs, RatingMatrix, Undefined};

use crate::check::{Entry, ROOT};

/// A file with named columns, all cells as text.
pub(crate) struct Sheet {
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Sheet {
    pub(crate) fn read(file: &str) -> Self {
        let text = std::fs::read_to_string(format!("{ROOT}/inputs/{file}")).unwrap();
        let split = |line: &str| line.split(',').map(|c| c.trim().to_owned()).collect::<Vec<_>>();
        let mut lines = text.lines().filter(|l| !l.trim().is_empty());
        Self { header: split(lines.next().unwrap()), rows: lines.map(split).collect() }
    }

    pub(crate) fn text(&self, name: &str) -> Vec<String> {
        let j = self.header.iter().position(|h| h == name).unwrap();
        self.rows.iter().map(|r| r[j].clone()).collect()
    }

    /// A column; `HM` is the mean of the C columns that are present.
    pub(crate) fn numbers(&self, name: &str) -> Vec<Option<f64>> {
        if name == "HM" {
            let humans: Vec<_> = HUMANS.iter().map(|h| self.numbers(h)).collect();
            return mean_of(&humans);
        }
        self.text(name).iter().map(|c| c.parse().ok()).collect()
    }
}

/// Rated units of the long file: session, source, arm, and the scores per rater.
pub(crate) struct Selection {
    pub(crate) sessions: Vec<String>,
    pub(crate) sources: Vec<String>,
    pub(crate) arms: Vec<String>,
    pub(crate) raters: HashMap<String, Vec<Option<f64>>>,
}

impl Selection {
    pub(crate) fn column(&self, rater: &str) -> Vec<Option<f64>> {
        self.raters[rater].clone()
    }

    pub(crate) fn table(&self, raters: &[&str]) -> RatingMatrix {
        RatingMatrix::from_columns(&raters.iter().map(|r| self.column(r)).collect::<Vec<_>>())
    }
}

const HUMANS: [&str; 3] = ["C1", "C2", "C3"];

/// The mean of the present values of each row.
fn mean_of(columns: &[Vec<Option<f64>>]) -> Vec<Option<f64>> {
    let row = |i: usize| {
        let present: Vec<f64> = columns.iter().filter_map(|c| c[i]).collect();
        (!present.is_empty()).then(|| present.iter().sum::<f64>() / present.len() as f64)
    };
    (0..columns[0].len()).map(row).collect()
}

/// `item`: a number, `total` or `pooled`; adds the rater `HM`, the mean of the available C raters.
pub(crate) fn long(item: &str) -> Selection {
    let sheet = Sheet::read("ctrs_long.csv");
    let mut cells: HashMap<(String, String, String), Option<f64>> = HashMap::new();
    let mut units: Vec<(String, String, String)> = Vec::new();
    for r in &sheet.rows {
        cells.insert((r[0].clone(), r[3].clone(), r[4].clone()), r[5].parse().ok());
        let unit = (r[0].clone(), r[1].clone(), r[2].clone());
        if !units.contains(&unit) {
            units.push(unit);
        }
    }
    let items: Vec<String> = (1..=11).map(|i| i.to_string()).collect();
    let cell = |s: &str, i: &str, r: &str| cells.get(&(s.into(), i.into(), r.into())).copied().flatten();
    let wanted: Vec<(usize, String)> = match item {
        "pooled" => (0..units.len()).flat_map(|u| items.iter().map(move |i| (u, i.clone()))).collect(),
        one => (0..units.len()).map(|u| (u, one.to_owned())).collect(),
    };
    let score = |u: usize, item: &str, rater: &str| {
        let session = &units[u].0;
        if item != "total" {
            return cell(session, item, rater);
        }
        let present: Vec<f64> = items.iter().filter_map(|i| cell(session, i, rater)).collect();
        (present.len() >= 8).then(|| 11.0 * present.iter().sum::<f64>() / present.len() as f64)
    };
    let mut raters: HashMap<String, Vec<Option<f64>>> = HashMap::new();
    for rater in ["C1", "C2", "C3", "J"] {
        raters.insert(rater.into(), wanted.iter().map(|(u, i)| score(*u, i, rater)).collect());
    }
    let humans: Vec<_> = HUMANS.iter().map(|h| raters[*h].clone()).collect();
    raters.insert("HM".into(), mean_of(&humans));
    Selection {
        sessions: wanted.iter().map(|(u, _)| units[*u].0.clone()).collect(),
        sources: wanted.iter().map(|(u, _)| units[*u].1.clone()).collect(),
        arms: wanted.iter().map(|(u, _)| units[*u].2.clone()).collect(),
        raters,
    }
}

/// The item an entry selects.
pub(crate) fn item(entry: &Entry) -> String {
    let item = &entry.select["item"];
    item.as_str().map_or_else(|| item.to_string(), str::to_owned)
}

/// The table an entry asks for: the selected raters of the long file, or the columns of a wide one.
pub(crate) fn table(entry: &Entry) -> RatingMatrix {
    let named: Vec<&str> = ["select", "params"]
        .iter()
        .find_map(|k| (if *k == "select" { &entry.select } else { &entry.params })["raters"].as_array())
        .map(|a| a.iter().filter_map(|v| v.as_str()).collect())
        .unwrap_or_default();
    if entry.input == "ctrs_long.csv" {
        return long(&item(entry)).table(&named);
    }
    let sheet = Sheet::read(&entry.input);
    let names: Vec<&str> =
        if named.is_empty() { sheet.header[1..].iter().map(String::as_str).collect() } else { named };
    RatingMatrix::from_columns(&names.iter().map(|n| sheet.numbers(n)).collect::<Vec<_>>())
}

/// The two lists `params.a` and `params.b`.
pub(crate) fn pairs(entry: &Entry) -> Pairs {
    let (a, b) = (entry.param("a"), entry.param("b"));
    if entry.input == "ctrs_long.csv" {
        let selection = long(&item(entry));
        return Pairs::new(&selection.column(a), &selection.column(b));
    }
    let sheet = Sheet::read(&entry.input);
    Pairs::new(&sheet.numbers(a), &sheet.numbers(b))
}

/// The units of a table where both raters are present.
pub(crate) fn pairs_of(table: &RatingMatrix, a: usize, b: usize) -> Result<Pairs, Undefined> {
    if a.max(b) < table.n_raters() {
        Ok(Pairs::new(&table.column(a), &table.column(b)))
    } else {
        Err(Undefined::TooFewRaters)
    }
}

/// The given units of a table, repeats allowed: a resample.
pub(crate) fn units_of(table: &RatingMatrix, units: &[usize]) -> RatingMatrix {
    let column = |rater| units.iter().map(|unit| table.row(*unit)[rater]).collect::<Vec<_>>();
    RatingMatrix::from_columns(&(0..table.n_raters()).map(column).collect::<Vec<_>>())
}
