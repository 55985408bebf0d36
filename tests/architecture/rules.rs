//! The rules as data: the import table, the owners of side effects, and the names no file may carry.
//! docs/architecture.md holds the same two tables; `document` asserts that they are equal.

/// One module that may be imported, whole or only some of its names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Import {
    /// The module.
    pub(crate) module: &'static str,
    /// The only names that may be taken from it; empty allows all. Tests may take others too, to build what they need.
    pub(crate) only: &'static [&'static str],
}

/// What one module may import.
#[derive(Debug)]
pub(crate) struct Row {
    /// The module.
    pub(crate) module: &'static str,
    /// What it may import, in the order of the document.
    pub(crate) may_import: &'static [Import],
}

const fn all(module: &'static str) -> Import {
    Import { module, only: &[] }
}

const fn only(module: &'static str, only: &'static [&'static str]) -> Import {
    Import { module, only }
}

const fn row(module: &'static str, may_import: &'static [Import]) -> Row {
    Row { module, may_import }
}

const STAGE: &[Import] = &[
    all("domain"),
    all("chat"),
    all("text"),
    all("plan"),
    only("config", &["Model", "PromptVariant", "JudgeSpec"]),
];

/// The import table of docs/architecture.md. A module may always import itself.
pub(crate) const TABLE: &[Row] = &[
    row("stats", &[]),
    row("text", &[]),
    row("domain", &[]),
    row("chat", &[]),
    row("provider", &[all("chat")]),
    row("baseline", &[all("domain"), all("chat"), all("text")]),
    row("dataset", &[all("domain"), all("text")]),
    row(
        "config",
        &[
            all("domain"),
            all("chat"),
            only("text", &["lexicon", "conversation", "grounding", "substitution"]),
            only("provider", &["Dialect"]),
            only("dataset", &["source"]),
        ],
    ),
    row("store", &[all("domain"), all("chat")]),
    row("plan", &[all("domain"), all("chat"), all("dataset"), all("config")]),
    row(
        "execute",
        &[
            all("domain"),
            all("chat"),
            all("provider"),
            all("baseline"),
            all("store"),
            only("config", &["Endpoint", "Limits", "Model", "Route"]),
        ],
    ),
    row("sessions", STAGE),
    row("judging", STAGE),
    row("analysis", &[all("stats"), all("domain"), all("text")]),
    row("report", &[only("stats", &["Estimate", "Interval", "Undefined"]), all("domain"), all("analysis")]),
    row(
        "pipeline",
        &[
            all("stats"),
            all("text"),
            all("domain"),
            all("chat"),
            all("provider"),
            all("baseline"),
            all("dataset"),
            all("config"),
            all("store"),
            all("plan"),
            all("execute"),
            all("sessions"),
            all("judging"),
            all("analysis"),
            all("report"),
        ],
    ),
    row(
        "cli",
        &[
            all("pipeline"),
            all("config"),
            all("domain"),
            only("plan", &["Forecast", "SessionLimit", "ProbePlan", "Selection", "Task", "TaskKind"]),
            only("dataset", &["source", "table"]),
            only("analysis", &["agree", "gate"]),
            all("report"),
            only(
                "execute",
                &[
                    "BatchSettings",
                    "Event",
                    "LedgerPolicy",
                    "Halt",
                    "InForce",
                    "StopLevel",
                    "Overrides",
                    "AnswerSource",
                    "Stop",
                    "Subject",
                ],
            ),
            only(
                "store",
                &["CallSummary", "LedgerSummary", "TransferCount", "PruneReport", "Pruning", "StoredCall"],
            ),
        ],
    ),
    row("main", &[all("cli")]),
];

/// A library, or a part of one, that only its owners may name.
#[derive(Debug)]
pub(crate) struct Owned {
    /// The path whose naming is restricted.
    pub(crate) path: &'static str,
    /// Modules that may name it, as `a` or `a::b`; empty allows none.
    pub(crate) owners: &'static [&'static str],
    /// Whether `#[cfg(test)]` code of other modules may name it.
    pub(crate) tests_may: bool,
}

const fn owned(path: &'static str, owners: &'static [&'static str], tests_may: bool) -> Owned {
    Owned { path, owners, tests_may }
}

const FILES: &[&str] = &["config", "store", "pipeline", "cli"];
const CLOCK: &[&str] = &["execute::clock"];

/// The owners of docs/architecture.md. Test code keeps to the import table like all other code; it may touch files,
/// clock and printing, but neither network, database nor arguments.
pub(crate) const OWNED: &[Owned] = &[
    owned("reqwest", &["execute"], false),
    owned("governor", &["execute"], false),
    owned("sqlx", &["store"], false),
    owned("clap", &["cli"], false),
    owned("axum", &[], true),
    owned("serde_yaml", &["config"], true),
    owned("saphyr", &["config"], true),
    owned("tokio", &["store", "execute", "pipeline", "cli", "main"], true),
    owned("tokio::fs", FILES, true),
    owned("std::fs", FILES, true),
    owned("std::env", &["config", "cli", "main"], true),
    owned(
        "std::time::SystemTime",
        &["execute::clock", "store::run", "provider::failure", "provider::rate"],
        true,
    ),
    owned("std::time::Instant", CLOCK, true),
    owned("rand", &["stats", "execute::retry"], true),
    owned("rand_chacha", &["stats", "execute::retry"], true),
    owned("rayon", &["stats", "analysis", "pipeline"], true),
    owned("print!", &["cli"], true),
    owned("println!", &["cli"], true),
    owned("eprint!", &["cli"], true),
    owned("eprintln!", &["cli"], true),
];

/// Parts of an owned library that anyone may name: constants of the build, not the environment.
pub(crate) const HARMLESS: &[&str] = &["std::env::consts"];

/// Names that say nothing about what a file owns.
pub(crate) const EMPTY_NAMES: &[&str] = &[
    "util", "utils", "helper", "helpers", "common", "type", "types", "manager", "handler", "data", "info",
    "misc",
];

/// `src/main.rs` has fewer lines than this.
pub(crate) const MAIN_LINES: usize = 30;

/// What the table says of a module.
pub(crate) fn row_of(module: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.module == module)
}
