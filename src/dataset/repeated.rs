//! Rows that give the same rating again, and the column that tells them apart where one does.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    problem::Problem,
    rows::{Contents, Rows},
    source::TableOptions,
};

/// Pairs of lines that give the same rating.
#[derive(Debug, Default)]
pub(super) struct RepeatedLines {
    pairs: Vec<(usize, usize)>,
}

impl RepeatedLines {
    pub(super) fn push(&mut self, line: usize, before: usize) {
        self.pairs.push((line, before));
    }

    /// Puts under the problems of these rows what explains all of them: a column that has no part in a rating and differs
    /// in every pair, or that the rows are the same altogether.
    pub(super) fn explain(
        &self,
        problems: &mut [Problem],
        path: &str,
        text: &str,
        options: &TableOptions,
        mapped: &[&str],
        advice: impl Fn(&str) -> String,
    ) {
        let Some(hint) = self.told_apart(path, text, options, mapped, advice) else { return };
        let lines: BTreeSet<usize> = self.pairs.iter().map(|(line, _)| *line).collect();
        for problem in
            problems.iter_mut().filter(|problem| problem.line.is_some_and(|line| lines.contains(&line)))
        {
            problem.hint.get_or_insert_with(|| hint.clone());
        }
    }

    /// Advice on the column with the fewest values among those that differ in every pair, or that no column differs in any;
    /// none where columns differ in some.
    fn told_apart(
        &self,
        path: &str,
        text: &str,
        options: &TableOptions,
        mapped: &[&str],
        advice: impl Fn(&str) -> String,
    ) -> Option<String> {
        let wanted: BTreeSet<usize> = self.pairs.iter().flat_map(|(line, before)| [*line, *before]).collect();
        let mut rows = Rows::open(path, text, options, Contents::Names).ok()?;
        let header = rows.header.clone();
        let mut kept: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        while let Some(row) = rows.next() {
            if let Ok(row) = row
                && wanted.contains(&row.line)
            {
                kept.insert(row.line, (0..header.len()).map(|column| row.field(column).to_owned()).collect());
            }
        }
        let pairs: Vec<(&Vec<String>, &Vec<String>)> =
            self.pairs.iter().filter_map(|(a, b)| Some((kept.get(a)?, kept.get(b)?))).collect();
        if pairs.is_empty() {
            return None;
        }
        let values =
            |column: usize| kept.values().map(|row| row[column].as_str()).collect::<BTreeSet<_>>().len();
        let apart = (0..header.len())
            .filter(|column| !header[*column].is_empty() && !mapped.contains(&header[*column].as_str()))
            .filter(|column| pairs.iter().all(|(a, b)| a[*column] != b[*column]))
            .min_by_key(|column| values(*column));
        let same = pairs.iter().all(|(a, b)| a == b);
        match apart {
            Some(column) => Some(advice(&header[column])),
            None => {
                same.then(|| "the rows are the same in every column: is the table there twice?".to_owned())
            }
        }
    }
}
