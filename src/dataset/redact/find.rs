//! Owns finding addresses, dates and codes in a text. Each finder first asks for a character that its kind cannot be
//! without, because most turns hold none.

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    ops::Range,
    sync::LazyLock,
};

use regex_lite::Regex;

use super::{Found, numbers};
use crate::domain::IdentifierKind;

/// Finds one kind in a text.
type Finder = fn(&str, &mut Vec<Found>);

/// Every finder that needs no list.
pub(super) const FINDERS: &[(IdentifierKind, Finder)] = &[
    (IdentifierKind::Email, emails),
    (IdentifierKind::Url, urls),
    (IdentifierKind::Ip, ips),
    (IdentifierKind::Date, dates),
    (IdentifierKind::Id, ids),
    (IdentifierKind::Id, numbers::ids),
    (IdentifierKind::Phone, numbers::phones),
];

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern of this program")
}

macro_rules! patterns {
    ($($name:ident = $text:expr;)*) => {
        $(static $name: LazyLock<Regex> = LazyLock::new(|| pattern($text));)*
    };
}

/// What no address goes on with.
const STOPS: &str = r#"\s<>()\[\]{}"|,;"#;

/// Endings of web addresses written without a scheme: those that are no English word after a missing space.
const DOMAINS: &str = "com|org|net|edu|gov|mil|int|io|dev|app|info|biz|online|site|shop|blog|health|uk|de|fr|nl|eu|ca|au|nz|\
                       ch|es|pl|se|dk|fi|ie|jp|cn|br|ru|tv|gg|ly|xyz|ai|fm|cc|example|test|local|invalid";

patterns! {
    EMAIL = &format!("[^{STOPS}@:]+@[^{STOPS}@:]+");
    EMAIL_IN_WORDS = r"(?i)[a-z0-9._%+-]+[ \t]*(?:\([ \t]*at[ \t]*\)|\[[ \t]*at[ \t]*\]|[ \t]at[ \t])[ \t]*[a-z0-9-]+(?:[ \t]*(?:\([ \t]*dot[ \t]*\)|\[[ \t]*dot[ \t]*\]|[ \t]dot[ \t])[ \t]*[a-z0-9-]+)+";
    EMAIL_AT_IN_BRACKETS = r"(?i)[a-z0-9._%+-]+[ \t]*[(\[][ \t]*at[ \t]*[)\]][ \t]*[a-z0-9-]+(?:\.[a-z0-9-]+)+";
    HANDLE = r"@[A-Za-z0-9_][A-Za-z0-9_.]{2,}";
    URL = &format!(r"(?i)(?:\b[a-z][a-z0-9+.-]*://|\bwww\.)[^{STOPS}]+");
    URL_BARE = &format!(r"(?i)\b[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\.(?:{DOMAINS})\b(?::[0-9]+)?(?:[/?#][^{STOPS}]*)?");
    URL_PATH = &format!(r"(?i)\b[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.[a-z]{{2,}}/[^{STOPS}]+");
    IPV4 = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}";
    IPV6 = r"(?i)[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*";
    DATE_YEAR_FIRST = r"\b(?:19|20)[0-9]{2}[-/.][0-9]{1,2}[-/.][0-9]{1,2}\b";
    DATE_YEAR_LAST = r"\b([0-9]{1,2})[-/.]([0-9]{1,2})[-/.](?:(?:19|20)[0-9]{2}|[0-9]{2})\b";
    DATE_MONTH_DAY = &format!(r"(?i)\b({MONTH})\.?[ \t]+[0-9]{{1,2}}(?:st|nd|rd|th)?\b(?:,?[ \t]+(?:19|20)[0-9]{{2}}\b)?");
    DATE_DAY_MONTH = &format!(r"(?i)\b[0-9]{{1,2}}\.?(?:st|nd|rd|th)?[ \t]+(?:of[ \t]+)?({MONTH})\b(?:,?[ \t]+(?:19|20)[0-9]{{2}}\b)?");
    DATE_MONTH_YEAR = &format!(r"(?i)\b({MONTH})\.?,?[ \t]+(?:of[ \t]+)?(?:19|20)[0-9]{{2}}\b");
    ID_NAMED = r"(?i)\b(?:mrn|ssn|nhs|iban|id|case|account|acct|policy|passport|licen[cs]e|member(?:ship)?|student|patient|employee|client|file|record|reference|ref|booking|order|tracking|invoice|insurance|ticket|badge|card|serial|registration)(?:[ \t]+(?:no|nr|num|number|id|code|card))*[ \t]*(?:(?:\.|:|=|is|was)[ \t]*)?#?[ \t]*([a-z0-9](?:[a-z0-9/_-]*[a-z0-9])?)";
    ID_IBAN = r"\b[A-Z]{2}[0-9]{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?\b";
    ID_WORD = r"[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*";
}

