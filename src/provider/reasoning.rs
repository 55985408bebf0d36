//! Owns what in a reply is reasoning and what is said: a counselor's reasoning must never be spoken.

/// Opening and closing marks that models put around reasoning in their text.
const MARKS: [(&str, &str); 2] = [("<think>", "</think>"), ("<thinking>", "</thinking>")];

/// Text that is said, and text that was thought, or none.
///
/// A block that is never closed (the reply was cut) is reasoning to its end. A closing mark without an opening one
/// ends reasoning that the server's chat template began, so all before it is reasoning.
pub(super) fn split(text: &str) -> (String, Option<String>) {
    let mut said = String::new();
    let mut thought: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(mark) = next_mark(rest) {
        let (before, after) = (&rest[..mark.at], &rest[mark.at + mark.text.len()..]);
        if mark.opens {
            said.push_str(before);
            let end = after.find(mark.closing).unwrap_or(after.len());
            thought.push(after[..end].to_owned());
            rest = after.get(end + mark.closing.len()..).unwrap_or_default();
        } else {
            thought.push(std::mem::take(&mut said) + before);
            rest = after;
        }
    }
    if thought.is_empty() {
        return (text.to_owned(), None);
    }
    said.push_str(rest);
    let thought: Vec<&str> = thought.iter().map(|t| t.trim()).filter(|t| !t.is_empty()).collect();
    (said.trim().to_owned(), (!thought.is_empty()).then(|| thought.join("\n\n")))
}

struct Mark {
    at: usize,
    text: &'static str,
    closing: &'static str,
    opens: bool,
}

fn next_mark(text: &str) -> Option<Mark> {
    let marks = MARKS
        .into_iter()
        .flat_map(|(opening, closing)| [(opening, closing, true), (closing, closing, false)]);
    marks
        .filter_map(|(mark, closing, opens)| {
            text.find(mark).map(|at| Mark { at, text: mark, closing, opens })
        })
        .min_by_key(|mark| mark.at)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn reasoning_is_taken_out_of_what_is_said() {
        let cases = [
            ("I hear you.", "I hear you.", None),
            ("<think>sad client</think>\n\nI hear you.", "I hear you.", Some("sad client")),
            ("<think>\n</think>I hear you.", "I hear you.", None),
            // Cut by the token limit: nothing was said.
            ("<think>sad client, so", "", Some("sad client, so")),
            // The chat template opened the block.
            ("sad client</think>I hear you.", "I hear you.", Some("sad client")),
            ("Mm. <thinking>hm</thinking> Go on.", "Mm.  Go on.", Some("hm")),
            ("<think>a</think><think>b</think>Yes.", "Yes.", Some("a\n\nb")),
        ];
        for (text, said, thought) in cases {
            assert_eq!(split(text), (said.to_owned(), thought.map(str::to_owned)), "{text}");
        }
    }
}
