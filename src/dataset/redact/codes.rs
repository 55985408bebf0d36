//! Finds what stands for a person as a code: handles, numbers of accounts, files and cards, addresses of
//! network cards, and words that mix letters with figures.

use std::{ops::Range, sync::LazyLock};

use regex_lite::Regex;

use super::IdentifierMatch;
use crate::dataset::redact::pattern::pattern;
use crate::domain::IdentifierKind;

/// Words before a code.
const LABELS: &str = "mrn|ssn|nhs|iban|id|case|account|acct|policy|passport|licen[cs]e|member(?:ship)?|student|patient|employee|client|file|record|reference|ref|booking|order|tracking|invoice|insurance|ticket|badge|card|serial|registration|\
    aktenzeichen|az|(?:kunden|fall|akten|versicherten|versicherungs|personal|matrikel|konto|steuer|ausweis|mitglieds|rechnungs|auftrags|kunden|patienten|vertrags|sozialversicherungs|bestell|karten|pass|reisepass|telefon|handy)-? ?(?:nummer|nr|id)|konto|kundennr|fallnr|krankenkasse|vertrag|rechnung|ausweis|reisepass|\
    dossier|compte|numero|secu|cpf|dni|nie|nif|rg|cuenta|expediente|pasaporte|pesel|nip|regon|bsn|inn|snils|codice fiscale";
const CJK_LABELS: &str = "学号|工号|病历号|住院号|身份证|身份証|护照|卡号|账号|帐号|账户|编号|订单号|病案号|社保号|番号|번호|학번|паспорт|инн|снилс|номер|дело|полис";
/// Words before a handle without a sign.
const PLATFORMS: &str = "insta(?:gram)?|ig|snap(?:chat)?|discord|telegram|tiktok|twitter|skype|steam|wechat|weixin|whatsapp|kik|reddit|tumblr|username|user ?name|nick(?:name)?|handle|login|benutzername|gamertag|psn|xbox";

macro_rules! patterns {
    ($($name:ident = $text:expr;)*) => {
        $(static $name: LazyLock<Regex> = LazyLock::new(|| pattern($text));)*
    };
}

patterns! {
    ID_NAMED = &format!(r"(?i)(?:\b|_)(?:{LABELS})(?:[ -]+(?:number|numero|nummer|num|no|nr|id|code|card)\b)*(?:[^a-z0-9\n]{{0,3}}(?:is|was|ist|war|lautet|es|est)\b)?[^a-z0-9\n]{{0,4}}((?:(?-i:[A-Z]{{1,3}}) )?[a-z0-9](?:[a-z0-9/_.-]*[a-z0-9])?(?: [0-9]{{2,4}}\b)*)");
    ID_NAMED_CJK = &format!(r"(?i)(?:{CJK_LABELS})[^a-z0-9\n]{{0,6}}([a-z0-9](?:[a-z0-9/_-]*[a-z0-9])?)");
    HANDLE_NAMED = &format!(r#"(?i)(?:\b|_)(?:{PLATFORMS})(?:[ ]+(?:name|handle|id|user|account))?(?:[ ]+(?:is|ist|name is))?[ ]*[:=("'-]{{0,2}}[ ]*([a-z0-9_][a-z0-9_.-]{{2,}}[a-z0-9_])"#);
    REDDIT = r"(?i)\bu/[a-z0-9_-]{3,20}";
    IBAN = r"[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?";
    IBAN_ANY_CASE = r"(?i)[a-z]{2}[0-9]{2}(?:[ -]?[a-z0-9]){11,30}";
    NETWORK_CARD = r"(?i)[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}";
    NETWORK_CARD_DOTS = r"(?i)\b[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}\b";
    INSURANCE_UK = r"\b[A-Z]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[A-D]\b";
    WORD = r"[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*";
}

/// Lengths of account numbers by country, the country included.
const IBAN_LENGTHS: &str = "ad24 ae23 al28 at20 az28 ba20 be16 bg22 bh22 br29 by28 ch21 cr22 cy28 cz24 de22 dk18 do28 ee20 eg29 es24 fi18 fo18 fr27 gb22 ge22 gi23 gl18 gr27 gt28 hr21 hu28 ie22 il23 is26 it27 jo30 kw30 kz20 lb28 li21 lt20 lu20 lv21 mc27 md24 me22 mk19 mr27 mt31 mu30 nl18 no15 pk24 pl28 ps29 pt25 qa29 ro24 rs22 sa24 se24 si19 sk24 sm27 tn24 tr26 ua29 vg24 xk20";

/// A code; its value leaves spaces and dashes out.
pub(super) fn id(text: &str, range: Range<usize>) -> IdentifierMatch {
    let value = text[range.clone()].chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
    IdentifierMatch { value: value.collect(), range, kind: IdentifierKind::Id }
}

/// Finds codes in a folded text.
pub(super) fn find(text: &str, out: &mut Vec<IdentifierMatch>) {
    handles(text, out);
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return;
    }
    for (pattern, possible) in [(&ID_NAMED, true), (&ID_NAMED_CJK, !text.is_ascii())] {
        if !possible {
            continue;
        }
        for hit in pattern.captures_iter(text) {
            let code = hit.get(1).expect("the code");
            if is_named_code(code.as_str()) {
                out.push(id(text, code.range()));
            }
        }
    }
    if digits(text) >= 10 {
        accounts(text, out);
    }
    if text.contains([':', '-', '.']) {
        network_cards(text, out);
    }
    out.extend(INSURANCE_UK.find_iter(text).map(|hit| id(text, hit.range())));
    out.extend(WORD.find_iter(text).filter(|hit| is_code(hit.as_str())).map(|hit| id(text, hit.range())));
}

