//! Reads the two tables of docs/architecture.md and holds them against the data of `rules`.

use std::{collections::BTreeMap, path::Path};

use crate::{
    read,
    rules::{OWNED, TABLE},
};

/// Module -> module it may import -> the only names it may take, empty for all.
type Imports = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// The cells of the rows below the header that starts with `header`.
fn table(text: &str, header: &str) -> Vec<Vec<String>> {
    let rows = text.lines().skip_while(|line| !line.starts_with(header)).skip(2);
    rows.take_while(|line| line.starts_with('|'))
        .map(|line| line.trim().trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

/// The words between back-ticks.
fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Reads `` `a`, `b` (`X`, `Y`) `` as a -> [], b -> [X, Y].
fn imports(cell: &str) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    let mut rest = cell;
    while let Some((_, after)) = rest.split_once('`') {
        let (module, after) = after.split_once('`').expect("back-ticks come in pairs");
        let (names, after) = match after.strip_prefix(" (") {
            Some(list) => list.split_once(')').expect("a bracket closes"),
            None => ("", after),
        };
        found.insert(module.to_owned(), quoted(names));
        rest = after;
    }
    found
}

fn documented(text: &str) -> Imports {
    let mut found = Imports::new();
    for row in table(text, "| module | may import |") {
        let above: Vec<String> = found.keys().cloned().collect();
        let allowed = match row[1].as_str() {
            "nothing" => BTreeMap::new(),
            "everything above" => above.into_iter().map(|module| (module, Vec::new())).collect(),
            cell => imports(cell),
        };
        for module in quoted(&row[0]) {
            found.insert(module, allowed.clone());
        }
    }
    found
}

#[test]
fn the_import_table_of_the_document_is_the_one_enforced() {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<String>>();
    let enforced: Imports = TABLE
        .iter()
        .map(|row| {
            let allowed = row.may_import.iter().map(|import| (import.module.to_owned(), names(import.only)));
            (row.module.to_owned(), allowed.collect())
        })
        .collect();
    assert_eq!(documented(&read(Path::new("docs/architecture.md"))), enforced);
}

#[test]
fn the_owners_of_the_document_are_the_ones_enforced() {
    type Owners = BTreeMap<String, (Vec<String>, bool)>;
    let mut documented = Owners::new();
    for row in table(&read(Path::new("docs/architecture.md")), "| only these modules |") {
        for path in quoted(&row[1]) {
            documented.insert(path, (quoted(&row[0]), row[2] == "yes"));
        }
    }
    let enforced: Owners = OWNED
        .iter()
        .map(|owned| {
            let owners = owned.owners.iter().map(|&owner| owner.to_owned()).collect();
            (owned.path.to_owned(), (owners, owned.tests_may))
        })
        .collect();
    assert_eq!(documented, enforced);
}

#[test]
fn a_row_of_the_document_reads_as_written() {
    let text = "| module | may import | x |\n|---|---|---|\n| `a`, `b` | nothing | |\n| `c` | `a`, `b` (`X`, `Y`) | |\n| `d` | everything above | |\n";
    let found = documented(text);
    assert_eq!(
        found["c"],
        BTreeMap::from([("a".into(), vec![]), ("b".into(), vec!["X".into(), "Y".into()])])
    );
    assert_eq!(found["d"].len(), 3);
    assert!(found["b"].is_empty());
}
