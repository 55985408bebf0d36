//! `report.html` with its pages of transcripts, and `operations.html`. They make no request to any host and have the
//! same bytes for the same findings.
//!
//! All text goes through an escaping template. Transcripts are rendered source by source, so that a large run is never
//! in memory twice. A content-security policy with a nonce forbids all scripts but ours and all requests.

mod agreement;
mod chart;
mod ethics;
mod flags;
mod method;
mod operations;
mod overview;
mod page;
mod pages;
mod probe;
mod scores;
mod segments;
#[cfg(test)]
mod tests;
mod transcript;
mod turns;
mod variants;

use std::io::Write;

use minijinja::{Environment, Value, context};

use crate::analysis::Findings;
use crate::domain::{Assessment, Digest, Flag, Rating, Session};

use super::ReportError;
use super::tables::{self, PlacedTable, ReportSection};
use pages::{PageLink, TranscriptPage};
use transcript::Material;

use crate::report::html::page::{STYLE, ShownTable, environment, value};
pub use operations::operations;
pub use pages::{is_page, needs_pages};
pub use probe::probe;

/// Link targets of the report: files beside it, never another host.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Links {
    /// Name of the run.
    pub run: String,
    /// File of the page of operational figures.
    pub operations: String,
    /// File of the tidy table.
    pub estimates: String,
    /// File of the findings.
    pub findings: String,
}

impl Links {
    /// The files of a run directory.
    pub fn of_run(name: &str) -> Self {
        Self {
            run: name.to_owned(),
            operations: "operations.html".to_owned(),
            estimates: "estimates.csv".to_owned(),
            findings: "findings.json".to_owned(),
        }
    }
}

const SCRIPT: &str = include_str!("assets/script.js");

/// What the report of a run shows.
#[derive(Debug, Clone, Copy)]
pub struct ReportContent<'c> {
    /// What was found.
    pub findings: &'c Findings,
    /// Every session, including reconstructed ones.
    pub sessions: &'c [Session],
    /// Every rating, with its evidence.
    pub ratings: &'c [Rating],
    /// Every flag.
    pub flags: &'c [Flag],
    /// Judges' assessments of ethics risks.
    pub assessments: &'c [Assessment],
    /// Reconstructions of counterfactual variants.
    pub varied: &'c [Session],
}

/// The report of a run for people: findings, the figures behind them, and every transcript. Its own page comes first;
/// pages of transcripts follow if one page is not enough.
pub struct Report<'c> {
    content: ReportContent<'c>,
    links: &'c Links,
    env: Environment<'static>,
    nonce: String,
    pages: Vec<TranscriptPage<'c>>,
    material: Material<'c>,
}

impl std::fmt::Debug for Report<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Report")
            .field("links", self.links)
            .field("pages", &self.pages.len())
            .finish_non_exhaustive()
    }
}

/// File of the report's own page.
pub const REPORT_FILE: &str = "report.html";

impl<'c> Report<'c> {
    /// Lays the report out.
    ///
    /// # Errors
    /// A template does not parse, which is a bug of this program.
    pub fn new(content: &ReportContent<'c>, links: &'c Links) -> Result<Self, ReportError> {
        let ReportContent { findings, sessions, ratings, flags, varied, .. } = *content;
        Ok(Self {
            content: *content,
            links,
            env: environment()?,
            nonce: nonce(findings, sessions.iter().chain(varied)),
            pages: pages::pages(findings, sessions, &links.run),
            material: Material::new(findings, ratings, flags),
        })
    }

    /// The files of the pages of transcripts beside the report, in order; empty if it contains them itself.
    pub fn pages(&self) -> Vec<&str> {
        self.pages.iter().filter_map(|page| page.file.as_deref()).collect()
    }

    /// Writes the report's own page.
    ///
    /// # Errors
    /// A template rejects its values, which is a bug of this program, or writing to `out` fails.
    pub fn write(&self, out: &mut dyn Write) -> Result<(), ReportError> {
        let ReportContent { findings, sessions, assessments, varied, .. } = self.content;
        let links: Vec<PageLink<'_>> = self.pages.iter().filter_map(TranscriptPage::link).collect();
        let own = self.pages.iter().find(|page| page.file.is_none());
        let tables = tables::of_run(findings);
        let of = |section: ReportSection| -> Vec<&PlacedTable> {
            tables.iter().filter(|placed| placed.section == section).collect()
        };
        let shown = |section: ReportSection| -> Vec<ShownTable<'_>> {
            of(section).into_iter().map(ShownTable::from).collect()
        };
        let addresses = pages::addresses(&self.pages);
        self.page("report.html", own, out, |place| {
            context! {
                rubric => value(&findings.rubric),
                notes => value(&findings.notes),
                overview => value(&overview::overview(findings)),
                scores => value(&scores::scores(findings, &of(ReportSection::Scores))),
                agreement => value(&agreement::agreement(findings, &of(ReportSection::Agreement))),
                flags => value(&flags::flags(findings, &of(ReportSection::Flags))),
                ethics => value(&ethics::ethics(findings, assessments, &addresses, &of(ReportSection::Ethics))),
                variants => value(&variants::variants(findings, sessions, varied, &of(ReportSection::Variants))),
                coherence => value(&shown(ReportSection::Coherence)),
                outcomes => value(&shown(ReportSection::Outcomes)),
                dynamics_wording => &findings.dynamics.wording,
                method => value(&method::method(findings)),
                sources => findings.counts.sources,
                pages => value(&links),
                ..self.frame(place)
            }
        })
    }

    /// Writes one page of transcripts, by its index in [`Report::pages`].
    ///
    /// # Errors
    /// The same as [`Report::write`].
    pub fn write_page(&self, at: usize, out: &mut dyn Write) -> Result<(), ReportError> {
        let files = self.pages();
        self.page("transcripts.html", self.pages.get(at), out, |place| {
            context! {
                overview => value(&overview::overview(self.content.findings)),
                number => at + 1,
                count => files.len(),
                before => at.checked_sub(1).and_then(|before| files.get(before).copied()),
                next => files.get(at + 1).copied(),
                ..self.frame(place)
            }
        })
    }

    /// Values that every page has.
    fn frame(&self, place: &str) -> Value {
        context! {
            style => STYLE,
            script => SCRIPT,
            nonce => &self.nonce,
            links => value(self.links),
            transcripts => place,
            facts => self.content.findings.grounding.is_some(),
        }
    }

    /// Renders a page around its transcripts, which are written one by one.
    fn page(
        &self,
        template: &str,
        page: Option<&TranscriptPage<'_>>,
        out: &mut dyn Write,
        values: impl FnOnce(&str) -> Value,
    ) -> Result<(), ReportError> {
        // Placeholder for the transcripts; no text can contain it, because no text knows the nonce.
        let place = format!("transcripts-{}", self.nonce);
        let text = self.env.get_template(template)?.render(values(&place))?;
        let (before, after) = text.split_once(&place).unwrap_or((&text, ""));
        out.write_all(before.as_bytes())?;
        if let Some(page) = page {
            transcript::write(&self.env, &self.material, page, out)?;
        }
        out.write_all(after.as_bytes())?;
        Ok(())
    }
}

/// A word that no transcript can contain, because it depends on all transcripts.
fn nonce<'s>(findings: &Findings, sessions: impl Iterator<Item = &'s Session>) -> String {
    let mut texts: Vec<String> = sessions.map(|session| session.text_digest().hex()).collect();
    texts.sort_unstable();
    Digest::of_value(&(&findings.description, &findings.headline, texts)).hex()[..32].to_owned()
}
