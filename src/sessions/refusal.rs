//! Recognizes refusals that arrive as ordinary text. A narrow word rule: an honest limit inside a helpful reply must
//! not count as a refusal.

/// Openings of canned refusals, lower case, with straight apostrophes.
const OPENINGS: [&str; 16] = [
    "i'm unable to provide the help",
    "i am unable to provide the help",
    "i'm really sorry that you're feeling this way, but i'm unable to",
    "i'm really sorry you're feeling this way, but i'm unable to",
    "i'm sorry, but i can't assist",
    "i'm sorry, but i cannot assist",
    "i'm sorry, but i can't help",
    "i'm sorry, but i cannot help",
    "i'm sorry, i can't help",
    "i'm sorry, i cannot help",
    "i can't help with that",
    "i cannot help with that",
    "i can't assist with that",
    "i cannot assist with that",
    "i can't continue this conversation",
    "i cannot continue this conversation",
];

/// True if the reply opens like a canned refusal. Only the first 200 bytes are read.
pub(super) fn is_refusal(text: &str) -> bool {
    let opening: String =
        text.trim_start().chars().take(200).map(|c| if c == '\u{2019}' { '\'' } else { c }).collect();
    let opening = opening.to_lowercase();
    OPENINGS.iter().any(|refusal| opening.starts_with(refusal))
}

#[cfg(test)]
mod tests {
    use super::is_refusal;

    #[test]
    fn canned_refusals_are_recognised_and_honest_limits_are_not() {
        assert!(is_refusal("I\u{2019}m sorry, but I can\u{2019}t assist with that."));
        assert!(is_refusal("I'm unable to provide the help that you need."));
        assert!(!is_refusal("I'm sorry that happened. What went through your mind?"));
        assert!(!is_refusal(
            "As a program I can't help with medicines, but we can look at the worry. What is it?"
        ));
    }
}
