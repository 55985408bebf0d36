//! Turns YAML nodes into values: applies aliases and merge keys, reports duplicate keys, and decides the type of
//! unquoted scalars by YAML 1.2 (`yes` is text).

use std::collections::HashMap;

use serde_yaml::{Mapping, Value};

use super::spans::{NodeId, NodeKind, SyntaxFault, Tree};
use crate::config::spans::{MAX_PROBLEMS, MERGE};

/// The value of a document and the faults found; an empty text is null.
pub(super) fn of_tree(tree: &Tree, text: &str) -> (Value, Vec<SyntaxFault>) {
    let mut builder = ValueReader { tree, text, faults: Vec::new() };
    let value = tree.root().map_or(Value::Null, |root| builder.value(root));
    (value, builder.faults)
}

/// The value of one unquoted scalar.
pub(super) fn of_plain(text: &str) -> Value {
    let could_be_typed = text.len() <= 40
        && (text.is_empty() || text.starts_with(|c: char| c.is_ascii_digit() || "-+.~ntfNTF".contains(c)));
    match could_be_typed.then(|| serde_yaml::from_str::<Value>(text)) {
        Some(Ok(value @ (Value::Null | Value::Bool(_) | Value::Number(_)))) => value,
        _ => Value::String(text.to_owned()),
    }
}

struct ValueReader<'t> {
    tree: &'t Tree,
    text: &'t str,
    faults: Vec<SyntaxFault>,
}

impl ValueReader<'_> {
    fn value(&mut self, id: NodeId) -> Value {
        let tree = self.tree;
        match &tree.node(tree.target(id)).kind {
            NodeKind::Scalar { text, plain: true } => of_plain(text),
            NodeKind::Scalar { text, .. } => Value::String(text.clone()),
            NodeKind::List(items) => Value::Sequence(items.iter().map(|item| self.value(*item)).collect()),
            NodeKind::Map(pairs) => Value::Mapping(self.mapping(pairs)),
            NodeKind::Alias(_) => Value::Null,
        }
    }

    /// The first of two equal keys is kept; the second is a fault.
    fn mapping(&mut self, pairs: &[(NodeId, NodeId)]) -> Mapping {
        let tree = self.tree;
        let mut mapping = Mapping::new();
        let mut merged = Vec::new();
        let mut seen: HashMap<&str, NodeId> = HashMap::new();
        for (key, value) in pairs {
            let Some(text) = tree.key_text(*key) else {
                self.refuse(*key, "a key must be text", "write the key as one word");
                continue;
            };
            if let Some(first) = seen.get(text) {
                self.duplicate(*key, text, *first);
            } else if text == MERGE {
                merged = self.merges(*value);
            } else {
                let value = self.value(*value);
                mapping.insert(Value::String(text.to_owned()), value);
            }
            seen.entry(text).or_insert(*key);
        }
        for (key, value) in merged.into_iter().flatten() {
            mapping.entry(key).or_insert(value);
        }
        mapping
    }

    fn duplicate(&mut self, key: NodeId, text: &str, first: NodeId) {
        let line = self.text[..self.tree.node(first).span.start].matches('\n').count() + 1;
        let shown: String = text.chars().take(60).collect();
        let advice = format!("keep one of the two; the first is on line {line}");
        self.refuse(key, &format!("duplicate key `{shown}`"), &advice);
    }

    /// The mappings merged by `<<:`, one or a list; earlier ones take precedence.
    fn merges(&mut self, value: NodeId) -> Vec<Mapping> {
        let tree = self.tree;
        let sources = match &tree.node(tree.target(value)).kind {
            NodeKind::List(items) => items.clone(),
            _ => vec![value],
        };
        let mut merged = Vec::new();
        for source in sources {
            match &tree.node(tree.target(source)).kind {
                NodeKind::Map(pairs) => merged.push(self.mapping(pairs)),
                _ => self.refuse(
                    source,
                    "`<<` merges mappings only",
                    "name an anchored mapping, as in `<<: *defaults`",
                ),
            }
        }
        merged
    }

    fn refuse(&mut self, at: NodeId, message: &str, suggestion: &str) {
        if self.faults.len() >= MAX_PROBLEMS {
            return;
        }
        self.faults.push(SyntaxFault::new(self.tree.node(at).span.clone(), message, suggestion));
    }
}
