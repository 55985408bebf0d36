//! Ids that look alike: the same but for blanks, letter case, Unicode form, characters that do not show, and the ways in
//! which programs write whole numbers. Ids are compared as written, so that two spellings of one are two.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;

use super::problem::{Problem, name};

/// Spellings of one id, each with the line it is first on.
pub(super) type Spellings<'i> = Vec<(&'i str, usize)>;

/// The groups of ids that look alike, in the order of their first lines.
pub(super) fn groups<'i>(ids: impl IntoIterator<Item = (&'i str, usize)>) -> Vec<Spellings<'i>> {
    let mut by_form: BTreeMap<String, Spellings<'i>> = BTreeMap::new();
    for (id, line) in ids {
        let spellings = by_form.entry(form(id)).or_default();
        if !spellings.iter().any(|(known, _)| *known == id) {
            spellings.push((id, line));
        }
    }
    let mut found: Vec<Spellings<'i>> = by_form.into_values().filter(|group| group.len() > 1).collect();
    for group in &mut found {
        group.sort_by_key(|(_, line)| *line);
    }
    found.sort_by_key(|group| group[0].1);
    found
}

/// The one among known ids that looks like this one and is written otherwise.
pub(super) fn nearest<'k>(id: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let wanted = form(id);
    known.into_iter().find(|known| *known != id && form(known) == wanted)
}

/// One problem for all ids of a column that look alike; `remedy` says how two spellings become one.
pub(super) fn problem<'i>(
    path: &str,
    what: &str,
    ids: impl IntoIterator<Item = (&'i str, usize)>,
    remedy: &str,
) -> Option<Problem> {
    const SHOWN: usize = 5;
    let found = groups(ids);
    let first = found.first()?;
    let said: Vec<String> = found.iter().take(SHOWN).map(|group| spelt(group)).collect();
    let more = match found.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!(
        "{what} ids look alike and are not the same; they differ only by blanks, letter case, Unicode form or the writing of \
         a number: {}{more}",
        said.join("; ")
    );
    let line = first[1].1;
    let problem = if line == 0 { Problem::of(path, message) } else { Problem::at(path, line, message) };
    Some(problem.hint(remedy.replace("FROM", first[1].0).replace("TO", first[0].0.trim())))
}

fn spelt(group: &[(&str, usize)]) -> String {
    let folded: Vec<String> = group.iter().map(|(id, _)| id.nfc().collect()).collect();
    let spelling = |(index, (id, line)): (usize, &(&str, usize))| {
        // Two that print the same are told apart by their code points.
        let same = folded.iter().filter(|other| **other == folded[index]).count() > 1;
        let shown = if same || id.chars().any(hidden) { escaped(id) } else { name(id) };
        if *line == 0 { shown } else { format!("{shown} (line {line})") }
    };
    group.iter().enumerate().map(spelling).collect::<Vec<String>>().join(" and ")
}

/// An id in quotes with code points for what is not ASCII.
fn escaped(id: &str) -> String {
    let each = |c: char| if c.is_ascii() { c.to_string() } else { c.escape_unicode().to_string() };
    format!("\"{}\"", id.chars().map(each).collect::<String>())
}

/// Characters that do not show.
fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// What looks alike has the same form.
fn form(id: &str) -> String {
    let folded: String = id
        .nfkc()
        .flat_map(char::to_lowercase)
        .nfkc()
        .filter(|c| !c.is_whitespace() && !hidden(*c))
        .map(|c| if matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}') { '-' } else { c })
        .collect();
    let number = folded.split_once('.').map_or(Some(folded.as_str()), |(whole, zeros)| {
        (!zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0')).then_some(whole)
    });
    match number.filter(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())) {
        Some(digits) => {
            let significant = digits.trim_start_matches('0');
            if significant.is_empty() { "0".to_owned() } else { significant.to_owned() }
        }
        None => folded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_look_alike_is_found() {
        for (a, b) in [
            ("s1", "s1 "),
            ("s1", " s1"),
            ("S5", "s5"),
            ("M\u{fc}ller", "Mu\u{308}ller"),
            ("s1", "s1\u{200b}"),
            ("s1", "\u{feff}s1"),
            ("s 1", "s\u{a0}1"),
            ("1", "1.0"),
            ("1", "01"),
            ("\u{ff33}1", "s1"),
            ("a-1", "a\u{2013}1"),
        ] {
            assert_eq!(groups([(a, 2), (b, 3)]), [vec![(a, 2), (b, 3)]], "{a:?} {b:?}");
            assert_eq!(nearest(a, ["x", b]), Some(b));
        }
    }

    #[test]
    fn other_ids_are_left_alone() {
        let ids = ["s1", "s2", "s11", "1", "10", "1.1", "1.10", "v1", "402e12", "40200", "a", "\u{e4}"];
        assert_eq!(groups(ids.into_iter().zip(1..)), Vec::<Spellings<'_>>::new());
    }

    #[test]
    fn the_problem_names_pairs_and_first_lines() {
        let found =
            problem("r.csv", "unit", [("s1", 2), ("s1 ", 5), ("ü", 3), ("u\u{308}", 9)], "rename FROM to TO");
        let found = found.expect("two pairs");
        assert_eq!(found.line, Some(5));
        assert!(
            found.message.ends_with(
                "\"s1\" (line 2) and \"s1 \" (line 5); \"\\u{fc}\" (line 3) and \"u\\u{308}\" (line 9)"
            ),
            "{}",
            found.message
        );
        assert_eq!(found.hint.as_deref(), Some("rename s1  to s1"));
        assert_eq!(problem("r.csv", "unit", [("a", 1), ("b", 2)], ""), None);
    }
}