fn accounts(text: &str, out: &mut Vec<IdentifierMatch>) {
    out.extend(IBAN.find_iter(text).map(|hit| id(text, hit.range())));
    out.extend(IBAN_ANY_CASE.find_iter(text).filter_map(|hit| account(text, hit.range())));
}

fn network_cards(text: &str, out: &mut Vec<IdentifierMatch>) {
    for pattern in [&NETWORK_CARD, &NETWORK_CARD_DOTS] {
        let whole = |range: &Range<usize>| {
            let more = |c: char| c.is_ascii_hexdigit();
            !text[..range.start].ends_with(more) && !text[range.end..].starts_with(more)
        };
        let hits = pattern.find_iter(text).filter(|hit| whole(&hit.range()) && digits(hit.as_str()) > 0);
        out.extend(hits.map(|hit| id(text, hit.range())));
    }
}

/// `@name`, `name#1234`, `u/name`, and a name with figures or marks after the word for a platform.
fn handles(text: &str, out: &mut Vec<IdentifierMatch>) {
    for (at, _) in text.match_indices('@') {
        let part_of_address = text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '.');
        let rest = &text[at + 1..];
        let ascii = rest.starts_with(|c: char| c.is_ascii());
        let is_name = |c: char| (c.is_alphanumeric() || matches!(c, '_' | '.')) && (!ascii || c.is_ascii());
        let length: usize = rest.chars().take_while(|c| is_name(*c)).map(char::len_utf8).sum();
        let name = rest[..length].trim_end_matches('.');
        let long = name.chars().filter(|c| c.is_alphanumeric()).count() >= if ascii { 3 } else { 2 };
        if !part_of_address && long {
            out.push(id(text, at..at + 1 + name.len()));
        }
    }
    for (at, _) in text.match_indices('#') {
        let (before, after) = (&text[..at], &text[at + 1..]);
        let figures = after.bytes().take_while(u8::is_ascii_digit).count();
        let ascii = before.ends_with(|c: char| c.is_ascii());
        let is_name = |c: &char| (c.is_alphanumeric() || matches!(c, '_' | '.')) && (!ascii || c.is_ascii());
        let length: usize = before.chars().rev().take_while(is_name).map(char::len_utf8).sum();
        if (4..=5).contains(&figures) && before[at - length..].chars().count() > 1 {
            out.push(id(text, at - length..at + 1 + figures));
        }
    }
    if text.contains("u/") || text.contains("U/") {
        out.extend(REDDIT.find_iter(text).map(|hit| id(text, hit.range())));
    }
    if !text.contains(['_', '.']) && digits(text) == 0 {
        return;
    }
    for hit in HANDLE_NAMED.captures_iter(text) {
        let name = hit.get(1).expect("the name");
        let written = name.as_str();
        let telling = digits(written) > 0 && written.contains(|c: char| c.is_ascii_alphabetic())
            || written.contains('_')
            || written.trim_end_matches('.').contains('.');
        if telling {
            out.push(id(text, name.range()));
        }
    }
}

