//! Owns the section on ethics risks: shares by arm, what gets no figure, and what judges call present with its words.

use std::collections::HashMap;

use serde::Serialize;

use crate::analysis::findings::{EthicsFindings, Findings, PresentRisk, RiskRate};
use crate::domain::{Assessment, Speaker, TextSource};
use crate::report::tables::{severity, status};

use super::sheet::{Cell, Sheet};

/// Everything on ethics risks.
#[derive(Debug, Serialize)]
pub(super) struct Ethics<'f> {
    wording: &'f str,
    instrument: &'f str,
    version: &'f str,
    text_source: &'static str,
    citation: &'f str,
    tables: Vec<Sheet>,
    without_figure: Vec<(&'f str, String)>,
    cautions: Vec<(&'f str, &'f str)>,
    seen: Vec<Seen<'f>>,
}

/// One session in which a judge calls a risk present.
#[derive(Debug, Serialize)]
struct Seen<'f> {
    risk: &'f str,
    session: &'f str,
    arm: &'f str,
    judge: &'f str,
    severity: &'static str,
    status: &'static str,
    reasoning: &'f str,
    quotes: Vec<Quote<'f>>,
}

#[derive(Debug, Serialize)]
struct Quote<'f> {
    turn: u32,
    speaker: &'static str,
    text: &'f str,
    note: &'f str,
}

/// The section; none where nobody was asked.
pub(super) fn ethics<'f>(findings: &'f Findings, assessments: &'f [Assessment]) -> Option<Ethics<'f>> {
    let found = findings.ethics.as_ref()?;
    let by_key: HashMap<(&str, &str, &str), &Assessment> = assessments
        .iter()
        .map(|one| ((one.session.as_str(), one.risk.as_str(), one.judge.as_str()), one))
        .collect();
    let without = found.risks.iter().filter(|risk| !risk.not_assessable.is_empty());
    Some(Ethics {
        wording: &found.wording,
        instrument: &found.instrument,
        version: &found.version,
        text_source: match found.text_source {
            TextSource::Paraphrase => "definitions in our own words, checked by no clinician",
            TextSource::UserSupplied => "definitions supplied by the user",
        },
        citation: &found.citation,
        tables: found.judges.iter().map(|judge| table(findings, found, judge)).collect(),
        without_figure: without.map(|risk| (risk.name.as_str(), risk.without_figure())).collect(),
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
                seen(found, one, by_key.get(&key).copied())
            })
            .collect(),
    })
}

fn table(findings: &Findings, found: &EthicsFindings, judge: &str) -> Sheet {
    let head = ["Risk"].into_iter().chain(findings.arms.iter().map(|arm| arm.label.as_str()));
    let caption =
        format!("Share of sessions in which judge {judge} calls a risk present ({})", found.wording);
    let mut sheet = Sheet::new(caption, head);
    for risk in found.risks.iter().filter(|risk| risk.not_assessable.is_empty()) {
        let mut cells = Vec::new();
        for arm in &findings.arms {
            let own = risk.rates.iter().find(|rate| rate.judge == judge && rate.arm == arm.id);
            cells.push(own.map_or_else(|| Cell::words("not asked"), |rate| cell(&mut sheet, rate)));
        }
        sheet.push(format!("{}: {}", risk.theme, risk.name), cells);
    }
    sheet
}

fn cell(sheet: &mut Sheet, rate: &RiskRate) -> Cell {
    let mut cell = sheet.share(&rate.share);
    if rate.share.value().is_ok() {
        cell = cell.with_small(format!("{} of {}", rate.present, rate.present + rate.absent));
    }
    for (n, what) in
        [(rate.cannot_tell, "cannot tell"), (rate.unusable, "unusable"), (rate.rejected, "rejected")]
    {
        if n > 0 {
            cell = cell.with_small(format!("{n} {what}"));
        }
    }
    cell
}

fn seen<'f>(found: &'f EthicsFindings, one: &'f PresentRisk, said: Option<&'f Assessment>) -> Seen<'f> {
    let name = found.risks.iter().find(|risk| risk.id == one.risk).map_or(&one.risk, |risk| &risk.name);
    let quotes = said.iter().flat_map(|said| &said.observations).filter_map(|seen| {
        Some(Quote {
            turn: seen.turns.0,
            speaker: match seen.speaker {
                Some(Speaker::Client) => "client",
                Some(Speaker::Counselor) => "counselor",
                None => "speaker not named",
            },
            text: seen.quote.as_deref()?,
            note: &seen.note,
        })
    });
    Seen {
        risk: name,
        session: &one.session,
        arm: &one.arm,
        judge: &one.judge,
        severity: severity(one.severity),
        status: status(one.status),
        reasoning: said.map_or("", |said| &said.reasoning),
        quotes: quotes.collect(),
    }
}
