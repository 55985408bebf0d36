//! Holds the facts of a source tree against the rules; every violation is one line that says what to do instead.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    resolve::{Target, targets},
    rules::{EMPTY_NAMES, HARMLESS, MAIN_LINES, OWNED, Owned, Row, row_of},
    scan::{Facts, Mention, Source, scan},
};

/// Imports between top modules, each with the first place that shows it.
pub(crate) type Graph = BTreeMap<String, BTreeMap<String, String>>;

/// Every violation in a source tree, sorted, without repeats.
pub(crate) fn violations(sources: &[Source]) -> Vec<String> {
    let facts = scan(sources);
    let mut found: BTreeSet<String> = facts.problems.iter().cloned().collect();
    let mut graph = Graph::new();
    for mention in &facts.mentions {
        for target in shortest_of_each(targets(&facts, mention)) {
            match target {
                Target::Crate(path) => found.extend(import(&facts, mention, &path, &mut graph)),
                Target::Library(path) => found.extend(library(mention, &path)),
            }
        }
    }
    found.extend(cycle(&graph));
    found.extend(sources.iter().flat_map(shape));
    found.into_iter().collect()
}

/// One target of each module or library that a mention leads to: the longer ones are the same import, seen through a
/// re-export within it.
fn shortest_of_each(found: BTreeSet<Target>) -> Vec<Target> {
    let mut sorted: Vec<Target> = found.into_iter().collect();
    sorted.sort_by_key(|target| target.path().len());
    let mut seen = BTreeSet::new();
    sorted
        .retain(|target| matches!(target, Target::Library(_)) || seen.insert(target.path().first().cloned()));
    sorted
}

fn import(facts: &Facts, mention: &Mention, path: &[String], graph: &mut Graph) -> Option<String> {
    // A file outside lib.rs and main.rs always has a first segment; lib.rs itself may name its modules.
    let from = mention.site.first()?;
    let place = format!("{}:{}", mention.file, mention.line);
    let Some(to) = path.first() else {
        return Some(format!(
            "{place}: `{from}` names the whole crate; name what is needed, module by module"
        ));
    };
    if from == to {
        return None;
    }
    graph.entry(from.clone()).or_default().entry(to.clone()).or_insert_with(|| place.clone());
    let written = format!("crate::{}{}", path.join("::"), if mention.glob { "::*" } else { "" });
    let Some(row) = row_of(from) else {
        return Some(format!("{place}: `{from}` has no row in the import table of docs/architecture.md"));
    };
    if !facts.modules.contains(&vec![to.clone()]) {
        return Some(format!(
            "{place}: `{from}` names `{written}`, and `{to}` is no module of the import table"
        ));
    }
    let Some(allowed) = row.may_import.iter().find(|allowed| allowed.module == to) else {
        return Some(format!("{place}: `{from}` imports `{written}`; {}", may_import(row)));
    };
    let is_named = path[1..].iter().any(|name| allowed.only.contains(&name.as_str()));
    if !allowed.only.is_empty() && !is_named && !mention.in_test {
        let only = allowed.only.join(", ");
        return Some(format!("{place}: `{from}` imports `{written}`; of `{to}` it may name only {only}"));
    }
    (mention.glob && mention.public)
        .then(|| format!("{place}: `{from}` re-exports `{written}`; a glob hides what passes through"))
}

fn may_import(row: &Row) -> String {
    let names: Vec<&str> = row.may_import.iter().map(|allowed| allowed.module).collect();
    let names = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    format!("`{}` may import {names}", row.module)
}

fn library(mention: &Mention, path: &[String]) -> Option<String> {
    if HARMLESS.iter().any(|harmless| path.join("::").starts_with(harmless)) {
        return None;
    }
    let owned = OWNED.iter().filter(|owned| is_named(owned, mention, path));
    // The narrowest rule decides: `tokio::fs` before `tokio`.
    let broken: Vec<&Owned> = owned.filter(|owned| !may_name(owned, mention)).collect();
    let owned = broken.into_iter().max_by_key(|owned| owned.path.len())?;
    let from = mention.site.first().map_or("lib.rs", String::as_str);
    let owners = if owned.owners.is_empty() { "no module".into() } else { owned.owners.join(", ") };
    let written = format!("{}{}", path.join("::"), if mention.glob { "::*" } else { "" });
    let (file, line) = (&mention.file, mention.line);
    Some(format!("{file}:{line}: `{from}` names `{written}`; only {owners} may name `{}`", owned.path))
}

