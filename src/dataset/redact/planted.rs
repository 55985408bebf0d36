//! Recall and precision of the finders on identifiers planted by a seeded generator, 500 of each kind, among sentences
//! that hold numbers, prices, scores, times and abbreviations which are none.

use std::fmt::Write as _;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::domain::IdentifierKind;

/// Planted of each kind.
const PLANTED: usize = 500;
/// Least share of planted identifiers of which nothing is left.
const RECALL: f64 = 0.99;
/// Least share of what is replaced that overlaps something planted.
const PRECISION: f64 = 0.98;

/// Makes one identifier of a kind.
type Generator = fn(&mut ChaCha8Rng) -> String;

/// Sentences around an identifier.
const AROUND: &[(&str, &str)] = &[
    ("you can reach me at ", " if that helps"),
    ("", ""),
    ("It is ", ". I felt ashamed afterwards."),
    ("my boss wrote down ", ", then laughed"),
    ("(", ")"),
    ("ok so:\n", "\nthat's all of it"),
    ("\"", "\" is what it said"),
    ("please delete ", "!"),
    ("was it ", "? I am not sure"),
    ("he kept texting from ", " at 3:30am, 5 nights in a row"),
    // Neighbours that are no part of it.
    ("it's:", ","),
    ("look \u{ff1a}", "\u{3002}"),
    ("x =", ";"),
    ("\u{662f}", "\u{5427}"),
    ("\u{306f}", "\u{3067}\u{3059}"),
    ("\u{201c}", "\u{201d}"),
    ("[", "]"),
    ("\u{200e}", "\u{200e}"),
];

/// Hyphens and blanks as keyboards, spreadsheets and word processors write them.
const HYPHENS: &[char] = &['-', '\u{2010}', '\u{2011}', '\u{2013}', '\u{2014}', '\u{2212}', '\u{ff0d}'];
const BLANKS: &[char] = &[' ', '\u{a0}', '\u{202f}', '\u{2009}', '\u{3000}'];
/// Zeros of other scripts.
const ZEROS: &[char] = &['\u{ff10}', '\u{660}', '\u{6f0}', '\u{966}', '\u{e50}'];

/// The same identifier with other hyphens, blanks and, one time in four, digits of another script.
fn varied(random: &mut ChaCha8Rng, planted: &str) -> String {
    let zero = if random.random_range(0..4) == 0 { *pick(random, ZEROS) } else { '0' };
    let (hyphen, blank) = (*pick(random, HYPHENS), *pick(random, BLANKS));
    let vary = |c: char| match c {
        '-' => hyphen,
        ' ' => blank,
        '0'..='9' => char::from_u32(u32::from(zero) + u32::from(c) - u32::from('0')).expect("a digit"),
        c => c,
    };
    planted.chars().map(vary).collect()
}

/// Sentences without an identifier, though some look like it.
const INNOCENT: &[&str] = &[
    "I slept 4 hours and woke at 3:45, then again at 5:10.",
    "On a scale of 1-10 it was a 7, maybe 8/10 on bad days.",
    "The rent is $1,250 and I have 300 left, that is 24%.",
    "I lost 12.5 kg in 2019-2020, after 1998 nothing was the same.",
    "He said e.g. that I am lazy, i.e. worthless...and/or stupid.",
    "I take 50mg in the morning and 1500mg of the other, 2x a day.",
    "It cost 1 000 000 in the end, or 2.000.000 with interest.",
    "We argued 24/7, 365 days, since the 1990s.",
    "I'm in year 11, room 204, with 30 other people.",
    "She owes me 5000000, that is 5 million.",
    "I may 4 times a week, or 5, I don't count.Then I stop.",
    "I got 3/4 of the way there, 10-12 steps, 90 minutes.",
    "My 20-year-old brother and the 10-12-year-olds next door.",
    "It was version 2.1 of me, at 0.3333333 of my strength.",
    "The bus is the 42, or the 7:15 one, platform 9.",
    "I scored 1600 on it in 2021, top 5.",
];

fn pick<'a, T>(random: &mut ChaCha8Rng, from: &'a [T]) -> &'a T {
    &from[random.random_range(0..from.len())]
}

fn digits(random: &mut ChaCha8Rng, n: usize) -> String {
    (0..n).map(|_| char::from(b'0' + random.random_range(0..10_u8))).collect()
}

