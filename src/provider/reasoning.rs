//! What in a reply is reasoning and what is said: a model's reasoning must never be spoken.
//!
//! Servers that do not know a model's marks leave them in the text. The marks of the families in use: plain tags, square
//! brackets (Mistral), Cohere's blocks, the channels of gpt-oss and of Gemma, and wrappers around the answer itself.

/// Plain names of reasoning, between angle brackets, in any case: `<think>`, `<Thinking>`.
const NAMES: [&str; 12] = [
    "internal",
    "think",
    "thinking",
    "thought",
    "thoughts",
    "reasoning",
    "reason",
    "analysis",
    "reflection",
    "reasoning_scratchpad",
    "scratchpad",
    "inner_monologue",
];
/// The same between square brackets: `[THINK]`. In small letters only where it closes: else it is a stage direction.
const BRACKETED: [&str; 5] = ["THINK", "THINKING", "THOUGHT", "REASONING", "REASON"];
/// Wrappers around what is said.
const ANSWERS: [(&str, &str); 10] = [
    ("<|begin_of_box|>", "<|end_of_box|>"),
    ("<final>", "</final>"),
    ("<final_answer>", "</final_answer>"),
    ("<output>", "</output>"),
    ("<|START_RESPONSE|>", "<|END_RESPONSE|>"),
    ("<|START_TEXT|>", "<|END_TEXT|>"),
    ("[BEGIN FINAL RESPONSE]", "[END FINAL RESPONSE]"),
    ("<response>", "</response>"),
    ("<answer>", "</answer>"),
    ("<|begin_of_solution|>", "<|end_of_solution|>"),
];
/// Marks around reasoning that are no plain names.
const OTHERS: [(&str, &str); 8] = [
    ("<|thinking|>", "<|/thinking|>"),
    ("<|inner_prefix|>", "<|inner_suffix|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|START_ACTION|>", "<|END_ACTION|>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|think|>", "<|/think|>"),
    ("<seed:think>", "</seed:think>"),
    ("\u{25c1}think\u{25b7}", "\u{25c1}/think\u{25b7}"),
];
/// Marks that end a message or a turn and say nothing.
const ENDS: [&str; 9] = [
    "<|return|>",
    "<|end|>",
    "<|call|>",
    "<|im_end|>",
    "<|eot_id|>",
    "<|endoftext|>",
    "<end_of_turn>",
    "<turn|>",
    "<|END_OF_TURN_TOKEN|>",
];
/// The channel of gpt-oss and of Gemma that is said.
const FINAL: &str = "final";

/// Text that is said, and text that was thought, or none.
///
/// A block that is never closed (the reply was cut) is reasoning to its end. A closing mark without an opening one
/// ends reasoning that the server's chat template began, so all before it is reasoning.
pub(super) fn split(text: &str) -> (String, Option<String>) {
    if let Some((thought, said)) = written_out(text) {
        return (said.trim().to_owned(), Some(thought.trim().to_owned()));
    }
    let mut parts = ReasoningParts::default();
    let mut rest = text;
    while let Some((at, mark, length)) = next_mark(rest) {
        let (before, after) = (&rest[..at], &rest[at + length..]);
        parts.take(before, mark.kind);
        let ends = mark.closing.as_deref().filter(|_| mark.kind == MarkKind::Thought);
        rest = match ends.map(|closing| (closing, find(after, closing))) {
            Some((closing, Some(end))) => {
                parts.thought.push(after[..end].to_owned());
                &after[end + closing.len()..]
            }
            // What is wrapped as an answer is said even where the block before it stays open.
            Some((_, None)) => {
                let end = answer_in(after).unwrap_or(after.len());
                parts.thought.push(after[..end].to_owned());
                &after[end..]
            }
            None => after,
        };
    }
    if !parts.has_marks {
        return (text.to_owned(), None);
    }
    parts.say(rest);
    let thought: Vec<&str> = parts.thought.iter().map(|t| t.trim()).filter(|t| !t.is_empty()).collect();
    (parts.said.trim().to_owned(), (!thought.is_empty()).then(|| thought.join("\n\n")))
}