fn is_named(owned: &Owned, mention: &Mention, path: &[String]) -> bool {
    let rule: Vec<&str> = owned.path.split("::").collect();
    let shared = rule.iter().zip(path).take_while(|(rule, name)| *rule == name).count();
    let is_macro_import = rule.len() == 1
        && owned
            .path
            .strip_suffix('!')
            .is_some_and(|name| path.len() > 1 && path.last().is_some_and(|n| n == name));
    shared == rule.len() || (mention.glob && shared == path.len()) || is_macro_import
}

fn may_name(owned: &Owned, mention: &Mention) -> bool {
    let is_owner = |owner: &&str| {
        let owner: Vec<String> = owner.split("::").map(str::to_owned).collect();
        mention.site.starts_with(&owner)
    };
    (mention.in_test && owned.tests_may) || owned.owners.iter().any(is_owner)
}

/// One import cycle, if there is any, with the place of each of its imports.
pub(crate) fn cycle(graph: &Graph) -> Option<String> {
    graph.keys().find_map(|start| {
        let mut trail = vec![start.clone()];
        back_to(graph, start, &mut trail, &mut BTreeSet::new()).then(|| {
            let steps: Vec<String> = trail
                .iter()
                .zip(trail.iter().cycle().skip(1))
                .map(|(from, to)| format!("{from} -> {to} ({})", graph[from][to]))
                .collect();
            format!("import cycle: {}", steps.join(", "))
        })
    })
}

fn back_to(graph: &Graph, start: &str, trail: &mut Vec<String>, seen: &mut BTreeSet<String>) -> bool {
    let Some(next) = trail.last().and_then(|last| graph.get(last)) else { return false };
    if next.contains_key(start) {
        return true;
    }
    for module in next.keys() {
        if seen.insert(module.clone()) {
            trail.push(module.clone());
            if back_to(graph, start, trail, seen) {
                return true;
            }
            trail.pop();
        }
    }
    false
}

/// Rules about a file itself: what it is called, how it opens, and what the two roots may hold.
fn shape(source: &Source) -> Vec<String> {
    let path = &source.path;
    let mut found = Vec::new();
    let stems = path.trim_end_matches(".rs").split('/');
    for stem in stems.filter(|stem| EMPTY_NAMES.contains(stem)) {
        found.push(format!("{path}:1: `{stem}` names nothing; name the file after what it owns"));
    }
    let opening = source.text.lines().next().and_then(|line| line.strip_prefix("//! "));
    if opening.is_none_or(|sentence| sentence.split_whitespace().count() < 3) {
        found.push(format!("{path}:1: opens without a `//!` sentence that says what the file owns"));
    }
    if path == "main.rs" && source.text.lines().count() >= MAIN_LINES {
        found
            .push(format!("{path}:{MAIN_LINES}: holds {MAIN_LINES} lines or more; the shell lives in `cli`"));
    }
    if path == "lib.rs" {
        found.extend(items_of_the_map(source));
    }
    found
}

/// `lib.rs` is the map: module declarations and nothing else.
fn items_of_the_map(source: &Source) -> Vec<String> {
    use syn::spanned::Spanned;
    let Ok(file) = syn::parse_file(&source.text) else { return Vec::new() };
    let is_declaration =
        |item: &&syn::Item| matches!(item, syn::Item::Mod(module) if module.content.is_none());
    let others = file.items.iter().filter(|item| !is_declaration(item));
    others
        .map(|item| format!("lib.rs:{}: holds an item that is no module", item.span().start().line))
        .collect()
}
