//! JSON as servers write it: with a byte order mark, numbers that JSON does not have, halves of a character. What can be
//! read is read, because asking again costs as much and brings the same.

use std::borrow::Cow;

use serde_json::{Error, Value};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
/// Numbers of other languages, longest first; they become null.
const NO_NUMBERS: [&[u8]; 3] = [b"-Infinity", b"Infinity", b"NaN"];
/// A backslash, `u` and four digits.
const ESCAPE: usize = 6;

/// The value of a body.
///
/// # Errors
/// It is no JSON, also when what servers are known to do is mended. The error tells of the body as it came.
pub(super) fn json(body: &[u8]) -> Result<Value, Error> {
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    serde_json::from_slice(body).or_else(|error| serde_json::from_slice(&mended(body)).map_err(|_| error))
}

fn mended(body: &[u8]) -> Vec<u8> {
    let text = match String::from_utf8_lossy(body) {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    };
    let (mut out, mut at, mut in_string) = (Vec::with_capacity(text.len()), 0, false);
    while let Some(byte) = text.get(at) {
        let rest = &text[at..];
        let (taken, written) = match byte {
            b'\\' if in_string => escape(rest),
            _ if in_string => (1, &rest[..1]),
            _ => match NO_NUMBERS.iter().find(|word| rest.starts_with(word)) {
                Some(word) => (word.len(), &b"null"[..]),
                None => (1, &rest[..1]),
            },
        };
        in_string ^= *byte == b'"';
        out.extend_from_slice(written);
        at += taken;
    }
    out
}

/// How many bytes an escape takes, and what is written for it: half of a character becomes the sign for one that cannot
/// be read.
fn escape(rest: &[u8]) -> (usize, &[u8]) {
    let unit = |from: usize| {
        let digits = rest.get(from..from + ESCAPE)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    match (unit(0), unit(ESCAPE)) {
        (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (2 * ESCAPE, &rest[..2 * ESCAPE]),
        (Some(0xD800..=0xDFFF), _) => (ESCAPE, b"\\ufffd"),
        _ => {
            let both = rest.len().min(2);
            (both, &rest[..both])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_servers_are_known_to_write_is_read() {
        let cases: [(&[u8], Value); 7] = [
            (b"\xEF\xBB\xBF{\"a\": 1}", json!({"a": 1})),
            (
                b"{\"a\": NaN, \"b\": -Infinity, \"c\": [Infinity]}",
                json!({"a": null, "b": null, "c": [null]}),
            ),
            (br#"{"a": "NaN \" Infinity", "b": NaN}"#, json!({"a": "NaN \" Infinity", "b": null})),
            (br#"{"a": "x\ud83d", "b": "\udc00y"}"#, json!({"a": "x\u{fffd}", "b": "\u{fffd}y"})),
            (br#"{"a": "\ud83d\ude00\ud83d"}"#, json!({"a": "\u{1f600}\u{fffd}"})),
            (br#"{"a": "\\ud83d", "b": NaN}"#, json!({"a": "\\ud83d", "b": null})),
            (b"{\"a\": \"\xFF\"}", json!({"a": "\u{fffd}"})),
        ];
        for (body, value) in cases {
            assert_eq!(json(body).expect("JSON"), value, "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn what_is_no_json_stays_none() {
        for body in ["", "\u{feff}", "{", "NaN,", "{\"a\": \"\\ud8\"}", "\"\\", "<html>", "{\"a\": NaNa}"] {
            assert!(json(body.as_bytes()).is_err(), "{body}");
        }
    }
}