/// Reasoning in words instead of marks, and what is said after it: the channels of gpt-oss whose marks a server took out
/// (`analysisThe client …assistantfinalGo on.`), and the headings of Granite.
fn written_out(text: &str) -> Option<(&str, &str)> {
    let channel = ["analysis", "commentary"].iter().find_map(|name| text.trim_start().strip_prefix(name));
    if let Some(thought) = channel.filter(|rest| rest.starts_with(char::is_uppercase)) {
        let parted = thought.rsplit_once("assistantfinal");
        return Some(parted.unwrap_or((thought, "")));
    }
    let heading = |name: &str, text: &str| {
        let starts = ["Here is my ", "Here's my "].map(|start| format!("{start}{name}:"));
        starts.iter().find_map(|start| text.find(start.as_str()).map(|at| (at, at + start.len())))
    };
    let (_, begin) = heading("thought process", text).filter(|(at, _)| text[..*at].trim().is_empty())?;
    let thought = &text[begin..];
    let (end, said) = heading("response", thought).unwrap_or((thought.len(), thought.len()));
    Some((&thought[..end], &thought[said..]))
}

#[derive(Default)]
struct ReasoningParts {
    said: String,
    thought: Vec<String>,
    has_marks: bool,
    /// The channel that is open: whether its words are said.
    channel: Option<bool>,
    has_channels: bool,
}

impl ReasoningParts {
    fn say(&mut self, words: &str) {
        if self.channel == Some(false) {
            self.thought.push(words.to_owned());
        } else {
            self.said.push_str(words);
        }
    }

    /// All that stood there without a mark was thought.
    fn take_back(&mut self, before: &str) {
        let so_far = std::mem::take(&mut self.said);
        self.thought.push(so_far + before);
    }

    /// Takes in the words before a mark.
    fn take(&mut self, before: &str, kind: MarkKind) {
        self.has_marks = true;
        match kind {
            MarkKind::ThoughtEnds | MarkKind::AnswerBegins => {
                self.take_back(before);
                self.channel = None;
            }
            MarkKind::Thought | MarkKind::Nothing => self.say(before),
            MarkKind::Channel { is_said } => {
                if is_said && !self.has_channels {
                    self.take_back(before);
                } else {
                    self.say(before);
                }
                self.channel = Some(is_said);
                self.has_channels = true;
            }
            MarkKind::ChannelEnds if self.channel.is_none() => self.take_back(before),
            MarkKind::ChannelEnds | MarkKind::MessageBegins => {
                self.say(before);
                self.channel = None;
            }
        }
    }
}

/// What a mark does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MarkKind {
    /// Reasoning begins, up to the closing mark.
    Thought,
    /// Reasoning ends that had no beginning.
    ThoughtEnds,
    /// What is said begins; all before was not.
    AnswerBegins,
    /// A channel begins.
    Channel { is_said: bool },
    /// A channel ends; without one, all before was the channel that the chat template began.
    ChannelEnds,
    /// Another message begins.
    MessageBegins,
    /// A mark without a meaning for what is said.
    Nothing,
}

struct ReasoningMark {
    kind: MarkKind,
    closing: Option<String>,
}

impl ReasoningMark {
    fn bare(kind: MarkKind) -> Self {
        Self { kind, closing: None }
    }
}

/// The first mark of a text: where, what, and how long.
fn next_mark(text: &str) -> Option<(usize, ReasoningMark, usize)> {
    text.char_indices().filter(|(_, c)| matches!(c, '<' | '[' | '\u{25c1}')).find_map(|(at, _)| {
        let (mark, length) = mark_at(&text[at..])?;
        Some((at, mark, length))
    })
}

