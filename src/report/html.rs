//! Owns `report.html` and `operations.html`: one file each, without a single request to anywhere, the same bytes for
//! the same findings.
//!
//! All text goes through an escaping template; transcripts are rendered source by source, so that a large run never
//! stands in memory twice. A content-security policy with a nonce forbids every script but ours and every request.

mod agreement;
mod chart;
mod ethics;
mod flags;
mod method;
mod more;
mod operations;
mod outcomes;
mod overview;
mod probe;
mod scores;
mod segments;
mod sheet;
#[cfg(test)]
mod tests;
mod transcript;
mod turns;

use std::io::Write;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};

use crate::analysis::Findings;
use crate::domain::{Assessment, Digest, Flag, Rating, Session};

use super::ReportError;

pub use operations::operations;
pub use probe::probe;

/// Where the report points to: files beside it, never another host.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Links {
    /// The run's name.
    pub run: String,
    /// The page of operational figures.
    pub operations: String,
    /// The tidy table.
    pub estimates: String,
    /// The findings.
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

const STYLE: &str = include_str!("assets/style.css");
const SCRIPT: &str = include_str!("assets/script.js");

/// What the report of a run shows.
#[derive(Debug, Clone, Copy)]
pub struct Content<'c> {
    /// What was found.
    pub findings: &'c Findings,
    /// Every session, reconstructed ones too.
    pub sessions: &'c [Session],
    /// Every rating, with its evidence.
    pub ratings: &'c [Rating],
    /// Every flag.
    pub flags: &'c [Flag],
    /// What judges said of ethics risks.
    pub assessments: &'c [Assessment],
}

/// Writes the report of a run for people: what was found, the figures behind it, and every transcript.
///
/// # Errors
/// A template refuses its values, which is a fault of this program; or `out` takes no more.
///
/// # Panics
/// Never: the template names its transcripts once.
pub fn write(content: &Content<'_>, links: &Links, out: &mut dyn Write) -> Result<(), ReportError> {
    let Content { findings, sessions, assessments, .. } = *content;
    let env = environment()?;
    let nonce = nonce(findings, sessions);
    // Where the transcripts go: no text can hold it, as none knows the nonce.
    let place = format!("transcripts-{nonce}");
    let page = context! {
        style => STYLE,
        script => SCRIPT,
        nonce => nonce,
        links => value(links),
        rubric => value(&findings.rubric),
        notes => value(&findings.notes),
        overview => value(&overview::overview(findings)),
        scores => value(&scores::scores(findings)),
        agreement => value(&agreement::agreement(findings)),
        flags => value(&flags::flags(findings)),
        ethics => value(&ethics::ethics(findings, assessments, &transcript::anchors(content))),
        outcomes => value(&outcomes::outcomes(findings)),
        method => value(&method::method(findings)),
        more => value(&more::more(findings)),
        transcripts => &place,
        facts => findings.grounding.is_some(),
        sources => findings.counts.sources,
    };
    let page = env.get_template("report.html")?.render(page)?;
    let (before, after) = page.split_once(&place).expect("the template names its transcripts once");
    out.write_all(before.as_bytes())?;
    transcript::write(&env, content, out)?;
    out.write_all(after.as_bytes())?;
    Ok(())
}

/// What a template sees.
fn value(view: &impl serde::Serialize) -> Value {
    Value::from(Serde(view))
}

/// Nothing that a transcript says can know this word, because it depends on all transcripts.
fn nonce(findings: &Findings, sessions: &[Session]) -> String {
    let mut texts: Vec<String> = sessions.iter().map(|session| session.text_digest().hex()).collect();
    texts.sort_unstable();
    Digest::of_value(&(&findings.description, &findings.headline, texts)).hex()[..32].to_owned()
}

/// The templates, escaping, strict about names.
fn environment() -> Result<Environment<'static>, ReportError> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    for (name, text) in [
        ("parts.html", include_str!("assets/parts.html")),
        ("overview.html", include_str!("assets/overview.html")),
        ("results.html", include_str!("assets/results.html")),
        ("method.html", include_str!("assets/method.html")),
        ("source.html", include_str!("assets/source.html")),
        ("report.html", include_str!("assets/report.html")),
        ("operations.html", include_str!("assets/operations.html")),
        ("probe.html", include_str!("assets/probe.html")),
    ] {
        env.add_template(name, text)?;
    }
    Ok(env)
}
