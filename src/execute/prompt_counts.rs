//! Reported prompt tokens beside the prompts that were sent. A server whose context is too small cuts prompts, answers
//! anyway, and shows it only in these counts.

use std::collections::BTreeMap;

use crate::chat::Request;

/// A reported count is far below what the text must have where it is less than this share of its words: a word has one
/// token at least, English has four for three of them.
const LEAST: (u64, u64) = (2, 3);
/// So many different prompts with one count are no coincidence.
const PROMPTS: usize = 3;
/// Prompts differ clearly where the longest is longer than the shortest by a quarter.
const LONGER: (u64, u64) = (5, 4);
/// So many counts show that the server counts at all, and does not always say the same.
const COUNTS: usize = 5;
/// A server that always says the same number below this does not count: no context is so small.
const SMALLEST_CONTEXT: u64 = 128;
/// A server that always says the same number of prompts that have no more words may not count, unless it is as large as
/// this.
const USUAL_CONTEXT: u64 = 1_000;

/// How long a prompt is, by what can be known without the server's tokenizer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PromptSize {
    /// Tokens that it has at least: its words, and a part of the letters in scripts without blanks.
    pub words: u64,
    /// Its length.
    pub bytes: u64,
}

impl PromptSize {
    /// Of a request's messages.
    pub fn of(request: &Request) -> Self {
        let mut size = Self::default();
        for message in &request.messages {
            size.words += message.content.split_whitespace().map(tokens_at_least).sum::<u64>();
            size.bytes += u64::try_from(message.content.len()).unwrap_or(u64::MAX);
        }
        size
    }
}

/// Letters of scripts without blanks between words for which one token is reckoned with.
const LETTERS_PER_TOKEN: usize = 4;

/// Tokens of a stretch without blanks: marks alone may belong to a neighbour.
fn tokens_at_least(stretch: &str) -> u64 {
    let unspaced = stretch.chars().filter(|c| is_unspaced(*c)).count();
    let tokens = match unspaced {
        0 => usize::from(stretch.chars().any(char::is_alphanumeric)),
        letters => letters.div_ceil(LETTERS_PER_TOKEN),
    };
    u64::try_from(tokens).unwrap_or(u64::MAX)
}

/// Chinese, Japanese and Korean, and the scripts of South East Asia.
fn is_unspaced(letter: char) -> bool {
    matches!(u32::from(letter), 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x2E80..=0x9FFF | 0xAC00..=0xD7AF)
}

/// What a server reported of the prompts of one model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PromptCounts {
    /// The prompts with each count.
    by_count: BTreeMap<u64, Lengths>,
    /// Replies whose count is far below what the text must have.
    short: u64,
    /// The one of them that lost most: the count, and the words.
    worst: Option<(u64, u64)>,
    /// Replies that reported a count.
    counted: u64,
}

/// The lengths in bytes of the prompts with one count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Lengths {
    /// Replies.
    replies: u64,
    /// The shortest ones that differ, no more than are asked for.
    distinct: Vec<u64>,
    longest: u64,
}

impl Lengths {
    fn add(&mut self, bytes: u64) {
        if let Err(at) = self.distinct.binary_search(&bytes) {
            self.distinct.insert(at, bytes);
            self.distinct.truncate(PROMPTS);
        }
        self.longest = self.longest.max(bytes);
    }
}

/// Prompts that did not reach the model whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PromptCut {
    /// Replies concerned.
    pub replies: u64,
    /// Replies that reported a count.
    pub of: u64,
    /// What gave it away.
    pub sign: CutSign,
}

/// How a server's counts show that it cut prompts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CutSign {
    /// So many tokens for a prompt of so many words.
    FewerThanWords {
        /// Reported.
        counted: u64,
        /// Of the prompt.
        words: u64,
    },
    /// One count, the largest of all, for clearly different prompts.
    SameCount {
        /// Reported.
        counted: u64,
        /// The shortest of the prompts.
        shortest: u64,
        /// The longest.
        longest: u64,
    },
}

impl PromptCounts {
    /// Counts one reply in.
    pub fn add(&mut self, counted: u64, size: PromptSize) {
        let lengths = self.by_count.entry(counted).or_default();
        lengths.add(size.bytes);
        lengths.replies += 1;
        self.counted += 1;
        if counted.saturating_mul(LEAST.1) < size.words.saturating_mul(LEAST.0) {
            self.short += 1;
            let lost = |(counted, words): (u64, u64)| words - counted.min(words);
            if self.worst.is_none_or(|worst| lost(worst) < lost((counted, size.words))) {
                self.worst = Some((counted, size.words));
            }
        }
    }

