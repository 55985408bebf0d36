//! The lookup of speaker labels: which are the client, which the counselor.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;

use super::{
    problem::{Problem, shown},
    source::RoleMap,
};
use crate::domain::Speaker;

/// The labels of a source, compared without regard to case, width, white space or characters that are not seen.
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

    /// Splits `label: words` when the line starts with a label of the map, and only then. White space and invisible
    /// characters may stand around the label, and the colon may be that of another script.
    pub(super) fn heading<'l>(&self, line: &'l str) -> Option<(Speaker, &'l str)> {
        // Folding can shorten a text, so the bound on the label's length is generous.
        let within = 3 * self.longest + MOST_AROUND;
        let colons = line.char_indices().take_while(|(at, _)| *at <= within).filter(|(_, c)| is_colon(*c));
        colons.map(|(at, _)| at).find_map(|at| {
            let words =
                after_colon(line, at).trim_start_matches(|c: char| c == ' ' || c == '\t' || is_invisible(c));
            self.speaker(&line[..at]).map(|speaker| (speaker, words))
        })
    }

    /// True when a line starts with a label of the map, in brackets or with another mark than a colon after it.
    pub(super) fn starts_without_colon(&self, line: &str) -> bool {
        let bracketed = line.starts_with(['[', '<', '(']);
        let inner = line.trim_start_matches(['[', '<', '(']);
        let marks: &[char] = if bracketed {
            &[']', '>', ')']
        } else {
            &['-', '\u{2013}', '\u{2014}', '>', '|', ';', '\t', '=']
        };
        let near = inner.char_indices().take_while(|(at, _)| *at <= 3 * self.longest + MOST_AROUND);
        let mut ends = near.filter(|(_, c)| marks.contains(c)).map(|(at, _)| at);
        ends.any(|at| self.speaker(&inner[..at]).is_some())
    }

    /// The label of the map from which this one differs by a letter or two.
    pub(super) fn nearest(&self, label: &str) -> Option<&str> {
        let label = fold(label);
        let close = |known: &&String| {
            let (length, edits) = (label.chars().count(), strsim::osa_distance(&label, &fold(known)));
            edits > 0 && (edits == 1 && length >= 4 || edits == 2 && length >= 7)
        };
        self.written.iter().find(close).map(String::as_str)
    }

    /// The labels for a message.
    pub(super) fn known(&self) -> String {
        self.written.iter().map(|label| format!("{label:?}")).collect::<Vec<_>>().join(", ")
    }
}

/// Bytes that white space and invisible characters around a label may take.
const MOST_AROUND: usize = 24;

/// The colons that a typist's script may have.
pub(super) fn is_colon(c: char) -> bool {
    matches!(c, ':' | '\u{ff1a}' | '\u{fe55}' | '\u{fe13}' | '\u{2236}' | '\u{a789}')
}

/// What follows the colon at this place.
pub(super) fn after_colon(line: &str, at: usize) -> &str {
    let mut rest = line[at..].chars();
    rest.next();
    rest.as_str()
}

/// Characters without width or ink, such as marks of direction and of byte order.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn fold(label: &str) -> String {
    let seen = label.chars().filter(|c| !is_invisible(*c)).nfkc().collect::<String>().to_lowercase();
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declared_label_is_found_however_it_is_typed() {
        let map = RoleMap { client: vec!["Client".into()], counselor: vec!["Peer Counselor".into()] };
        let roles = Roles::new("s", &map).expect("two labels");
        for line in [
            "Client: yes",
            "  client : yes",
            "Client\u{ff1a}yes",
            "\u{feff}Client: yes",
            "Cli\u{200b}ent\u{200e}:\u{a0}yes",
            "\u{ff23}lient: yes",
            "\u{200f}CLIENT\u{2236} yes",
        ] {
            let (speaker, words) = roles.heading(line).unwrap_or_else(|| panic!("{line:?}"));
            assert_eq!((speaker, words.trim()), (Speaker::Client, "yes"));
        }
        assert!(roles.heading("Peer\u{a0}\u{a0}Counselor: yes").is_some());
        assert!(roles.heading("Mother: yes").is_none() && roles.heading("the Client: yes").is_none());
        assert_eq!(roles.nearest("Cleint"), Some("Client"));
        assert_eq!(roles.nearest("Mother"), None);
        assert!(
            roles.starts_without_colon("[Client] yes") && roles.starts_without_colon("client \u{2013} yes")
        );
        assert!(!roles.starts_without_colon("client yes"));
    }
}
