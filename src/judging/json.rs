//! Reads JSON as judges write it. Tolerates their formal errors (docs/formats/judging.md), names each, and gives up if
//! a repair would mean guessing content: a value cut short, a key that occurs twice.

use std::{collections::BTreeSet, ops::Range};

use serde_json::{Map, Number, Value};

use crate::domain::Repair;

/// Why reading stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// The text ended inside a value.
    Ended,
    /// The text is not valid at this point.
    Malformed,
}

/// One object found in a reply.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RepairedObject {
    /// The object.
    pub(super) value: Value,
    /// Its byte range in the reply.
    pub(super) range: Range<usize>,
    /// Repairs that were made.
    pub(super) repairs: BTreeSet<Repair>,
    /// Byte range of each value of a key `score`, in order.
    pub(super) scores: Vec<Range<usize>>,
}

/// Every readable object, from left to right, none inside another; and whether one was left unfinished. `cut`: the
/// token limit ended the reply, so a number at its very end may lack digits.
pub(super) fn objects(text: &str, cut: bool) -> (Vec<RepairedObject>, bool) {
    let mut found: Vec<RepairedObject> = Vec::new();
    let mut unfinished = false;
    // Prose before the answer may contain braces of its own; forty starts are more than any real reply has.
    for (start, _) in text.match_indices('{').take(40) {
        if found.last().is_some_and(|object| start < object.range.end) {
            continue;
        }
        let read = |strict| JsonReader::new(text, start, cut, strict).whole();
        match read(true).or_else(|_| read(false)) {
            Ok(object) => found.push(object),
            Err(broken) => unfinished |= broken == Broken::Ended,
        }
    }
    (found, unfinished)
}

/// Role of a string, which decides where its closing mark may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum JsonPosition {
    Key,
    InObject,
    InArray,
}

struct JsonReader<'t> {
    text: &'t str,
    at: usize,
    start: usize,
    cut: bool,
    strict: bool,
    repairs: BTreeSet<Repair>,
    scores: Vec<Range<usize>>,
}

impl<'t> JsonReader<'t> {
    fn new(text: &'t str, start: usize, cut: bool, strict: bool) -> Self {
        Self { text, at: start, start, cut, strict, repairs: BTreeSet::new(), scores: Vec::new() }
    }

    fn whole(mut self) -> Result<RepairedObject, Broken> {
        let value = self.object(0)?;
        Ok(RepairedObject { value, range: self.start..self.at, repairs: self.repairs, scores: self.scores })
    }

