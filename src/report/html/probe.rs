//! The page of a probe: what each probe does, what a good result is, what was found, and its tables.

use minijinja::context;
use serde::Serialize;

use crate::analysis::findings::{Sentence, Tone};
use crate::analysis::probe::ProbeFindings;
use crate::domain::{Digest, ProbeKind};
use crate::report::table::Table;
use crate::report::{ReportError, probe as words, tables};

use crate::report::html::page::STYLE;
use crate::report::html::page::environment;
use crate::report::html::page::value;

#[derive(Debug, Serialize)]
struct FindingLine {
    caution: bool,
    text: String,
}

#[derive(Debug, Serialize)]
struct ProbePart {
    id: &'static str,
    title: String,
    meaning: String,
    good: String,
    found: Vec<FindingLine>,
    tables: Vec<Table>,
}

fn lines<'s>(sentences: impl IntoIterator<Item = &'s Sentence>) -> Vec<FindingLine> {
    let line = |sentence: &Sentence| FindingLine {
        caution: sentence.tone == Tone::Caution,
        text: sentence.text.clone(),
    };
    sentences.into_iter().map(line).collect()
}

/// Renders the page.
///
/// # Errors
/// The template rejects its values, which is a bug of this program.
pub fn probe(findings: &ProbeFindings, run: &str) -> Result<String, ReportError> {
    let sections: Vec<ProbePart> = findings
        .sections
        .iter()
        .map(|section| {
            let mut tables = tables::probe(findings, section);
            if section.kind == ProbeKind::Injection {
                tables.push(words::attacks(findings));
            }
            ProbePart {
                id: section.kind.word(),
                title: section.title.clone(),
                meaning: section.meaning.clone(),
                good: section.good.clone(),
                found: lines(&section.found),
                tables,
            }
        })
        .collect();
    let (banners, said): (Vec<&Sentence>, Vec<&Sentence>) =
        findings.headline.iter().partition(|sentence| sentence.tone == Tone::Banner);
    let page = context! {
        style => STYLE,
        nonce => Digest::of_value(&(run, &findings.headline)).hex()[..32].to_owned(),
        run,
        title => words::title(findings),
        banners => value(&lines(banners)),
        said_all => value(&lines(said)),
        limits => value(&words::limits(findings)),
        sections => value(&sections),
        notes => value(&findings.notes),
    };
    Ok(environment()?.get_template("probe.html")?.render(page)?)
}
