//! Proves that the check sees through every way of writing an import, and leaves what is allowed alone.

use crate::{check::violations, scan::Source};

/// The violations of a file in an otherwise empty crate, after the rule that every file opens with a sentence.
fn found_among(files: &[(&str, &str)]) -> Vec<String> {
    let lib = "pub mod stats; pub mod text; pub mod domain; pub mod chat; pub mod provider; pub mod dataset; \
               pub mod config; pub mod store; pub mod execute; pub mod pipeline; pub mod cli; pub mod plan; \
               pub mod judging;";
    let stages = ["stats", "text", "domain", "chat", "provider", "dataset", "config", "store", "execute"];
    let more = ["pipeline", "cli", "plan", "judging"];
    let mut sources = vec![Source { path: "lib.rs".into(), text: format!("//! The map of it.\n{lib}") }];
    let named = |path: &str| files.iter().any(|(file, _)| *file == path);
    for module in
        stages.iter().chain(&more).map(|stage| format!("{stage}/mod.rs")).filter(|path| !named(path))
    {
        sources.push(Source { path: module, text: "//! An empty module.\n".into() });
    }
    for (path, text) in files {
        sources.push(Source { path: (*path).into(), text: format!("//! A file under test.\n{text}") });
    }
    violations(&sources)
}

fn found(path: &str, text: &str) -> Vec<String> {
    found_among(&[(path, text)])
}

/// Asserts that each source, put into `path`, gives exactly one kind of complaint that holds `expected`.
fn assert_caught(path: &str, expected: &str, texts: &[&str]) {
    for text in texts {
        let found = found(path, text);
        assert!(!found.is_empty(), "not caught: {text}");
        assert!(found.iter().any(|line| line.contains(expected)), "{text}\nfound {found:#?}");
    }
}

fn assert_allowed(path: &str, texts: &[&str]) {
    for text in texts {
        let found = found(path, text);
        assert!(found.is_empty(), "{text}\nfound {found:#?}");
    }
}

#[test]
fn a_message_names_place_import_and_what_is_allowed() {
    insta::assert_snapshot!(
        found("dataset/csv.rs", "\nuse crate::domain::Turn;\nuse crate::store::Ledger;").join("\n"),
        @"dataset/csv.rs:4: `dataset` imports `crate::store::Ledger`; `dataset` may import domain, text"
    );
    insta::assert_snapshot!(
        found("plan/task.rs", "fn now() { std::time::Instant::now(); }").join("\n"),
        @"plan/task.rs:2: `plan` names `std::time::Instant::now`; only execute::clock may name `std::time::Instant`"
    );
}

#[test]
fn every_form_of_use_is_seen() {
    assert_caught(
        "stats/kappa.rs",
        "crate::store",
        &[
            "use crate::store::Ledger;",
            "use crate::store;",
            "use crate::store::*;",
            "use crate::{store::Ledger};",
            "use crate::{stats::{icc, self}, store::{self, Ledger}};",
            "use {crate::store::Ledger};",
            "use crate::store::Ledger as Book;",
            "use crate::store as _;",
            "pub use crate::store::Ledger;",
            "pub(crate) use crate::store::Ledger;",
            "use super::super::store::Ledger;",
            "use super::super::{store::Ledger};",
            "use self::super::super::store;",
            "use corater::store::Ledger;",
            "use crate::r#store::Ledger;",
            "mod inner { use super::super::super::store::Ledger; }",
            "fn f() { use crate::store::Ledger; }",
            "#[cfg(test)] mod tests { use crate::store::Ledger; }",
        ],
    );
}

#[test]
fn inline_paths_are_seen_wherever_they_stand() {
    assert_caught(
        "stats/kappa.rs",
        "crate::store::",
        &[
            "fn f() { crate::store::open(); }",
            "fn f() { let x = corater::store::open(); }",
            "fn f(x: &super::super::store::Ledger) {}",
            "fn f() -> Vec<Option<crate::store::Ledger>> { vec![] }",
            "struct S { book: crate::store::Ledger }",
            "impl crate::store::Book for S {} struct S;",
            "fn f<T: crate::store::Book>() {}",
            "fn f(x: u8) { match x { crate::store::FIRST => (), _ => () } }",
            "fn f() { let crate::store::Ledger { .. } = g(); }",
            "fn f() { <crate::store::Ledger as Default>::default(); }",
            "fn f() { let x = crate::store::Ledger { a: 1 }; }",
            "const C: usize = crate::store::SIZE;",
            "type T = dyn crate::store::Book;",
        ],
    );
}