/// The mark that a text begins with, and its length.
fn mark_at(text: &str) -> Option<(ReasoningMark, usize)> {
    for (opening, closing) in OTHERS {
        if starts(text, opening) {
            return Some((
                ReasoningMark { kind: MarkKind::Thought, closing: Some(closing.to_owned()) },
                opening.len(),
            ));
        }
        if starts(text, closing) {
            return Some((ReasoningMark::bare(MarkKind::ThoughtEnds), closing.len()));
        }
    }
    for (opening, closing) in ANSWERS {
        // Plain tags are words that anybody may use: they wrap an answer only where they close.
        if starts(text, opening) && (!is_plain(opening) || find(text, closing).is_some()) {
            return Some((ReasoningMark::bare(MarkKind::AnswerBegins), opening.len()));
        }
        if starts(text, closing) {
            return Some((ReasoningMark::bare(MarkKind::Nothing), closing.len()));
        }
    }
    if let Some(end) = ENDS.iter().find(|end| starts(text, end)) {
        return Some((ReasoningMark::bare(MarkKind::Nothing), end.len()));
    }
    channel_at(text).or_else(|| named_at(text))
}

/// `<|channel|>analysis<|message|>`, with or without `<|start|>assistant` before it, `<|channel>thought` and `<channel|>`.
fn channel_at(text: &str) -> Option<(ReasoningMark, usize)> {
    const START: &str = "<|start|>";
    const MESSAGE: &str = "<|message|>";
    if starts(text, START) {
        // The role, and the channel after it, belong to the mark.
        let head = text[START.len()..].find("<|").map_or(text.len(), |at| START.len() + at);
        return Some((ReasoningMark::bare(MarkKind::MessageBegins), head));
    }
    if starts(text, MESSAGE) {
        return Some((ReasoningMark::bare(MarkKind::Nothing), MESSAGE.len()));
    }
    for ends in ["<channel|>", "<|/channel|>", "</channel>"] {
        if starts(text, ends) {
            return Some((ReasoningMark::bare(MarkKind::ChannelEnds), ends.len()));
        }
    }
    for opening in ["<|channel|>", "<|channel>"] {
        let Some(header) = starts(text, opening).then(|| &text[opening.len()..]) else { continue };
        let name = header.len() - header.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_').len();
        let is_said = header[..name].eq_ignore_ascii_case(FINAL);
        // A header may name a recipient or a form before the words begin.
        let words = header.find(MESSAGE).filter(|at| !header[..*at].contains('\n'));
        let length = words.map_or(name, |at| at + MESSAGE.len());
        return Some((ReasoningMark::bare(MarkKind::Channel { is_said }), opening.len() + length));
    }
    None
}

/// `<think>`, `</think>`, `[THINK]`, `[/THINK]`.
fn named_at(text: &str) -> Option<(ReasoningMark, usize)> {
    let (close, names): (char, &[&str]) =
        if text.starts_with('<') { ('>', &NAMES) } else { (']', &BRACKETED) };
    let inside = &text[1..text.find(close).filter(|end| *end <= 32)?];
    let is_closing = inside.starts_with('/');
    let name = inside.trim_start_matches('/');
    names.iter().find(|known| known.eq_ignore_ascii_case(name))?;
    let length = inside.len() + 2;
    if is_closing {
        return Some((ReasoningMark::bare(MarkKind::ThoughtEnds), length));
    }
    let closing = format!("{}/{name}{close}", &text[..1]);
    if close == ']' && name.chars().any(char::is_lowercase) && find(text, &closing).is_none() {
        return None;
    }
    Some((ReasoningMark { kind: MarkKind::Thought, closing: Some(closing) }, length))
}

/// Where an answer begins that is wrapped as one.
fn answer_in(text: &str) -> Option<usize> {
    let special = ANSWERS.iter().filter(|(opening, _)| !is_plain(opening));
    special.filter_map(|(opening, _)| find(text, opening)).min()
}

/// A tag without a mark of its own kind.
fn is_plain(tag: &str) -> bool {
    tag.starts_with('<') && !tag.starts_with("<|")
}

fn starts(text: &str, mark: &str) -> bool {
    text.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark))
}

