//! Finds addresses in a folded text: of mail, of the web, of machines. Each finder first asks for a character
//! that its kind cannot be without, because most turns hold none.

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    ops::Range,
    sync::LazyLock,
};

use regex_lite::Regex;

use super::{IdentifierMatch, codes, dates, numbers};
use crate::dataset::redact::pattern::pattern;
use crate::{domain::IdentifierKind, text::script::Script};

/// Finds one kind in a text.
type IdentifierFinder = fn(&str, &mut Vec<IdentifierMatch>);

/// Every finder that needs no list.
pub(super) const FINDERS: &[(IdentifierKind, IdentifierFinder)] = &[
    (IdentifierKind::Email, emails),
    (IdentifierKind::Url, urls),
    (IdentifierKind::Ip, ips),
    (IdentifierKind::Date, dates::find),
    (IdentifierKind::Id, codes::find),
    (IdentifierKind::Id, numbers::ids),
    (IdentifierKind::Phone, numbers::phones),
];

/// What no address goes on with.
const STOPS: &str = r#"\s<>()\[\]{}"|,;、。《》【】…“"#;

/// Endings of web addresses written without a scheme: those that are no English word after a missing space.
const DOMAINS: &str = "com|org|net|edu|gov|mil|int|io|dev|app|info|biz|online|site|shop|blog|health|uk|de|fr|nl|eu|ca|au|nz|\
                       ch|es|pl|se|dk|fi|ie|jp|cn|br|ru|kr|tw|cz|tr|tv|gg|ly|xyz|ai|fm|cc|example|test|local|invalid";

/// Providers of mail that are named without an `@`.
const PROVIDERS: &str = "gmail|googlemail|hotmail|outlook|yahoo|icloud|gmx|aol|protonmail|proton|live|yandex|mail|web|qq|163|naver";

/// Signs and words for `@` and for the full stop, bracketed or between blanks.
const AT_MARKED: &str =
    r"[ ]*[(\[{<][ ]*(?:at|a|aet|arroba|arobase|chiocciola|@)[ ]*[)\]}>][ ]*|[ ]*[_-]at[_-][ ]*";
const AT: &str = r"[ ]*[(\[{<][ ]*(?:at|aet|arroba|arobase|chiocciola|@)[ ]*[)\]}>][ ]*|[ ]*[_-]at[_-][ ]*|[ ](?:at|arroba|arobase|klammeraffe|@)[ ]";
const DOT: &str = r"[ ]*[(\[{<][ ]*(?:dot|punkt|punto|point|ponto|kropka|\.)[ ]*[)\]}>][ ]*|[ ](?:dot|punkt|punto|point|ponto|kropka)[ ]";

macro_rules! patterns {
    ($($name:ident = $text:expr;)*) => {
        $(static $name: LazyLock<Regex> = LazyLock::new(|| pattern($text));)*
    };
}

patterns! {
    EMAIL_SPACED = &format!(r"(?i)[a-z0-9._%+-]+ ?@ ?[a-z0-9-]+(?:(?:\.| \. )[a-z0-9-]+)*(?:\.| \. )(?:{DOMAINS}|me|it|co)\b");
    EMAIL_IN_WORDS = &format!(r"(?i)[a-z0-9_%+-]+(?:(?:{DOT}|\.)[a-z0-9_%+-]+)*(?:{AT})[a-z0-9-]+(?:(?:{DOT})[a-z0-9-]+)+");
    EMAIL_AT_IN_BRACKETS = &format!(r"(?i)[a-z0-9._%+-]+(?:(?:{DOT})[a-z0-9._%+-]+)*(?:{AT_MARKED})[a-z0-9-]+(?:\.[a-z0-9-]+)+");
    EMAIL_AT_PROVIDER = &format!(r"(?i)[a-z0-9._%+-]+(?:(?:{DOT})[a-z0-9._%+-]+)* at (?:{PROVIDERS})\.[a-z]{{2,3}}(?:\.[a-z]{{2}})?\b");
    URL = &format!(r"(?i)(?:[a-z][a-z0-9+.-]*://|www\.)[^{STOPS}]+");
    URL_BARE = &format!(r"(?i)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\.(?:{DOMAINS})(?:\b|_)(?::[0-9]+)?(?:[/?#][^{STOPS}]*)?");
    URL_PATH = &format!(r"(?i)[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.[a-z]{{2,}}/[^{STOPS}]+");
    URL_IN_WORDS = r"(?i)[a-z0-9-]+(?: dot [a-z0-9-]+)* dot (?:com|org|net|edu|co|io)\b";
    IPV4 = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]{1,5}\b)?";
    IPV6 = r"(?i)[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*";
}

/// An identifier of this kind; its value is its text in lower case.
fn found(text: &str, range: Range<usize>, kind: IdentifierKind) -> IdentifierMatch {
    IdentifierMatch { value: text[range.clone()].to_lowercase(), range, kind }
}

/// A range without the marks that end a sentence.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let kept = text[range.clone()].trim_end_matches(['.', '!', '?', '\'', '*', '_', ':', '-', '&', '…']);
    range.start..range.start + kept.len()
}

fn is_letter_without_blanks(c: char) -> bool {
    matches!(Script::of(c), Script::Joined | Script::Hangul)
}