#[test]
fn macros_and_attributes_are_seen() {
    assert_caught(
        "stats/kappa.rs",
        "crate::store",
        &[
            "fn f() { assert_eq!(crate::store::open(), 1); }",
            "fn f() { vec![vec![super::super::store::open()]]; }",
            "macro_rules! m { () => { $crate::store::open() }; }",
            "macro_rules! m { () => { use crate::{chat, store::Ledger}; }; }",
            "macro_rules! m { () => { use crate as root; }; } fn f() { root::store::open(); }",
            "fn f() { crate::store::log!(1); }",
            "#[crate::store::logged] fn f() {}",
            "#[derive(crate::store::Row)] struct S;",
            "#[serde(with = \"crate::store::row\")] struct S;",
            "struct S { #[serde(default = \"crate::store::open\")] a: u8 }",
        ],
    );
}

#[test]
fn aliases_are_followed() {
    assert_caught(
        "stats/kappa.rs",
        "crate::store",
        &[
            "use crate as root; fn f() { root::store::open(); }",
            "use super::super as top; use top::store::Ledger;",
            "extern crate self as me; use me::store::Ledger;",
            "use crate::{self as root}; use root::store::Ledger;",
            "use super::super::*; fn f() { store::open(); } use crate::store as s;",
            "use crate as root; mod inner { use super::*; fn f() { root::store::open(); } }",
            "use crate as root; mod inner { fn f() { super::root::store::open(); } }",
        ],
    );
    assert_caught("stats/kappa.rs", "names the whole crate", &["use crate as root;", "use super::super::*;"]);
}

#[test]
fn a_re_export_does_not_launder_an_import() {
    let found = found_among(&[
        ("pipeline/mod.rs", "pub use crate::provider::Dialect as Book;"),
        ("cli/mod.rs", "use crate::pipeline::Book;"),
    ]);
    insta::assert_snapshot!(
        found.join("\n"),
        @"cli/mod.rs:2: `cli` imports `crate::provider::Dialect`; `cli` may import pipeline, config, domain, plan, dataset, analysis, report, execute, store"
    );
    assert_caught("pipeline/mod.rs", "a glob hides", &["pub use crate::store::*;"]);
}

#[test]
fn of_some_modules_only_some_names_may_be_imported() {
    assert_caught(
        "config/resolve.rs",
        "of `provider` it may name only Dialect",
        &["use crate::provider::openai::body;", "use crate::provider;", "use crate::provider::*;"],
    );
    assert_allowed(
        "config/resolve.rs",
        &["use crate::provider::Dialect;", "use crate::dataset::source::RoleMap;"],
    );
}

#[test]
fn side_effects_are_seen_however_they_are_named() {
    assert_caught(
        "plan/task.rs",
        "may name `reqwest`",
        &["use reqwest::Client;", "fn f() { ::reqwest::get(); }"],
    );
    assert_caught(
        "plan/task.rs",
        "may name `std::fs`",
        &[
            "use std::fs;",
            "use std::{fs::File, io};",
            "fn f() { std::fs::read(); }",
            "use std as s; fn f() { s::fs::read(); }",
            "fn f() { assert!(std::fs::exists()); }",
        ],
    );
    assert_caught("plan/task.rs", "names `std::*`", &["use std::*;"]);
    assert_caught(
        "execute/retry.rs",
        "may name `tokio::fs`",
        &["use tokio::fs::File;", "use tokio::{fs, time};"],
    );
    assert_caught(
        "execute/retry.rs",
        "std::time::",
        &[
            "use std::time::{Duration, Instant};",
            "use std::time::*;",
            "use std::time; fn f() -> time::Instant { g() }",
        ],
    );
    assert_caught(
        "plan/task.rs",
        "may name `tokio`",
        &["#[tokio::main] async fn f() {}", "extern crate tokio as t;"],
    );
    assert_caught("chat/port.rs", "may name `axum`", &["use axum::Router;"]);
    assert_caught("chat/port.rs", "may name `clap`", &["#[derive(clap::Parser)] struct A;"]);
    assert_caught(
        "plan/task.rs",
        "may name `println!`",
        &[
            "fn f() { println!(); }",
            "fn f() { std::println!(); }",
            "use std::println as say;",
            "fn f() { g!(println!()); }",
            "macro_rules! m { () => { println!() }; }",
        ],
    );
}