    /// Counts those of other questions to the same model in.
    pub fn merge(&mut self, other: &Self) {
        for (count, lengths) in &other.by_count {
            let own = self.by_count.entry(*count).or_default();
            lengths.distinct.iter().chain([&lengths.longest]).for_each(|bytes| own.add(*bytes));
            own.replies += lengths.replies;
        }
        self.counted += other.counted;
        self.short += other.short;
        let lost = |worst: Option<(u64, u64)>| worst.map_or(0, |(counted, words)| words - counted.min(words));
        if lost(self.worst) < lost(other.worst) {
            self.worst = other.worst;
        }
    }

    /// Whether prompts were cut; none also where the server says the same small number of everything, which is no count.
    pub fn cut(&self) -> Option<PromptCut> {
        let (top, lengths) = self.by_count.last_key_value()?;
        if self.by_count.len() == 1 && *top < SMALLEST_CONTEXT {
            return None;
        }
        let cut = |replies, sign| Some(PromptCut { replies, of: self.counted, sign });
        if let Some((counted, words)) = self.worst {
            return cut(self.short, CutSign::FewerThanWords { counted, words });
        }
        let counts = self.by_count.len() >= COUNTS || *top >= USUAL_CONTEXT;
        let (shortest, longest) = (*lengths.distinct.first()?, lengths.longest);
        let differ = lengths.distinct.len() >= PROMPTS
            && longest.saturating_mul(LONGER.1) >= shortest.saturating_mul(LONGER.0);
        if counts && differ {
            return cut(lengths.replies, CutSign::SameCount { counted: *top, shortest, longest });
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{Decoding, Message, OutputFormat};

    fn size(text: &str) -> PromptSize {
        PromptSize::of(&Request {
            model: "m".into(),
            messages: vec![Message::user(text)],
            decoding: Decoding::default(),
            output: OutputFormat::Text,
            logprobs: None,
            repeat: 1,
        })
    }

    /// A server with room for `most` tokens, asked with prompts of so many words.
    fn served(most: u64, words: impl IntoIterator<Item = u64>) -> PromptCounts {
        let mut counts = PromptCounts::default();
        for words in words {
            counts.add((words * 4 / 3).min(most), PromptSize { words, bytes: words * 6 });
        }
        counts
    }

    #[test]
    fn words_are_counted_in_every_script_and_marks_are_not() {
        assert_eq!(size("I lost my job - again .").words, 5);
        assert_eq!(size("我昨天丢了工作所以很难过").words, 3);
        assert_eq!(size("ผมตกงานเมื่อวานนี้").words, 5);
        assert_eq!(size("").words, 0);
    }

    #[test]
    fn a_server_that_reads_all_is_not_suspected() {
        assert_eq!(served(u64::MAX, (20..900).step_by(7)).cut(), None);
        assert_eq!(PromptCounts::default().cut(), None);
    }

    #[test]
    fn a_context_that_is_too_small_shows_in_counts_below_the_words() {
        let cut = served(1_026, [100, 500, 700, 1_900, 1_940]).cut().expect("cut");
        assert_eq!((cut.replies, cut.of), (2, 5));
        assert_eq!(cut.sign, CutSign::FewerThanWords { counted: 1_026, words: 1_940 });
    }

    #[test]
    fn a_context_that_is_a_little_too_small_shows_in_one_count_for_different_prompts() {
        let cut = served(1_026, [100, 200, 300, 400, 780, 900, 1_000]).cut().expect("cut");
        assert_eq!(cut.replies, 3);
        assert_eq!(cut.sign, CutSign::SameCount { counted: 1_026, shortest: 4_680, longest: 6_000 });
        let all = served(2_050, [1_600, 1_800, 2_000]).cut().expect("every prompt is cut");
        assert_eq!((all.replies, all.of), (3, 3));
    }

    #[test]
    fn a_server_that_does_not_count_says_nothing_about_prompts() {
        let mut invented = PromptCounts::default();
        for words in [100, 800, 4_000] {
            invented.add(10, PromptSize { words, bytes: words * 6 });
        }
        assert_eq!(invented.cut(), None);
        let mut together = served(1_026, [100, 500]);
        together.merge(&served(1_026, [1_900]));
        assert_eq!(together.cut().expect("cut").of, 3);
    }
}