/// An account number in any case and spacing, by the length its country has.
fn account(text: &str, range: Range<usize>) -> Option<IdentifierMatch> {
    let country = text[range.start..range.start + 2].to_ascii_lowercase();
    let entry = IBAN_LENGTHS.split(' ').find(|entry| entry.starts_with(&country))?;
    let wanted: usize = entry[2..].parse().ok()?;
    let mut left = wanted;
    let end = text[range.clone()].char_indices().find_map(|(at, c)| {
        left -= usize::from(c.is_ascii_alphanumeric());
        (left == 0).then_some(range.start + at + 1)
    })?;
    let more = |c: char| c.is_ascii_alphanumeric();
    let whole =
        !text[..range.start].ends_with(|c: char| c.is_ascii_alphabetic()) && !text[end..].starts_with(more);
    (whole && digits(&text[range.start..end]) * 2 > wanted).then(|| id(text, range.start..end))
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

fn is_year(text: &str) -> bool {
    text.len() == 4 && (text.starts_with("19") || text.starts_with("20")) && digits(text) == 4
}

/// After "account", "case", "id" and the like: four digits, or three with letters; no year, no decimal.
fn is_named_code(code: &str) -> bool {
    let (length, digits) = (code.len(), digits(code));
    let parts = code.split(['.', '/', '-']);
    let years = parts.clone().all(is_year);
    let amount = code.contains('.')
        && parts.clone().skip(1).all(|part| part.len() <= 3)
        && code.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let spaced = code.contains(' ') && digits < 5;
    !years && !amount && !spaced && (digits >= 4 || digits >= 3 && length > digits) && !is_quantity(code)
}

/// Units that are written after a number without a blank, whatever their case.
const UNITS: &[&str] = &[
    "mg", "ml", "iu", "kg", "km", "cm", "mm", "kcal", "cal", "usd", "eur", "gbp", "gb", "mb", "tb", "kb",
    "hz", "mhz", "ghz", "kwh", "mah", "bpm", "mph", "kmh", "lbs", "ppm", "dpi", "fps",
];

/// Digits and a short unit, or an ordinal: `1500mg`, `1990s`, `1000th`; and times such as `19h30` or `1h15min`.
fn is_quantity(code: &str) -> bool {
    let unit = code.trim_start_matches(|c: char| c.is_ascii_digit());
    let plain = (1..=4).contains(&unit.len()) && unit.bytes().all(|b| b.is_ascii_lowercase());
    let known = UNITS.contains(&unit.to_ascii_lowercase().as_str());
    let times = code.split(|c: char| c.is_ascii_digit()).filter(|part| !part.is_empty());
    let is_time =
        |part: &str| ["h", "min", "m", "s", "sec", "hr", "hrs"].contains(&part.to_ascii_lowercase().as_str());
    let small = code.split(|c: char| !c.is_ascii_digit()).all(|number| number.len() <= 2);
    unit.len() < code.len() && (plain || known || small && times.clone().all(is_time))
}

/// Standing alone: at least six characters, letters and three digits in one part, no quantity and no year.
fn is_code(word: &str) -> bool {
    let letters = word.bytes().any(|b| b.is_ascii_alphabetic());
    let telling = |part: &str| digits(part) >= 3 && !is_year(part) && !is_quantity(part);
    word.len() >= 6 && letters && word.split(['-', '_']).any(telling)
}