#[test]
fn owners_and_tests_may() {
    assert_allowed("execute/client.rs", &["use reqwest::Client;", "use tokio::time::Instant;"]);
    assert_allowed("store/manifest.rs", &["fn os() -> &'static str { std::env::consts::OS }"]);
    assert_allowed("execute/clock.rs", &["use std::time::Instant;"]);
    assert_allowed("execute/clock/system.rs", &["use std::time::Instant;"]);
    assert_allowed("cli/output.rs", &["fn f() { println!(); }"]);
    let test = "mod tests { use std::fs; #[tokio::test] async fn t() { println!(); } }";
    assert_allowed("plan/task.rs", &[&format!("#[cfg(test)] {test}")]);
    assert_caught("plan/task.rs", "may name", &[test, &format!("#[cfg(not(test))] {test}")]);
    assert_caught("plan/task.rs", "may name", &[&format!("#[cfg(any(test, windows))] {test}")]);
    let in_a_file = [("plan/mod.rs", "#[cfg(test)] mod tests;"), ("plan/tests.rs", "use std::fs;")];
    assert!(found_among(&in_a_file).is_empty());
}

#[test]
fn what_only_looks_like_an_import_is_left_alone() {
    assert_allowed(
        "dataset/mod.rs",
        &[
            "pub mod text; fn f() { text::read(); }",
            "pub mod store { pub fn open() {} } fn f() { store::open(); self::store::open(); }",
            "/// See [`crate::store::Ledger`].\npub struct S;",
            "fn f() { let text = \"crate::store::Ledger\"; }",
            "pub(in crate::dataset) struct S;",
            "#[expect(clippy::pedantic, reason = \"crate::store::x\")] fn f() {}",
            "use std::time::Duration;",
            "fn f() { let rand = 1; g!(rand); }",
        ],
    );
}

#[test]
fn a_cycle_is_found_with_its_places() {
    let found = found_among(&[
        ("domain/mod.rs", "use crate::text::Span;"),
        ("text/mod.rs", "use crate::chat::Role;"),
        ("chat/mod.rs", "use crate::domain::Turn;"),
    ]);
    let cycle = found.iter().find(|line| line.starts_with("import cycle"));
    assert_eq!(
        cycle.map(String::as_str),
        Some(
            "import cycle: chat -> domain (chat/mod.rs:2), domain -> text (domain/mod.rs:2), text -> chat (text/mod.rs:2)"
        )
    );
}

#[test]
fn files_are_named_opened_and_placed_well() {
    assert_caught("stats/utils.rs", "`utils` names nothing", &[""]);
    assert_caught("stats/helpers/sum.rs", "`helpers` names nothing", &[""]);
    assert_caught("stats/kappa.rs", "`#[path]`", &["#[path = \"../x.rs\"] mod x;"]);
    assert_caught("stats/kappa.rs", "`include!`", &["include!(\"x.rs\");"]);
    let bare = violations(&[Source { path: "stats/kappa.rs".into(), text: "fn f() {}".into() }]);
    assert!(bare.iter().any(|line| line.contains("opens without")), "{bare:?}");
    assert_caught("lib.rs", "no module", &["pub fn f() {}", "pub use chat::X;", "mod inline { }"]);
    assert_caught("main.rs", "30 lines", &[&"\n".repeat(30)]);
    assert_caught("main.rs", "crate::store", &["fn main() { corater::store::open(); }"]);
    assert_allowed("main.rs", &["fn main() { corater::cli::main(); }"]);
}
