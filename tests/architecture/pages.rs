//! Holds the pages of docs/ against the source: links lead somewhere, every YAML key and every reason for
//! "undefined" is documented.

use std::path::{Path, PathBuf};

use syn::{Item, visit::Visit};

use crate::{read, scan::Source, sources};

fn pages() -> Vec<PathBuf> {
    let roots = ["docs", "runs/README.md", "README.md"].map(Path::new);
    let entries = roots.into_iter().filter(|root| root.exists()).flat_map(walkdir::WalkDir::new);
    let paths = entries.map(|entry| entry.expect("a folder that can be read").into_path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

/// The relative targets of `[text](target)`, without anchors.
fn links(page: &str) -> Vec<&str> {
    let targets = page.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(target, _)| target));
    let files = targets.map(|target| target.split('#').next().unwrap_or_default());
    files.filter(|target| !target.is_empty() && !target.contains("://")).collect()
}

#[test]
fn every_link_leads_to_a_file() {
    let mut dangling = Vec::new();
    for page in pages() {
        let folder = page.parent().expect("a page is in a folder");
        for link in links(&read(&page)) {
            if !folder.join(link).exists() {
                dangling.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(dangling.is_empty(), "links that lead nowhere:\n  {}", dangling.join("\n  "));
}

/// Questions of newcomers, with the file in which each is decided: one link away from docs/README.md.
#[test]
fn the_map_of_the_documentation_leads_to_where_things_are_decided() {
    let expected = [
        ("Which tasks does an experiment lead to?", "plan/task.rs"),
        ("What makes two calls the same call?", "chat/key.rs"),
        ("Is a failed call tried again", "execute/retry.rs"),
        ("What kind of failure does a server's answer mean?", "provider/failure.rs"),
        ("Is a quote really in the transcript?", "text/quote.rs"),
        ("Which words does a judge read?", "judging/prompt.rs"),
        ("May a judge replace a clinician on an item?", "analysis/verdict.rs"),
        ("When does a gate pass?", "analysis/gate.rs"),
        ("What is an identifier", "dataset/redact/mod.rs"),
        ("With which code does the program end?", "cli/exit.rs"),
    ];
    let map = read(Path::new("docs/README.md"));
    for (question, file) in expected {
        let row = map.lines().find(|line| line.contains(question));
        assert!(row.is_some_and(|row| row.contains(&format!("(../src/{file})"))), "{question} -> {file}");
    }
}

#[test]
fn the_map_of_the_documentation_names_every_page() {
    let map = read(Path::new("docs/README.md"));
    let is_listed = |page: &&PathBuf| {
        let below = page.strip_prefix("docs").map(|path| path.to_string_lossy().into_owned());
        below.map_or(true, |path| {
            path == "README.md" || path.starts_with("decisions") || map.contains(&format!("({path})"))
        })
    };
    let missing: Vec<PathBuf> = pages().into_iter().filter(|page| !is_listed(&page)).collect();
    assert!(missing.is_empty(), "docs/README.md leads to no {missing:?}");
}

/// The items of the first source file that `wanted` picks.
fn items_of(wanted: impl Fn(&Source) -> bool) -> Vec<Item> {
    let source = sources().into_iter().find(wanted);
    source.map(|source| syn::parse_file(&source.text).expect("source parses").items).unwrap_or_default()
}

fn snake_case(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

#[test]
fn every_reason_for_undefined_is_in_the_glossary() {
    let glossary = read(Path::new("docs/glossary.md"));
    let missing: Vec<String> = items_of(|source| source.path == "stats/estimate.rs")
        .into_iter()
        .filter_map(|item| match item {
            Item::Enum(item) if item.ident == "Undefined" => Some(item.variants),
            _ => None,
        })
        .flatten()
        .map(|variant| snake_case(&variant.ident.to_string()))
        .filter(|word| !glossary.contains(&format!("| `{word}` |")))
        .collect();
    assert!(missing.is_empty(), "docs/glossary.md lacks {missing:?}");
}

/// Names of fields, as serde writes them.
#[derive(Default)]
struct Fields(Vec<String>);

impl Visit<'_> for Fields {
    fn visit_field(&mut self, field: &syn::Field) {
        let mut name = field.ident.as_ref().map(ToString::to_string);
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("serde")) {
            let _ = attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("rename") {
                    name = Some(meta.value()?.parse::<syn::LitStr>()?.value());
                } else if meta.input.peek(syn::Token![=]) {
                    meta.value()?.parse::<syn::Expr>()?;
                }
                Ok(())
            });
        }
        self.0.extend(name);
    }
}

#[test]
fn every_key_of_the_experiment_is_documented() {
    let pages: String = ["experiment", "sessions", "ratings", "probes"]
        .map(|page| read(&Path::new("docs/formats").join(page).with_extension("md")))
        .concat();
    let mut fields = Fields::default();
    for file in [
        "config/file.rs",
        "config/file/judges.rs",
        "config/file/probes.rs",
        "domain/probe.rs",
        "config/file/ethics.rs",
        "config/file/variants.rs",
        "dataset/source.rs",
        "chat/decoding.rs",
    ] {
        for item in items_of(|source| source.path == file) {
            fields.visit_item(&item);
        }
    }
    // Fields that the program fills in itself, and those that a page names by an example.
    let elsewhere = ["provenance", "min", "max"];
    let is_named = |key: &str| {
        pages.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).any(|word| word == key)
    };
    let missing: Vec<String> =
        fields.0.into_iter().filter(|key| !elsewhere.contains(&key.as_str()) && !is_named(key)).collect();
    assert!(missing.is_empty(), "docs/formats lacks the keys {missing:?}");
}