const MONTH: &str = "january|february|march|april|may|june|july|august|september|october|november|december|\
                     jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec";

/// An identifier of this kind; its value is its text in lower case.
fn found(text: &str, range: Range<usize>, kind: IdentifierKind) -> Found {
    Found { value: text[range.clone()].to_lowercase(), range, kind }
}

/// An id; its value leaves spaces and dashes out.
pub(super) fn id(text: &str, range: Range<usize>) -> Found {
    let value = text[range.clone()].chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
    Found { value: value.collect(), range, kind: IdentifierKind::Id }
}

/// A range without the marks that end a sentence.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let kept = text[range.clone()]
        .trim_end_matches(['.', '!', '?', '\'', '\u{2019}', '\u{201d}', '*', '_', ':', '-']);
    range.start..range.start + kept.len()
}

/// True when letters or digits stand directly before or after.
pub(super) fn is_inside_word(text: &str, range: &Range<usize>) -> bool {
    text[..range.start].ends_with(char::is_alphanumeric)
        || text[range.end..].starts_with(char::is_alphanumeric)
}

fn emails(text: &str, out: &mut Vec<Found>) {
    if text.contains('@') {
        for hit in EMAIL.find_iter(text) {
            let range = trimmed(text, hit.range());
            let domain = text[range.clone()].rsplit('@').next().unwrap_or_default();
            if domain.contains('.') || domain.eq_ignore_ascii_case("localhost") {
                out.push(found(text, range, IdentifierKind::Email));
            }
        }
    }
    let lower = text.to_ascii_lowercase();
    if lower.contains("at") && (lower.contains("dot") || text.contains(['(', '['])) {
        for pattern in [&EMAIL_IN_WORDS, &EMAIL_AT_IN_BRACKETS] {
            let hits = pattern.find_iter(text).map(|hit| found(text, hit.range(), IdentifierKind::Email));
            out.extend(hits);
        }
    }
}

fn urls(text: &str, out: &mut Vec<Found>) {
    if !text.contains('.') && !text.contains("://") {
        return;
    }
    for pattern in [&URL, &URL_BARE, &URL_PATH] {
        for hit in pattern.find_iter(text) {
            let range = trimmed(text, hit.range());
            // The domain of an e-mail address belongs to the address.
            if !text[..range.start].ends_with('@') && !text[range.end..].starts_with('@') {
                let mut url = found(text, range, IdentifierKind::Url);
                url.value.truncate(url.value.trim_end_matches('/').len());
                out.push(url);
            }
        }
    }
}

fn ips(text: &str, out: &mut Vec<Found>) {
    if text.contains('.') {
        let part_of_more = |range: &Range<usize>| {
            let longer = |rest: &str| {
                rest.strip_prefix('.').is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()))
            };
            is_inside_word(text, range) || longer(&text[range.end..]) || text[..range.start].ends_with('.')
        };
        for hit in IPV4.find_iter(text).filter(|hit| !part_of_more(&hit.range())) {
            let octets = hit.as_str().split('.').map(|octet| octet.parse::<u8>().ok());
            if octets
                .collect::<Option<Vec<u8>>>()
                .and_then(|o| <[u8; 4]>::try_from(o).ok())
                .map(Ipv4Addr::from)
                .is_some()
            {
                out.push(found(text, hit.range(), IdentifierKind::Ip));
            }
        }
    }
    if text.contains(':') {
        for hit in IPV6.find_iter(text) {
            let whole = trimmed(text, hit.range());
            let address = text[whole.clone()].parse::<Ipv6Addr>();
            if let Ok(address) =
                address.map_err(drop).and_then(|a| if is_inside_word(text, &whole) { Err(()) } else { Ok(a) })
            {
                out.push(Found { range: whole, kind: IdentifierKind::Ip, value: address.to_string() });
            }
        }
    }
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}

