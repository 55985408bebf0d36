//! Enforces docs/architecture.md over `src` by syntax tree: import table, owners of side effects, cycles, file names.

mod check;
mod circles;
mod document;
mod evasions;
mod pages;
mod resolve;
mod rules;
mod scan;

use std::{collections::BTreeMap, path::Path};

use check::{Graph, cycle, violations};
use rules::{TABLE, row_of};
use scan::Source;

/// Cargo runs tests in the package's root.
#[expect(clippy::disallowed_methods, reason = "this test reads the source tree")]
fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn sources() -> Vec<Source> {
    let entries = walkdir::WalkDir::new("src")
        .sort_by_file_name()
        .into_iter()
        .map(|entry| entry.expect("a folder that can be read"));
    let files = entries.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "rs"));
    files
        .map(|file| {
            let below = file.path().strip_prefix("src").expect("the walk starts at src");
            Source { path: below.to_string_lossy().replace('\\', "/"), text: read(file.path()) }
        })
        .collect()
}

#[test]
fn the_source_keeps_to_the_architecture() {
    let found = violations(&sources());
    assert!(found.is_empty(), "violations of docs/architecture.md:\n  src/{}", found.join("\n  src/"));
}

#[test]
fn no_files_of_a_room_import_each_other_in_a_circle() {
    let found = circles::circles(&sources());
    assert!(found.is_empty(), "circles of files:\n  {}", found.join("\n  "));
}

#[test]
fn a_circle_is_seen_through_a_re_export_and_not_in_a_test() {
    let source = |path: &str, text: &str| Source { path: path.into(), text: text.into() };
    let room = [
        source("a/mod.rs", "mod b; mod c; pub use b::B;"),
        source("a/b.rs", "use super::c::c; pub struct B; fn b() { c() }"),
        source("a/c.rs", "pub fn c() {} #[cfg(test)] mod tests { use crate::a::B; }"),
    ];
    assert!(circles::circles(&room).is_empty());
    let closed = source("a/c.rs", "pub fn c(_: super::B) {}");
    let found = circles::circles(&[room[0].clone(), room[1].clone(), closed]);
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("a::b -> a::c (a/b.rs:1)"), "{}", found[0]);
}

#[test]
fn every_module_has_a_row_and_every_row_a_module() {
    let file = syn::parse_file(&read(Path::new("src/lib.rs"))).unwrap();
    let modules = file.items.iter().filter_map(|item| match item {
        syn::Item::Mod(module) => Some(module.ident.to_string()),
        _ => None,
    });
    let mut declared: Vec<String> = modules.chain(["main".to_owned()]).collect();
    let mut rows: Vec<String> = TABLE.iter().map(|row| row.module.to_owned()).collect();
    declared.sort();
    rows.sort();
    assert_eq!(declared, rows);
}

#[test]
fn the_table_itself_has_no_cycle_and_names_only_modules_above() {
    let mut graph = Graph::new();
    for row in TABLE {
        let imports = row.may_import.iter().map(|import| (import.module.to_owned(), "the table".to_owned()));
        graph.insert(row.module.to_owned(), imports.collect::<BTreeMap<_, _>>());
        assert!(row.may_import.iter().all(|import| row_of(import.module).is_some()), "{}", row.module);
    }
    assert_eq!(cycle(&graph), None);
}
