//! Compiles a pattern of a finder.

use regex_lite::Regex;

pub(super) fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern of this program")
}
