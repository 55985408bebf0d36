//! What a plain table's description leaves open and the table itself answers: which of the other columns hold scores, and
//! which categories there are. What was taken is told.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{
        cell::{ScoreField, cell},
        problem::{Note, Problem, count, name},
        rows::{Contents, Rows},
        source::{Points, RatingLayout},
    },
    TableSpec,
    columns::{item_column, unit_columns},
};

/// Most categories that a column of names has; with more it is a comment.
const MOST_CATEGORIES: usize = 30;

/// The description with nothing left open, and remarks on what was found.
pub(super) fn complete(
    path: &str,
    text: &str,
    spec: &TableSpec,
) -> Result<(TableSpec, Vec<Note>), Vec<Problem>> {
    let (mut spec, mut notes) = (spec.clone(), Vec::new());
    let mut note = |message: String| notes.push(Note { path: path.to_owned(), message });
    let open = |spec: &TableSpec| Rows::open(path, text, &spec.table, Contents::Names).map_err(|p| vec![p]);
    let rows = open(&spec)?;
    // A name with a comma is one name where the table has it.
    spec.raters = joined(&spec.raters, &known_raters(&spec, open(&spec)?));
    spec.items = joined(&spec.items, &rows.header);
    let (list, what) = match spec.layout {
        RatingLayout::Long => (None, ""),
        RatingLayout::WideRaters => (Some(&spec.raters), "raters"),
        RatingLayout::WideItems | RatingLayout::Study => (Some(&spec.items), "items"),
    };
    if list.is_some_and(Vec::is_empty) {
        let others = Others::of(&spec, open(&spec)?);
        note(others.told(what));
        match spec.layout {
            RatingLayout::WideRaters => spec.raters = others.taken,
            _ => spec.items = others.taken,
        }
    }
    if spec.nominal
        && let Some(categories) = categories(&spec, open(&spec)?)
    {
        let told: Vec<String> =
            categories.iter().map(|(word, n)| format!("{} = {}", name(word), n.value())).collect();
        note(format!("scores are names: {}", told.join(", ")));
        spec.words.values = categories;
    }
    let unit = unit_columns(&spec, &rows);
    if unit.len() > 1 && spec.source.is_none() {
        note(format!(
            "the columns {} together are the unit, and units are taken as independent; give --source-column {} if those of \
             one are not",
            unit.join(", "),
            unit[0]
        ));
    }
    Ok((spec, notes))
}

/// The names that `--raters` may mean: columns, or what stands in the column of raters.
fn known_raters(spec: &TableSpec, mut rows: Rows<'_>) -> Vec<String> {
    if spec.layout == RatingLayout::WideRaters || spec.raters.len() < 2 {
        return rows.header;
    }
    let Some(column) = rows.position(&spec.rater) else { return Vec::new() };
    let mut known = BTreeSet::new();
    while let Some(row) = rows.next() {
        if let Ok(row) = row
            && !known.contains(row.id(column))
        {
            known.insert(row.id(column).to_owned());
        }
    }
    known.into_iter().collect()
}

/// A list that was cut at commas, with the pieces of known names put together again.
fn joined(pieces: &[String], known: &[String]) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = pieces;
    while !rest.is_empty() {
        let longest = (1..=rest.len()).rev().find(|n| known.contains(&rest[..*n].join(","))).unwrap_or(1);
        names.push(rest[..longest].join(","));
        rest = &rest[longest..];
    }
    names
}

/// The columns of a wide table that have no other part.
struct Others {
    taken: Vec<String>,
    left: Vec<String>,
}

impl Others {
    /// A column without a single score is no column of scores.
    fn of(spec: &TableSpec, mut rows: Rows<'_>) -> Self {
        let header = rows.header.clone();
        let optional = [&spec.arm, &spec.source, &spec.mean_by].into_iter().filter_map(Option::as_deref);
        let mut parts: Vec<&str> = unit_columns(spec, &rows);
        parts.extend(item_column(spec, &rows).into_iter().chain(optional));
        parts.extend(spec.conditions.iter().map(|condition| condition.column.as_str()));
        if spec.layout != RatingLayout::WideRaters {
            parts.push(&spec.rater);
        }
        let other = |name: &String| !name.trim().is_empty() && !parts.contains(&name.as_str());
        let columns: Vec<usize> = (0..header.len()).filter(|column| other(&header[*column])).collect();
        let mut scored = vec![false; header.len()];
        let mut words: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        while let Some(row) = rows.next() {
            let Ok(row) = row else { continue };
            for column in columns.iter().copied() {
                match cell(row.field(column), &spec.table, &spec.words) {
                    ScoreField::Number(_) => scored[column] = true,
                    ScoreField::Unreadable => {
                        let of_column = words.entry(column).or_default();
                        if of_column.len() <= MOST_CATEGORIES {
                            of_column.insert(row.field(column).trim().to_owned());
                        }
                    }
                    ScoreField::Missing | ScoreField::NotAssessable => {}
                }
            }
        }
        let categories = |column: &usize| {
            spec.nominal && words.get(column).is_some_and(|words| words.len() <= MOST_CATEGORIES)
        };
        let (taken, left): (Vec<usize>, Vec<usize>) =
            columns.into_iter().partition(|column| scored[*column] || categories(column));
        let names = |columns: Vec<usize>| columns.into_iter().map(|column| header[column].clone()).collect();
        Self { taken: names(taken), left: names(left) }
    }

    fn told(&self, what: &str) -> String {
        let list = |names: &[String]| names.iter().map(|n| name(n)).collect::<Vec<String>>().join(", ");
        let left = match self.left.len() {
            0 => String::new(),
            n => format!("; {} without a score left out: {}", count(n, "column"), list(&self.left)),
        };
        format!("taken as {what}: {}{left}; name others with --{what}", list(&self.taken))
    }
}

/// Names of categories, numbered in the order of the alphabet; none where all scores are numbers.
fn categories(spec: &TableSpec, mut rows: Rows<'_>) -> Option<BTreeMap<String, Points>> {
    let names: Vec<&str> = match spec.layout {
        RatingLayout::Long => vec![&spec.score],
        RatingLayout::WideRaters => spec.raters.iter().map(String::as_str).collect(),
        RatingLayout::WideItems | RatingLayout::Study => spec.items.iter().map(String::as_str).collect(),
    };
    let columns: Vec<usize> = names.iter().filter_map(|name| rows.position(name)).collect();
    let (mut words, mut is_named) = (BTreeSet::new(), false);
    while let Some(row) = rows.next() {
        let Ok(row) = row else { continue };
        for text in columns.iter().map(|column| row.field(*column).trim()) {
            match cell(text, &spec.table, &spec.words) {
                ScoreField::Missing | ScoreField::NotAssessable => continue,
                ScoreField::Number(_) => {}
                ScoreField::Unreadable => is_named = true,
            }
            if !words.contains(text) {
                words.insert(text.to_owned());
            }
        }
    }
    is_named
        .then(|| words.into_iter().zip(0_u32..).map(|(word, n)| (word, Points::new(f64::from(n)))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_a_name_with_a_comma_are_put_together() {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
        let known = owned(&["Okafor, Ben", "P1", "a,b", "a,b,c"]);
        assert_eq!(joined(&owned(&["P1", "Okafor", " Ben"]), &known), owned(&["P1", "Okafor, Ben"]));
        assert_eq!(joined(&owned(&["a", "b", "c", "z"]), &known), owned(&["a,b,c", "z"]));
        assert_eq!(joined(&owned(&["Okafor, Ben"]), &known), owned(&["Okafor, Ben"]));
    }
}