/// Where a mark stands, upper and lower case alike.
fn find(text: &str, mark: &str) -> Option<usize> {
    let first = mark.chars().next()?;
    text.match_indices(first).map(|(at, _)| at).find(|at| starts(&text[*at..], mark))
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

    #[test]
    fn every_family_marks_its_reasoning_in_its_own_way() {
        let cases = [
            "<reasoning>hm</reasoning>\nGo on.",
            "<Thought>hm</Thought>Go on.",
            "<reason>hm</reason>Go on.",
            "<analysis>hm</analysis>Go on.",
            "[THINK]hm[/THINK]Go on.",
            "hm[/THINK]Go on.",
            "[REASONING]hm[/REASONING] Go on.",
            "<|START_THINKING|>hm<|END_THINKING|><|START_RESPONSE|>Go on.<|END_RESPONSE|>",
            "<|START_THINKING|>hm<|START_RESPONSE|>Go on.",
            "<|START_THINKING|>hm<|END_THINKING|><|START_TEXT|>Go on.<|END_TEXT|>",
            "hm [BEGIN FINAL RESPONSE] Go on. [END FINAL RESPONSE]",
            "<think>hm</think><response>Go on.</response>",
            "<think>hm</think>\n<answer>\nGo on.\n</answer>",
            "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Go on.<|return|>",
            "<|start|>assistant<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Go on.",
            "<|channel|>commentary to=functions.f <|constrain|>json<|message|>hm<|call|><|start|>assistant<|channel|>final<|message|>Go on.",
            "<|channel|>analysis<|message|>hm<|channel|>final<|message|>Go on.",
            "<|channel>thought\nhm<channel|>Go on.",
            "hm<channel|>Go on.<turn|>",
            "<|channel>thought\nhm\n<channel|><|channel>final\nGo on.<channel|>",
            "<seed:think>hm</seed:think>Go on.",
            "\u{25c1}think\u{25b7}hm\u{25c1}/think\u{25b7}Go on.",
            "<|inner_prefix|>hm<|inner_suffix|>Go on.",
            "[reasoning]hm[/reasoning]Go on.",
            "<think>hm</think><|begin_of_box|>Go on.<|end_of_box|>",
            "<think>hm</think><final_answer>Go on.</final_answer>",
            "Here is my thought process:\nhm\nHere is my response:\nGo on.",
            "<|begin_of_thought|>hm<|end_of_thought|><|begin_of_solution|>Go on.<|end_of_solution|>",
        ];
        for text in cases {
            assert_eq!(split(text), ("Go on.".into(), Some("hm".into())), "{text}");
        }
    }

    #[test]
    fn several_channels_before_the_last_one_are_all_thought() {
        let text = "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>commentary<|message|>b<|end|>\
            <|start|>assistant<|channel|>analysis<|message|>c<|end|><|start|>assistant<|channel|>final<|message|>Go on.";
        assert_eq!(split(text), ("Go on.".into(), Some("a\n\nb\n\nc".into())));
    }

    #[test]
    fn what_is_cut_before_the_answer_says_nothing() {
        for text in [
            "<|channel|>analysis<|message|>The client",
            "<|channel>thought\nThe client",
            "[THINK]The client",
            "<|START_THINKING|>The client",
            "<reasoning>The client",
        ] {
            assert_eq!(split(text), (String::new(), Some("The client".into())), "{text}");
        }
    }

    #[test]
    fn channels_whose_marks_were_taken_out_are_told_apart() {
        let thought = Some("The client is sad.".to_owned());
        let text = "analysisThe client is sad.assistantfinalGo on.";
        assert_eq!(split(text), ("Go on.".into(), thought.clone()));
        assert_eq!(split("analysisThe client is sad."), (String::new(), thought));
        assert_eq!(split("analysis is not needed.").0, "analysis is not needed.");
    }

    #[test]
    fn other_brackets_are_words() {
        for text in [
            "[thinking] Well, 3 < 4 and <3.",
            "He wrote <b>no</b> on it.",
            "An <answer> of a kind.",
            "[NAME_1] said [laughs] no.",
            "a < b <",
        ] {
            assert_eq!(split(text), (text.to_owned(), None), "{text}");
        }
    }
}