/// Digits that start with none of 0 and 1.
fn block(random: &mut ChaCha8Rng, n: usize) -> String {
    format!("{}{}", random.random_range(2..10), digits(random, n - 1))
}

fn letters(random: &mut ChaCha8Rng, n: usize) -> String {
    (0..n).map(|_| char::from(b'a' + random.random_range(0..26_u8))).collect()
}

fn email(random: &mut ChaCha8Rng) -> String {
    let (a, b) = (random.random_range(2..9), random.random_range(3..10));
    let (local, domain) = (letters(random, a), letters(random, b));
    let number = digits(random, 2);
    let end = *pick(random, &["com", "org", "co.uk", "de", "edu", "me", "it", "museum"]);
    match random.random_range(0..7) {
        0 => format!("{local}.{domain}@{domain}.{end}"),
        1 => format!("{local}{number}@{domain}.{end}"),
        2 => format!("{local}+x_{number}@mail.{domain}.{end}"),
        3 => format!("{}@{domain}.{}", local.to_uppercase(), end.to_uppercase()),
        4 => format!("j\u{fc}rgen.{local}@{domain}.{end}"),
        5 => format!("{local} (at) {domain} (dot) com"),
        _ => format!("{local}@{domain}.{end}"),
    }
}

fn phone(random: &mut ChaCha8Rng) -> String {
    let (a, b, c) = (block(random, 3), block(random, 3), digits(random, 4));
    match random.random_range(0..9) {
        0 => format!("({a}) {b}-{c}"),
        1 => format!("{a}-{b}-{c}"),
        2 => format!("{a}.{b}.{c}"),
        3 => format!("+1 {a} {b} {c}"),
        4 => format!("+44 20 {} {}", block(random, 4), block(random, 4)),
        5 => format!(
            "0{} {} {} {} {}",
            random.random_range(1..8),
            digits(random, 2),
            digits(random, 2),
            digits(random, 2),
            digits(random, 2)
        ),
        6 => format!("{a}{b}{c}"),
        7 => format!("1-{a}-{b}-{c} ext. {}", digits(random, 3)),
        _ => format!("{b}-{c}"),
    }
}

fn url(random: &mut ChaCha8Rng) -> String {
    let (a, b, c) = (letters(random, 7), letters(random, 5), digits(random, 3));
    match random.random_range(0..6) {
        0 => format!("https://www.{a}.com/{b}/{c}"),
        1 => format!("http://{a}.{b}.org/?id={c}&q={b}#x"),
        2 => format!("www.{a}.net"),
        3 => format!("{a}.com/{b}-{c}"),
        4 => format!("https://{a}.io"),
        _ => format!("{a}.co.uk"),
    }
}

fn ip(random: &mut ChaCha8Rng) -> String {
    let octet = |random: &mut ChaCha8Rng| random.random_range(1..255_u8);
    let group = |random: &mut ChaCha8Rng| format!("{:x}", random.random_range(1..0xffff_u32));
    match random.random_range(0..4) {
        0 => (0..8).map(|_| group(random)).collect::<Vec<_>>().join(":"),
        1 => format!("2001:db8::{}", group(random)),
        _ => (0..4).map(|_| octet(random).to_string()).collect::<Vec<_>>().join("."),
    }
}

fn id(random: &mut ChaCha8Rng) -> String {
    match random.random_range(0..8) {
        0 => format!("{}-{}-{}", block(random, 3), digits(random, 2), digits(random, 4)),
        1 => format!("MRN {}", block(random, 6)),
        2 => format!("{}{}", letters(random, 2).to_uppercase(), block(random, 7)),
        3 => format!(
            "DE{} {} {} {} {} {}",
            block(random, 2),
            digits(random, 4),
            digits(random, 4),
            digits(random, 4),
            digits(random, 4),
            digits(random, 2)
        ),
        4 => format!("case number: {}-{}", letters(random, 1).to_uppercase(), block(random, 5)),
        5 => {
            format!("4{} {} {} {}", digits(random, 3), block(random, 4), digits(random, 4), digits(random, 4))
        }
        6 => format!("@{}_{}", letters(random, 6), digits(random, 2)),
        _ => format!(
            "{}-{}-4{}-a{}-{}",
            hex(random, 8),
            hex(random, 4),
            hex(random, 3),
            hex(random, 3),
            hex(random, 12)
        ),
    }
}

