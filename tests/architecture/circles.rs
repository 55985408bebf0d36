//! Finds files of one room that import each other in a circle. Re-exports are followed to the file that defines a name and
//! are no imports themselves; tests are left out.

use std::collections::BTreeSet;

use crate::{
    check::{Graph, cycle},
    resolve::{Target, targets},
    scan::{Facts, ModulePath, Source, scan},
};

/// One circle of files for each room that has any.
pub(crate) fn circles(sources: &[Source]) -> Vec<String> {
    let facts = scan(sources);
    let files: BTreeSet<ModulePath> = sources.iter().map(Source::module).collect();
    let rooms: BTreeSet<&String> = files.iter().filter_map(|file| file.first()).collect();
    let graph = imports(&facts, &files);
    let of_room = |room: &str| -> Graph {
        let is_of = |file: &String| file.split("::").next() == Some(room);
        graph.iter().filter(|(file, _)| is_of(file)).map(|(file, to)| (file.clone(), to.clone())).collect()
    };
    rooms.into_iter().filter_map(|room| cycle(&of_room(room))).collect()
}

/// Imports between files of the same room, by name of their modules.
fn imports(facts: &Facts, files: &BTreeSet<ModulePath>) -> Graph {
    let mut graph = Graph::new();
    for mention in facts.mentions.iter().filter(|mention| !mention.in_test && !mention.public) {
        let Some(from) = file_of(&mention.site, files) else { continue };
        for target in targets(facts, mention) {
            let Target::Crate(path) = target else { continue };
            let Some(to) = defining(facts, &path).and_then(|module| file_of(module, files)) else { continue };
            if from != to && from.first() == to.first() {
                let place = format!("{}:{}", mention.file, mention.line);
                graph.entry(from.join("::")).or_default().entry(to.join("::")).or_insert(place);
            }
        }
    }
    graph
}

/// The module in which the first item of a path is defined.
fn defining<'p>(facts: &Facts, path: &'p [String]) -> Option<&'p [String]> {
    (0..path.len()).rev().map(|length| path.split_at(length)).find_map(|(module, rest)| {
        let defined = facts.defined.get(module)?;
        defined.contains(rest.first()?).then_some(module)
    })
}

/// The file that a module is in: its own, or that of the module around it.
fn file_of<'m>(module: &'m [String], files: &BTreeSet<ModulePath>) -> Option<&'m [String]> {
    (0..=module.len()).rev().map(|length| &module[..length]).find(|prefix| files.contains(*prefix))
}