fn emails(text: &str, out: &mut Vec<IdentifierMatch>) {
    if text.contains('@') {
        out.extend(text.match_indices('@').filter_map(|(at, _)| email_at(text, at)));
        out.extend(EMAIL_SPACED.find_iter(text).map(|hit| found(text, hit.range(), IdentifierKind::Email)));
    }
    let lower = text.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let dotted = lower.contains('.');
    let bracketed = lower.contains(['(', '[', '{', '<']) || has(&["-at-", "_at_"]);
    for (pattern, possible) in [
        (&EMAIL_IN_WORDS, has(&["dot", "(.)", "[.]", "punkt", "punto", "point", "ponto", "kropka"])),
        (&EMAIL_AT_IN_BRACKETS, dotted && bracketed),
        (&EMAIL_AT_PROVIDER, dotted && has(&[" at "])),
    ] {
        if possible {
            let hits = pattern.find_iter(text).map(|hit| found(text, hit.range(), IdentifierKind::Email));
            out.extend(hits);
        }
    }
}

/// The address around an `@`: letters of the script that stands beside the sign, whatever comes before or after.
fn email_at(text: &str, at: usize) -> Option<IdentifierMatch> {
    let (before, after) = (&text[..at], &text[at + 1..]);
    let is_local = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    let is_domain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-');
    let ascii = before.ends_with(|c: char| c.is_ascii());
    let local: usize = before
        .chars()
        .rev()
        .take_while(|c| is_local(*c) && (!ascii || c.is_ascii()))
        .map(char::len_utf8)
        .sum();
    let ascii = after.starts_with(|c: char| c.is_ascii());
    let domain: usize =
        after.chars().take_while(|c| is_domain(*c) && (!ascii || c.is_ascii())).map(char::len_utf8).sum();
    let domain = after[..domain].trim_end_matches(['.', '-']).len();
    let name = &after[..domain];
    let is_address = name.contains('.') || name.eq_ignore_ascii_case("localhost");
    let blank = before[at - local..].trim_matches(['.', '-', '_']).is_empty();
    (local > 0 && !blank && is_address)
        .then(|| found(text, at - local..at + 1 + domain, IdentifierKind::Email))
}

fn urls(text: &str, out: &mut Vec<IdentifierMatch>) {
    if text.contains(" dot ") {
        out.extend(URL_IN_WORDS.find_iter(text).map(|hit| found(text, hit.range(), IdentifierKind::Url)));
    }
    if !text.contains('.') && !text.contains("://") {
        return;
    }
    for pattern in [&URL, &URL_BARE, &URL_PATH] {
        for hit in pattern.find_iter(text) {
            let range = trimmed(text, without_neighbours(text, hit.range()));
            // The domain of an e-mail address belongs to the address.
            if !text[..range.start].ends_with('@') && !text[range.end..].starts_with('@') {
                let mut url = found(text, range, IdentifierKind::Url);
                url.value.truncate(url.value.trim_end_matches('/').len());
                out.push(url);
            }
        }
    }
}

/// An address in Latin letters ends where letters of a script without blanks begin.
fn without_neighbours(text: &str, range: Range<usize>) -> Range<usize> {
    let address = &text[range.clone()];
    let host = address.split_once("://").map_or(address, |(_, host)| host);
    if host.chars().next().is_none_or(is_letter_without_blanks) {
        return range;
    }
    let end = address.find(is_letter_without_blanks).unwrap_or(address.len());
    range.start..range.start + end
}

fn ips(text: &str, out: &mut Vec<IdentifierMatch>) {
    if text.contains('.') {
        for hit in IPV4.find_iter(text).filter(|hit| !is_part_of_row(text, &hit.range())) {
            let address = hit.as_str().split(':').next().unwrap_or_default();
            if address.parse::<Ipv4Addr>().is_ok() || padded(address) {
                out.push(found(text, hit.range(), IdentifierKind::Ip));
            }
        }
    }
    if text.contains(':') {
        for hit in IPV6.find_iter(text) {
            out.extend(ipv6(text, trimmed(text, hit.range())));
        }
    }
}

/// Four numbers that would be octets but for zeros before them.
fn padded(address: &str) -> bool {
    address.split('.').all(|octet| octet.parse::<u8>().is_ok())
}

/// True when figures go on before or after.
fn is_part_of_row(text: &str, range: &Range<usize>) -> bool {
    let is_digit = |c: char| c.is_ascii_digit();
    let (before, after) = (&text[..range.start], &text[range.end..]);
    let longer =
        after.strip_prefix('.').is_some_and(|rest| rest.starts_with(is_digit)) || after.starts_with(is_digit);
    before.ends_with(is_digit)
        || before.strip_suffix('.').is_some_and(|rest| rest.ends_with(is_digit))
        || longer
}

fn ipv6(text: &str, mut range: Range<usize>) -> Option<IdentifierMatch> {
    // A colon after a word is no part of the address.
    if text[range.clone()].starts_with(':') && !text[range.clone()].starts_with("::") {
        range.start += 1;
    }
    let letter = |c: char| c.is_ascii_alphanumeric();
    if text[..range.start].ends_with(letter) || text[range.end..].starts_with(letter) {
        return None;
    }
    let written = text.get(range.clone())?;
    let address =
        written.parse::<Ipv6Addr>().ok().filter(|_| written.contains(|c: char| c.is_ascii_hexdigit()))?;
    Some(IdentifierMatch { range, kind: IdentifierKind::Ip, value: address.to_string() })
}
