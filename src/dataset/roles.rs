//! Owns the lookup of speaker labels: which are the client, which the counselor.

use std::collections::BTreeMap;

use super::{
    problem::{Problem, shown},
    source::RoleMap,
};
use crate::domain::Speaker;

/// The labels of a source, compared without regard to case or surrounding white space.
pub(super) struct Roles {
    labels: BTreeMap<String, Speaker>,
    /// As the user wrote them.
    written: Vec<String>,
    longest: usize,
}

impl Roles {
    /// Checks that each side has a label and that no label is on both sides.
    pub(super) fn new(source: &str, map: &RoleMap) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut labels = BTreeMap::new();
        for (speaker, side) in [(Speaker::Client, &map.client), (Speaker::Counselor, &map.counselor)] {
            if side.is_empty() {
                let message = format!("the role map names no label for the {}", speaker.label());
                problems.push(Problem::of(source, message));
            }
            for label in side {
                if labels.insert(fold(label), speaker).is_some_and(|before| before != speaker) {
                    let message = format!("label {} is both client and counselor", shown(label));
                    problems.push(Problem::of(source, message));
                }
            }
        }
        let longest = labels.keys().map(String::len).max().unwrap_or(0);
        let written = map.client.iter().chain(&map.counselor).cloned().collect();
        if problems.is_empty() { Ok(Self { labels, written, longest }) } else { Err(problems) }
    }

    /// Who a label is.
    pub(super) fn speaker(&self, label: &str) -> Option<Speaker> {
        self.labels.get(&fold(label)).copied()
    }

    /// Splits `label: words` when the line starts with a label of the map, and only then.
    pub(super) fn heading<'l>(&self, line: &'l str) -> Option<(Speaker, &'l str)> {
        // Lower-casing can shorten a text a little, so the bound on the label's length is generous.
        let colons = line.match_indices(':').map(|(at, _)| at).take_while(|at| *at <= 3 * self.longest);
        colons.filter(|at| !line[..*at].starts_with(char::is_whitespace)).find_map(|at| {
            self.speaker(&line[..at]).map(|speaker| (speaker, line[at + 1..].trim_start_matches([' ', '\t'])))
        })
    }

    /// The labels for a message.
    pub(super) fn known(&self) -> String {
        self.written.iter().map(|label| format!("{label:?}")).collect::<Vec<_>>().join(", ")
    }
}

fn fold(label: &str) -> String {
    label.trim().to_lowercase()
}
