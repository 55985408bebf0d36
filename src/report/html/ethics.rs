//! The section on ethics risks: shares by arm, risks without a figure, and what judges call present, with quotes.

use std::collections::HashMap;

use serde::Serialize;

use crate::analysis::findings::{EthicsFindings, Findings, PresentRisk, RiskContrast, RiskRate};
use crate::analysis::phrase;
use crate::domain::{Assessment, Speaker, TextSource};
use crate::report::number::{p, share, why};
use crate::report::tables::{DIFFERENCES, DRAWS, drawn, points, severity, status};

use super::sheet::{Cell, Sheet};

/// The whole section.
#[derive(Debug, Serialize)]
pub(super) struct Ethics<'f> {
    wording: &'f str,
    instrument: &'f str,
    version: &'f str,
    text_source: &'static str,
    citation: &'f str,
    tables: Vec<Sheet>,
    differences: Vec<Sheet>,
    about_differences: &'static str,
    about_draws: &'static str,
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
    /// Counts of several answers; empty if there was one.
    draws: String,
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
    /// Link to the turn; empty if the report has no transcript of the session.
    address: String,
}

/// Builds the section; `None` if no judge was asked.
pub(super) fn ethics<'f>(
    findings: &'f Findings,
    assessments: &'f [Assessment],
    addresses: &HashMap<&str, String>,
) -> Option<Ethics<'f>> {
    let found = findings.ethics.as_ref()?;
    let by_key: HashMap<(&str, &str, &str), &Assessment> = assessments
        .iter()
        .map(|one| ((one.session.as_str(), one.risk.as_str(), one.judge.as_str()), one))
        .collect();
    let drawn_at_all = found.risks.iter().flat_map(|risk| &risk.rates).any(|rate| rate.draws.is_some());
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
        differences: found.judges.iter().filter_map(|judge| differences(found, judge)).collect(),
        about_differences: DIFFERENCES,
        about_draws: if drawn_at_all { DRAWS } else { "" },
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
                seen(found, one, by_key.get(&key).copied(), addresses.get(one.session.as_str()))
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

/// A row per risk and a column per contrast; conditions against the recorded sessions come first.
fn differences(found: &EthicsFindings, judge: &str) -> Option<Sheet> {
    let own: Vec<&RiskContrast> = found.contrasts.iter().filter(|one| one.judge == judge).collect();
    let mut columns: Vec<(&str, &str)> = Vec::new();
    for one in &own {
        let arms = (one.condition.as_str(), one.base.as_str());
        if !columns.contains(&arms) {
            columns.push(arms);
        }
    }
    if columns.is_empty() {
        return None;
    }
    let head = columns.iter().map(|(arm, base)| format!("{arm} minus {base}"));
    let caption =
        format!("Difference between arms in the share that judge {judge} calls present ({})", found.wording);
    let mut sheet = Sheet::new(caption, ["Risk".to_owned()].into_iter().chain(head));
    for risk in found.risks.iter().filter(|risk| risk.not_assessable.is_empty()) {
        let mut cells = Vec::new();
        for arms in &columns {
            let one = own
                .iter()
                .find(|one| one.risk == risk.id && (one.condition.as_str(), one.base.as_str()) == *arms);
            cells.push(one.map_or_else(|| Cell::words("not asked"), |one| difference(&mut sheet, one)));
        }
        sheet.push(format!("{}: {}", risk.theme, risk.name), cells);
    }
    Some(sheet)
}

fn difference(sheet: &mut Sheet, one: &RiskContrast) -> Cell {
    let cell = match why(&one.difference) {
        Some(why) => return sheet.undefined(why).with_small(format!("n = {}", one.difference.n_units())),
        None => Cell { text: points(&one.difference), ..Cell::default() },
    };
    let cell = cell.with_small(format!("n = {}", one.difference.n_units()));
    match (one.p, one.p_adjusted) {
        (Some(own), Some(holm)) => {
            cell.with_small(format!("{}, Holm {}", phrase::p_value(own), p(Some(holm))))
        }
        _ => cell,
    }
}

fn cell(sheet: &mut Sheet, rate: &RiskRate) -> Cell {
    let mut cell = sheet.share(&rate.share);
    if let Some(draws) = rate.draws.as_ref().filter(|draws| draws.present.value().is_ok()) {
        cell = cell.with_small(format!("draws {}", share(&draws.present)));
    }
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

fn seen<'f>(
    found: &'f EthicsFindings,
    one: &'f PresentRisk,
    said: Option<&'f Assessment>,
    session: Option<&String>,
) -> Seen<'f> {
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
            address: session.map(|session| format!("{session}t{}", seen.turns.0)).unwrap_or_default(),
        })
    });
    Seen {
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
