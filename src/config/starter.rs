//! Files written by `init`: a commented experiment that runs as it is, and editable copies of what it uses.

use std::path::PathBuf;

use super::{
    builtin::BUILTINS,
    schema::{SchemaKind, schema_text},
    walk,
};

/// The experiment that `init` writes.
pub const STARTER: &str = include_str!("starter.yaml");

/// What stands in a new experiment where only a person can say what is right; loading refuses it.
pub const BLANK: &str = walk::BLANK;

/// The starter with other paragraphs of some top-level keys: `("sessions", text)` replaces the lines from `sessions:` to the
/// next blank line, an empty text leaves them out with the comment above.
pub fn with_paragraphs(paragraphs: &[(&str, String)]) -> String {
    let replaced = |paragraph: &str| {
        let begins = |key: &str| paragraph.lines().any(|line| line.strip_prefix(key) == Some(":"));
        let Some((key, text)) = paragraphs.iter().find(|(key, _)| begins(key)) else {
            return Some(paragraph.to_owned());
        };
        let above = paragraph.lines().take_while(|line| !line.starts_with(key));
        let lines: Vec<&str> = above.chain([text.as_str()]).collect();
        (!text.is_empty()).then(|| lines.join("\n"))
    };
    let kept: Vec<String> = STARTER.trim_end().split("\n\n").filter_map(replaced).collect();
    format!("{}\n", kept.join("\n\n"))
}

/// The files of a new experiment, relative to its folder.
pub fn starter() -> Vec<(PathBuf, Vec<u8>)> {
    files(STARTER.to_owned())
}

/// The files of a new experiment of this text.
pub fn files(experiment: String) -> Vec<(PathBuf, Vec<u8>)> {
    let experiment = ("experiment.yaml".to_owned(), experiment);
    let schemas = SchemaKind::ALL.map(|kind| (kind.file_name().to_owned(), schema_text(kind)));
    let copies = BUILTINS
        .iter()
        .filter(|builtin| builtin.name != "quickstart")
        .map(|builtin| (builtin.path.to_owned(), builtin.text.to_owned()));
    [experiment]
        .into_iter()
        .chain(schemas)
        .chain(copies)
        .map(|(path, text)| (PathBuf::from(path), text.into_bytes()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_replaced_or_left_out() {
        let text = with_paragraphs(&[
            ("sessions", "sessions:\n  - id: mine".to_owned()),
            ("ratings", String::new()),
        ]);
        assert!(text.contains("is guessed.\nsessions:\n  - id: mine\n\n# replay:"), "{text}");
        assert!(!text.contains("synthetic/ratings.csv") && !text.contains("synthetic/sessions.jsonl"));
        assert_eq!(with_paragraphs(&[]), STARTER);
    }
}
