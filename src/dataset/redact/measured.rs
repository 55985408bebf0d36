//! Recall and precision of redaction on written lines: two halves of the same kinds, separated before the rules were
//! written. Rules are tuned on one; the figures that are asserted are those of the other.

use std::{collections::BTreeMap, fmt::Write as _};

use super::*;

const TUNING: &str = include_str!("../../../tests/fixtures/redaction/tuning.tsv");
const MEASURING: &str = include_str!("../../../tests/fixtures/redaction/measuring.tsv");

/// A line of the material: the text, and which bytes of it have to go.
struct Line<'m> {
    kind: &'m str,
    language: &'m str,
    text: String,
    identifiers: Vec<Range<usize>>,
}

fn names(material: &str) -> Vec<String> {
    material.lines().next().unwrap_or_default().split('\t').skip(1).map(str::to_owned).collect()
}

fn lines(material: &str) -> impl Iterator<Item = Line<'_>> {
    material.lines().skip(1).map(|line| {
        let mut cells = line.splitn(3, '\t');
        let (kind, language) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        let marked = cells.next().unwrap_or_default().replace("\\n", "\n");
        let (mut text, mut identifiers, mut start) = (String::new(), Vec::new(), 0);
        for c in marked.chars() {
            match c {
                '⟦' => start = text.len(),
                '⟧' => identifiers.push(start..text.len()),
                c => text.push(c),
            }
        }
        Line { kind, language, text, identifiers }
    })
}

/// How many of how many identifiers are gone, letter and digit by letter and digit.
#[derive(Default, Clone, Copy)]
struct Share {
    gone: usize,
    all: usize,
}

impl Share {
    fn value(self) -> f64 {
        self.gone as f64 / self.all.max(1) as f64
    }
}

#[derive(Default)]
struct Measured {
    shares: BTreeMap<(String, String), Share>,
    missed: Vec<String>,
    everyday: usize,
    harmed: Vec<String>,
}

impl Measured {
    fn of(material: &str) -> Self {
        let mut measured = Self::default();
        let spec = Redaction { kinds: IdentifierKind::ALL.to_vec(), names: names(material), ids: Vec::new() };
        let mut redactors: BTreeMap<String, Redactor> = BTreeMap::new();
        for line in lines(material) {
            let redactor = redactors
                .entry(line.language.to_owned())
                .or_insert_with(|| Redactor::new(&spec).expect("no pattern"));
            let found = redactor.identifiers(&line.text);
            if line.identifiers.is_empty() {
                measured.everyday += 1;
                if let Some(first) = found.first() {
                    measured.harmed.push(format!("{}\t{}", &line.text[first.range.clone()], line.text));
                }
                continue;
            }
            for identifier in &line.identifiers {
                let gone = line.text[identifier.clone()].char_indices().all(|(at, c)| {
                    let at = identifier.start + at;
                    !c.is_alphanumeric() || found.iter().any(|found| found.range.contains(&at))
                });
                let key = (line.kind.to_owned(), line.language.to_owned());
                let share = measured.shares.entry(key).or_default();
                share.all += 1;
                share.gone += usize::from(gone);
                if !gone {
                    measured.missed.push(format!("{}\t{}\t{}", line.kind, line.language, line.text));
                }
            }
        }
        measured
    }

    fn by(&self, part: impl Fn(&(String, String)) -> String) -> BTreeMap<String, Share> {
        let mut shares: BTreeMap<String, Share> = BTreeMap::new();
        for (key, share) in &self.shares {
            let sum = shares.entry(part(key)).or_default();
            sum.gone += share.gone;
            sum.all += share.all;
        }
        shares
    }

    fn table(&self) -> String {
        let mut out = String::new();
        for (name, shares) in [
            ("kind", self.by(|(kind, _)| kind.clone())),
            ("language", self.by(|(_, language)| language.clone())),
        ] {
            for (of, Share { gone, all }) in shares {
                writeln!(out, "{name} {of}: {gone} of {all}").expect("a text takes every write");
            }
        }
        writeln!(out, "everyday lines harmed: {} of {}", self.harmed.len(), self.everyday)
            .expect("a text takes every write");
        out
    }
}

#[test]
fn tuning_half() {
    let measured = Measured::of(TUNING);
    println!("{}\n{}\n--\n{}", measured.table(), measured.missed.join("\n"), measured.harmed.join("\n"));
    assert!(measured.everyday >= 400);
}

#[test]
fn measuring_half() {
    let measured = Measured::of(MEASURING);
    println!("{}", measured.table());
    assert!(measured.by(|_| String::new()).values().all(|share| share.value() > 0.5));
}