/// Hexadecimal digits with at least three decimal ones where there is room.
fn hex(random: &mut ChaCha8Rng, n: usize) -> String {
    let free = n.saturating_sub(3);
    let any: String =
        (0..free).map(|_| char::from_digit(random.random_range(0..16), 16).expect("a digit")).collect();
    format!("{}{any}", digits(random, n - free))
}

/// A turn with a planted identifier, and where it stands.
fn turn(random: &mut ChaCha8Rng, planted: &str) -> (String, Range<usize>) {
    let (before, after) = *pick(random, AROUND);
    let lead = *pick(random, INNOCENT);
    let text = format!("{lead} {before}{planted}{after} {}", pick(random, INNOCENT));
    let start = lead.len() + 1 + before.len();
    (text, start..start + planted.len())
}

/// Recall of planted identifiers and precision of what was replaced.
fn measured(generate: Generator, varies: bool, seed: u64) -> (f64, f64, Vec<String>) {
    let spec = Redaction { kinds: IdentifierKind::ALL.to_vec(), names: Vec::new(), ids: Vec::new() };
    let mut redactor = Redactor::new(&spec, "en").expect("no pattern");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (mut gone, mut right, mut all, mut missed) = (0_usize, 0_usize, 0_usize, Vec::new());
    for _ in 0..PLANTED {
        let planted = generate(&mut random);
        let planted = if varies { varied(&mut random, &planted) } else { planted };
        let (text, range) = turn(&mut random, &planted);
        let found = redactor.identifiers(&text);
        all += found.len();
        right += found.iter().filter(|f| f.range.start < range.end && range.start < f.range.end).count();
        // What names the code ("MRN", "case number:") may stay; letters and digits of the code may not.
        let code = planted
            .rsplit_once(char::is_whitespace)
            .filter(|(word, _)| word.starts_with(char::is_alphabetic));
        let code = code
            .filter(|(word, _)| *word == "MRN" || word.ends_with("number:"))
            .map_or(planted.as_str(), |(_, code)| code);
        let clean = redactor.apply(&text);
        let pieces = code.split(|c: char| !c.is_alphanumeric()).filter(|piece| piece.len() > 3);
        let left = pieces
            .filter(|piece| clean.contains(piece) && !INNOCENT.iter().any(|line| line.contains(piece)))
            .count();
        let covered =
            found.iter().any(|f| f.range.start <= range.end - code.len() && f.range.end >= range.end);
        if left == 0 && covered { gone += 1 } else { missed.push(planted) }
    }
    (gone as f64 / PLANTED as f64, right as f64 / all.max(1) as f64, missed)
}

#[test]
fn planted_identifiers_are_found_and_innocent_numbers_stay() {
    let kinds: [(&str, Generator); 5] =
        [("email", email), ("phone", phone), ("url", url), ("ip", ip), ("id", id)];
    let mut table = String::new();
    for (seed, (kind, generate)) in (1..).zip(kinds) {
        let (recall, precision, missed) = measured(generate, ["phone", "id"].contains(&kind), seed);
        writeln!(table, "{kind}: recall {recall:.3}, precision {precision:.3}")
            .expect("a text takes every write");
        assert!(recall >= RECALL, "{kind}: recall {recall}, missed {missed:?}");
        assert!(precision >= PRECISION, "{kind}: precision {precision}");
    }
    insta::assert_snapshot!(table, @"
        email: recall 1.000, precision 1.000
        phone: recall 1.000, precision 1.000
        url: recall 1.000, precision 1.000
        ip: recall 1.000, precision 1.000
        id: recall 1.000, precision 1.000
        ");
}

#[test]
fn nothing_is_found_where_nothing_is() {
    let spec = Redaction { kinds: IdentifierKind::ALL.to_vec(), names: Vec::new(), ids: Vec::new() };
    let redactor = Redactor::new(&spec, "en").expect("no pattern");
    for line in INNOCENT {
        let found: Vec<&str> = redactor.identifiers(line).iter().map(|f| &line[f.range.clone()]).collect();
        assert_eq!(found, [""; 0], "{line}");
    }
}
