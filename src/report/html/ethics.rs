//! The section on ethics risks: shares by arm, risks without a figure, and what judges call present, with quotes.

use std::collections::HashMap;

use serde::Serialize;

use crate::analysis::findings::{EthicsFindings, Findings, PresentRisk};
use crate::domain::{Assessment, Speaker, TextSource};
use crate::report::tables::{PlacedTable, drawn, severity, status};

use crate::report::html::page::ShownTable;

/// The whole section.
#[derive(Debug, Serialize)]
pub(super) struct Ethics<'f> {
    wording: &'f str,
    instrument: &'f str,
    version: &'f str,
    text_source: &'static str,
    citation: &'f str,
    tables: Vec<ShownTable<'f>>,
    cautions: Vec<(&'f str, &'f str)>,
    seen: Vec<PresentRiskView<'f>>,
}

/// One session in which a judge calls a risk present.
#[derive(Debug, Serialize)]
struct PresentRiskView<'f> {
    risk: &'f str,
    session: &'f str,
    arm: &'f str,
    judge: &'f str,
    severity: &'static str,
    /// Counts of several answers; empty if there was one.
    draws: String,
    status: &'static str,
    reasoning: &'f str,
    quotes: Vec<QuoteView<'f>>,
}

#[derive(Debug, Serialize)]
struct QuoteView<'f> {
    turn: u32,
    speaker: &'static str,
    text: &'f str,
    note: &'f str,
    /// Link to the turn; empty if the report has no transcript of the session.
    address: String,
}

/// Builds the section; `None` if no judge was asked.
pub(super) fn ethics<'f>(
    findings: &'f Findings,
    assessments: &'f [Assessment],
    addresses: &HashMap<&str, String>,
    placed: &[&'f PlacedTable],
) -> Option<Ethics<'f>> {
    let found = findings.ethics.as_ref()?;
    let by_key: HashMap<(&str, &str, &str), &Assessment> = assessments
        .iter()
        .map(|one| ((one.session.as_str(), one.risk.as_str(), one.judge.as_str()), one))
        .collect();
    Some(Ethics {
        wording: &found.wording,
        instrument: &found.instrument,
        version: &found.version,
        text_source: match found.text_source {
            TextSource::Paraphrase => "definitions in our own words, checked by no clinician",
            TextSource::UserSupplied => "definitions supplied by the user",
        },
        citation: &found.citation,
        tables: placed.iter().map(|one| (*one).into()).collect(),
        cautions: found
            .risks
            .iter()
            .filter_map(|risk| Some((risk.name.as_str(), risk.caution.as_deref()?)))
            .collect(),
        seen: found
            .present
            .iter()
            .map(|one| {
                let key = (one.session.as_str(), one.risk.as_str(), one.judge.as_str());
                seen(found, one, by_key.get(&key).copied(), addresses.get(one.session.as_str()))
            })
            .collect(),
    })
}

fn seen<'f>(
    found: &'f EthicsFindings,
    one: &'f PresentRisk,
    said: Option<&'f Assessment>,
    session: Option<&String>,
) -> PresentRiskView<'f> {
    let name = found.risks.iter().find(|risk| risk.id == one.risk).map_or(&one.risk, |risk| &risk.name);
    let quotes = said.iter().flat_map(|said| &said.observations).filter_map(|seen| {
        Some(QuoteView {
            turn: seen.turns.0,
            speaker: match seen.speaker {
                Some(Speaker::Client) => "client",
                Some(Speaker::Counselor) => "counselor",
                None => "speaker not named",
            },
            text: seen.quote.as_deref()?,
            note: &seen.note,
            address: session.map(|session| format!("{session}t{}", seen.turns.0)).unwrap_or_default(),
        })
    });
    PresentRiskView {
        risk: name,
        session: &one.session,
        arm: &one.arm,
        judge: &one.judge,
        severity: severity(one.severity),
        draws: one.draws.map(drawn).unwrap_or_default(),
        status: status(one.status),
        reasoning: said.map_or("", |said| &said.reasoning),
        quotes: quotes.collect(),
    }
}