    fn repair(&mut self, repair: Repair) -> Result<(), Broken> {
        if self.strict {
            return Err(Broken::Malformed);
        }
        self.repairs.insert(repair);
        Ok(())
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn skip_space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn value(&mut self, place: JsonPosition, depth: usize) -> Result<Value, Broken> {
        self.skip_space();
        match self.peek().ok_or(Broken::Ended)? {
            // Deeper than any answer; the limit keeps hostile text from exhausting the stack.
            '{' | '[' if depth > 32 => Err(Broken::Malformed),
            '{' => self.object(depth + 1),
            '[' => self.array(depth + 1),
            mark if family(mark).is_some() => self.string(place).map(Value::String),
            '-' | '0'..='9' => self.number(),
            _ => self.literal(),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, Broken> {
        self.at += 1;
        let mut map = Map::new();
        let mut after_comma = false;
        loop {
            self.skip_space();
            match self.peek() {
                None if after_comma || map.is_empty() => return Err(Broken::Ended),
                None => {
                    self.repair(Repair::MissingClose)?;
                    return Ok(Value::Object(map));
                }
                Some('}') => {
                    if after_comma {
                        self.repair(Repair::TrailingComma)?;
                    }
                    self.at += 1;
                    return Ok(Value::Object(map));
                }
                Some(mark) if family(mark).is_some() && (map.is_empty() || after_comma) => {}
                Some(_) => return Err(Broken::Malformed),
            }
            let key = self.string(JsonPosition::Key)?;
            self.expect_colon()?;
            let start = self.at;
            let value = self.value(JsonPosition::InObject, depth)?;
            if key == "score" {
                self.scores.push(start..self.at);
            }
            if map.insert(key, value).is_some() {
                return Err(Broken::Malformed);
            }
            after_comma = self.comma();
        }
    }

    fn expect_colon(&mut self) -> Result<(), Broken> {
        self.skip_space();
        if self.peek().ok_or(Broken::Ended)? != ':' {
            return Err(Broken::Malformed);
        }
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    fn comma(&mut self) -> bool {
        self.skip_space();
        let found = self.peek() == Some(',');
        self.at += usize::from(found);
        found
    }

    fn array(&mut self, depth: usize) -> Result<Value, Broken> {
        self.at += 1;
        let mut list = Vec::new();
        let mut after_comma = false;
        loop {
            self.skip_space();
            match self.peek() {
                None if after_comma || list.is_empty() => return Err(Broken::Ended),
                None => {
                    self.repair(Repair::MissingClose)?;
                    return Ok(Value::Array(list));
                }
                Some(']') => {
                    if after_comma {
                        self.repair(Repair::TrailingComma)?;
                    }
                    self.at += 1;
                    return Ok(Value::Array(list));
                }
                Some(_) if list.is_empty() || after_comma => {}
                Some(_) => return Err(Broken::Malformed),
            }
            list.push(self.value(JsonPosition::InArray, depth)?);
            after_comma = self.comma();
        }
    }

    fn number(&mut self) -> Result<Value, Broken> {
        let rest = &self.text[self.at..];
        let length = rest.find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'));
        let digits = &rest[..length.unwrap_or(rest.len())];
        if length.is_none() && self.cut {
            return Err(Broken::Ended);
        }
        self.at += digits.len();
        let number: Number = digits.parse().map_err(|_| Broken::Malformed)?;
        Ok(Value::Number(number))
    }

    fn literal(&mut self) -> Result<Value, Broken> {
        let rest = &self.text[self.at..];
        let length = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let value = match &rest[..length] {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            word if length == rest.len() && ["true", "false", "null"].iter().any(|w| w.starts_with(word)) => {
                return Err(Broken::Ended);
            }
            _ => return Err(Broken::Malformed),
        };
        self.at += length;
        Ok(value)
    }

    fn string(&mut self, place: JsonPosition) -> Result<String, Broken> {
        let open = self.peek().ok_or(Broken::Ended)?;
        let closers = family(open).ok_or(Broken::Malformed)?;
        if open != '"' {
            self.repair(Repair::QuoteMarks)?;
        }
        self.at += open.len_utf8();
        let mut said = String::new();
        loop {
            let next = self.peek().ok_or(Broken::Ended)?;
            self.at += next.len_utf8();
            match next {
                '\\' => self.escape(&mut said)?,
                mark if closers.contains(&mark) => {
                    if self.strict || self.closes(place) {
                        return Ok(said);
                    }
                    self.repair(Repair::InnerQuotes)?;
                    said.push(mark);
                }
                bare if bare < ' ' => {
                    self.repair(Repair::ControlCharacters)?;
                    said.push(bare);
                }
                other => said.push(other),
            }
        }
    }

    fn escape(&mut self, said: &mut String) -> Result<(), Broken> {
        let next = self.peek().ok_or(Broken::Ended)?;
        let plain = match next {
            '"' | '\\' | '/' => next,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => return self.unicode(said),
            _ => {
                self.repair(Repair::Escapes)?;
                // The backslash may be intended, so it is kept, except before a quote mark.
                if family(next).is_none() {
                    said.push('\\');
                }
                next
            }
        };
        self.at += next.len_utf8();
        said.push(plain);
        Ok(())
    }

    /// `\uXXXX`, or two of them for a character outside the basic plane.
    fn unicode(&mut self, said: &mut String) -> Result<(), Broken> {
        let unit = |at: usize| -> Result<u32, Broken> {
            let rest = self.text.get(at..).ok_or(Broken::Ended)?;
            let digits = rest.strip_prefix('u').ok_or(Broken::Malformed)?.get(..4);
            let digits = digits.ok_or(if rest.len() < 5 { Broken::Ended } else { Broken::Malformed })?;
            u32::from_str_radix(digits, 16).map_err(|_| Broken::Malformed)
        };
        let first = unit(self.at)?;
        let (code, length) = if (0xd800..0xdc00).contains(&first) {
            if !self.text[self.at + 5..].starts_with('\\') {
                return Err(Broken::Malformed);
            }
            let second = unit(self.at + 6)?;
            if !(0xdc00..0xe000).contains(&second) {
                return Err(Broken::Malformed);
            }
            (0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00), 11)
        } else {
            (first, 5)
        };
        said.push(char::from_u32(code).ok_or(Broken::Malformed)?);
        self.at += length;
        Ok(())
    }

    /// Whether a quote mark here closes a string: what follows must be able to follow a string of this role.
    fn closes(&self, place: JsonPosition) -> bool {
        let rest = self.text[self.at..].trim_start();
        let Some(next) = rest.chars().next() else { return place != JsonPosition::Key };
        match (place, next) {
            (JsonPosition::Key, _) => next == ':',
            (_, '}') | (JsonPosition::InArray, ']') => true,
            (JsonPosition::InObject, ',') => can_follow_a_member(&rest[1..]),
            (JsonPosition::InArray, ',') => can_follow_an_entry(&rest[1..]),
            _ => false,
        }
    }
}

/// The marks that can close a string opened with this one; `None` if it opens no string.
fn family(open: char) -> Option<&'static [char]> {
    match open {
        '"' => Some(&['"']),
        '“' | '”' | '„' => Some(&['”', '“', '"']),
        '\'' | '‘' => Some(&['\'', '’']),
        _ => None,
    }
}

/// What may come after a comma in an object: a key with its colon, the closing bracket, or the end.
fn can_follow_a_member(rest: &str) -> bool {
    const LONGEST_KEY: usize = 64;
    let rest = rest.trim_start();
    let Some(open) = rest.chars().next() else { return true };
    let Some(closers) = family(open) else { return open == '}' };
    let inside = &rest[open.len_utf8()..];
    let mut ends = inside.char_indices().take(LONGEST_KEY).filter(|(_, c)| closers.contains(c));
    ends.next().is_some_and(|(at, mark)| inside[at + mark.len_utf8()..].trim_start().starts_with(':'))
}

fn can_follow_an_entry(rest: &str) -> bool {
    let next = rest.trim_start().chars().next();
    next.is_none_or(|c| family(c).is_some() || matches!(c, '{' | '[' | ']' | '-' | '0'..='9'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> (Value, Vec<Repair>) {
        let (mut found, _) = objects(text, false);
        assert_eq!(found.len(), 1, "{text}");
        let found = found.remove(0);
        (found.value, found.repairs.into_iter().collect())
    }

    #[test]
    fn quote_marks_of_every_kind() {
        let meant = json!({"a": "the \"I\" form (\"so\"), and on", "score": 3});
        let (value, repairs) = read(r#"{"a": "the "I" form ("so"), and on", "score": 3}"#);
        assert_eq!((value, repairs), (meant, vec![Repair::InnerQuotes]));
        let (value, repairs) = read("{“a”: “it’s”, “score”: 3}");
        assert_eq!((value, repairs), (json!({"a": "it’s", "score": 3}), vec![Repair::QuoteMarks]));
        let (value, repairs) = read("{'a': 'it's so', 'score': 3}");
        assert_eq!(value, json!({"a": "it's so", "score": 3}));
        assert_eq!(repairs, [Repair::QuoteMarks, Repair::InnerQuotes]);
        let (value, repairs) = read(r#"{"list": ["she said "no", then left", "b"]}"#);
        assert_eq!(value, json!({"list": ["she said \"no\", then left", "b"]}));
        assert_eq!(repairs, [Repair::InnerQuotes]);
    }

    #[test]
    fn commas_brackets_escapes_and_line_breaks() {
        assert_eq!(read("{\"a\": [1, 2,], }").1, [Repair::TrailingComma]);
        assert_eq!(read("{\"a\": [{\"b\": \"c\"").1, [Repair::MissingClose]);
        let (value, repairs) = read("{\"a\": \"one\ntwo \\_ \\'\"}");
        assert_eq!(value, json!({"a": "one\ntwo \\_ '"}));
        assert_eq!(repairs, [Repair::Escapes, Repair::ControlCharacters]);
    }

    #[test]
    fn what_would_be_a_guess_is_not_read() {
        for (text, cut, unfinished) in [
            (r#"{"score": 4, "reas"#, false, true),
            (r#"{"score": 4, "#, false, true),
            (r#"{"a": "cut in the mid"#, false, true),
            (r#"{"score": 1"#, true, true),
            (r#"{"ok": tr"#, true, true),
            (r#"{"score": 1, "score": 5}"#, false, false),
            (r#"{"score": 1 "a": 2}"#, false, false),
            (r#"{"score": 4.}"#, false, false),
            ("{score: 4}", false, false),
        ] {
            let (found, ended) = objects(text, cut);
            assert_eq!((found.len(), ended), (0, unfinished), "{text}");
        }
        assert_eq!(objects(r#"{"score": 1"#, false).0[0].value, json!({"score": 1}));
    }

    #[test]
    fn scores_are_found_where_they_stand() {
        let text = "so: {\"ratings\": [{\"score\": 3}, {\"score\": 5}]}";
        let (found, _) = objects(text, false);
        let places: Vec<&str> = found[0].scores.iter().map(|range| &text[range.clone()]).collect();
        assert_eq!(places, ["3", "5"]);
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i32>().prop_map(|n| json!(n)),
            "[^\\x00]{0,12}".prop_map(Value::String),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                prop::collection::btree_map("[a-z\"\\\\]{1,6}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn valid_json_needs_no_repair(value in any_value(), before in "[a-z ]{0,9}") {
            let text = format!("{before}{}", json!({"k": value}));
            let (value_read, repairs) = read(&text);
            prop_assert_eq!(value_read, json!({"k": value}));
            prop_assert!(repairs.is_empty());
        }

        #[test]
        fn no_text_breaks_the_reader(text in "[{}\\[\\]\",:'“” \\\\a1u\n-]{0,60}|\\PC{0,60}", cut: bool) {
            for found in objects(&text, cut).0 {
                prop_assert!(text.get(found.range.clone()).is_some());
                prop_assert!(found.scores.iter().all(|range| text.get(range.clone()).is_some()));
            }
        }
    }
}