fn dates(text: &str, out: &mut Vec<Found>) {
    if !has_digit(text) {
        return;
    }
    let mut push = |range: Range<usize>| {
        let mut date = found(text, range, IdentifierKind::Date);
        date.value = date.value.split_whitespace().collect::<Vec<_>>().join(" ");
        out.push(date);
    };
    DATE_YEAR_FIRST.find_iter(text).for_each(|hit| push(hit.range()));
    for hit in DATE_YEAR_LAST.captures_iter(text) {
        let part = |n: usize| hit[n].parse::<u32>().unwrap_or(0);
        let (one, other) = (part(1).min(part(2)), part(1).max(part(2)));
        if (1..=12).contains(&one) && (1..=31).contains(&other) {
            push(hit.get(0).expect("the whole match").range());
        }
    }
    for (pattern, needs_capital) in
        [(&DATE_MONTH_DAY, true), (&DATE_DAY_MONTH, true), (&DATE_MONTH_YEAR, false)]
    {
        for hit in pattern.captures_iter(text) {
            let month = hit.get(1).expect("the month").as_str();
            let also_word = matches!(
                month.to_ascii_lowercase().as_str(),
                "may" | "march" | "mar" | "dec" | "jan" | "sep"
            );
            if !needs_capital || !also_word || month.starts_with(char::is_uppercase) {
                push(hit.get(0).expect("the whole match").range());
            }
        }
    }
}

/// Handles, named codes, account numbers of banks, and words that mix letters with three digits and more.
fn ids(text: &str, out: &mut Vec<Found>) {
    if text.contains('@') {
        let start =
            |range: &Range<usize>| !text[..range.start].ends_with(|c: char| c.is_alphanumeric() || c == '.');
        out.extend(
            HANDLE
                .find_iter(text)
                .filter(|hit| start(&hit.range()))
                .map(|hit| id(text, trimmed(text, hit.range()))),
        );
    }
    if !has_digit(text) {
        return;
    }
    for hit in ID_NAMED.captures_iter(text) {
        let code = hit.get(1).expect("the code");
        if is_named_code(code.as_str()) {
            out.push(id(text, code.range()));
        }
    }
    out.extend(ID_IBAN.find_iter(text).map(|hit| id(text, hit.range())));
    out.extend(ID_WORD.find_iter(text).filter(|hit| is_code(hit.as_str())).map(|hit| id(text, hit.range())));
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

fn is_year(text: &str) -> bool {
    text.len() == 4 && (text.starts_with("19") || text.starts_with("20")) && digits(text) == 4
}

/// After "account", "case", "id" and the like: four digits, or three with letters; no year.
fn is_named_code(code: &str) -> bool {
    let (length, digits) = (code.len(), digits(code));
    !is_year(code) && (digits >= 4 || digits >= 3 && length > digits) && !is_quantity(code)
}

/// Digits and a short unit, or an ordinal: `1500mg`, `1990s`, `1000th`.
fn is_quantity(code: &str) -> bool {
    let unit = code.trim_start_matches(|c: char| c.is_ascii_digit());
    unit.len() < code.len() && (1..=4).contains(&unit.len()) && unit.bytes().all(|b| b.is_ascii_lowercase())
}

/// Standing alone: at least six characters, letters and three digits in one part, no quantity and no year.
fn is_code(word: &str) -> bool {
    let letters = word.bytes().any(|b| b.is_ascii_alphabetic());
    let telling = |part: &str| digits(part) >= 3 && !is_year(part) && !is_quantity(part);
    word.len() >= 6 && letters && word.split(['-', '_']).any(telling)
}
