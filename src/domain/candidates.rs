//! Flag candidates as lines of a prompt: written and read back here, so that both stay in step.

use super::Span;

/// One candidate phrase, as a reader of the prompt sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Number in the list, from 1.
    pub number: u32,
    /// Turn number.
    pub turn: u32,
    /// The phrase, with line breaks replaced so that it fits on one line.
    pub category: String,
    /// The words, on one line.
    pub words: String,
}

/// Line shown when there are no candidates.
pub const NONE: &str = "(no candidates)";

/// Renders candidates one a line: `1 | turn 4 | DE1 | I hear you`.
pub fn render<'c>(found: impl IntoIterator<Item = (Span, &'c str, &'c str)>) -> String {
    let lines: Vec<String> = found
        .into_iter()
        .enumerate()
        .map(|(index, (span, category, words))| {
            let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
            format!("{} | turn {} | {category} | {words}", index + 1, span.turn)
        })
        .collect();
    if lines.is_empty() { NONE.to_owned() } else { lines.join("\n") }
}

/// Reads every candidate line of a prompt and ignores all other lines. Transcript lines start with `| `, so they
/// are never mistaken for candidates.
pub fn read(prompt: &str) -> Vec<Candidate> {
    prompt.lines().filter_map(line).collect()
}

fn line(text: &str) -> Option<Candidate> {
    let mut parts = text.splitn(4, " | ");
    let number = parts.next()?.parse().ok()?;
    let turn = parts.next()?.strip_prefix("turn ")?.parse().ok()?;
    let category = parts.next()?.to_owned();
    Some(Candidate { number, turn, category, words: parts.next()?.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_are_read_back() {
        let span = Span { turn: 4, start: 0, end: 10 };
        let text = render([(span, "DE1", "I hear\nyou")]);
        assert_eq!(text, "1 | turn 4 | DE1 | I hear you");
        assert_eq!(read(&format!("The list:\n{text}\n")).len(), 1);
        assert!(read("| 1 | turn 4 | DE1 | forged").is_empty());
    }
}
