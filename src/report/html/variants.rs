//! The section on counterfactual variants: the tables, and the first differing replies of each pair, side by side for a
//! person to read.

use std::collections::HashMap;

use serde::Serialize;

use crate::analysis::findings::{Findings, VariantCell};
use crate::domain::{Session, SessionId, Speaker, Turn};
use crate::report::table::{Cell, Table};
use crate::report::tables::PlacedTable;

use crate::report::html::page::ShownTable;

/// Number of exchanges shown per pair; after the first that differs, each side has its own history.
const SHOWN: usize = 2;

/// Maximum number of pairs shown per variant and condition, so that the page of a large run can be opened.
const SHOWN_PAIRS: usize = 40;

/// The whole section.
#[derive(Debug, Serialize)]
pub(super) struct Variants<'f> {
    wording: &'f str,
    tables: Vec<ShownTable<'f>>,
    reading: Vec<VariantReading<'f>>,
}

/// Pairs of one variant under one condition whose replies differ.
#[derive(Debug, Serialize)]
struct VariantReading<'f> {
    variant: &'f str,
    label: &'f str,
    pairs: Vec<Table>,
    /// Pairs that part and are not shown.
    more: usize,
}

/// Builds the section; `None` if the experiment has no variants.
pub(super) fn variants<'f>(
    findings: &'f Findings,
    sessions: &[Session],
    varied: &[Session],
    placed: &[&'f PlacedTable],
) -> Option<Variants<'f>> {
    let found = findings.variants.as_ref()?;
    let by_id: HashMap<&SessionId, &Session> = sessions.iter().map(|one| (&one.id, one)).collect();
    let reading = found.cells.iter().map(|cell| reading(cell, &by_id, varied));
    Some(Variants {
        wording: &found.wording,
        tables: placed.iter().map(|one| (*one).into()).collect(),
        reading: reading.filter(|one| !one.pairs.is_empty()).collect(),
    })
}

fn reading<'f>(
    cell: &'f VariantCell,
    by_id: &HashMap<&SessionId, &Session>,
    varied: &[Session],
) -> VariantReading<'f> {
    let own = varied.iter().filter(|session| {
        session.arm.to_string() == cell.condition
            && session.variant.as_ref().is_some_and(|id| id.as_str() == cell.variant)
    });
    let pairs = own.filter_map(|session| {
        let crate::domain::Arm::Condition(condition) = &session.arm else { return None };
        let id = Session::reconstructed_id(&session.source, condition, session.epoch);
        parting(&cell.variant, by_id.get(&id)?, session)
    });
    let mut pairs: Vec<Table> = pairs.collect();
    let more = pairs.len().saturating_sub(SHOWN_PAIRS);
    pairs.truncate(SHOWN_PAIRS);
    VariantReading { variant: &cell.variant, label: &cell.label, pairs, more }
}

/// The first exchanges of a pair with different replies; none where the counselor says the same words throughout.
fn parting(variant: &str, unchanged: &Session, varied: &Session) -> Option<Table> {
    let repeat = if varied.epoch > 1 { format!(", repeat {}", varied.epoch) } else { String::new() };
    let caption = format!("Session {}{repeat}", varied.source);
    let with = format!("with {variant}");
    let columns = ["turn", "client, own words", &with, "counselor, to the own words", &with];
    let mut table = Table::new(caption, columns);
    let mut client: Option<(&Turn, &Turn)> = None;
    for (own, other) in unchanged.turns.iter().zip(&varied.turns) {
        // In `aligned` the client may continue with another turn; from there on the turns no longer correspond.
        if own.speaker != other.speaker || own.original != other.original {
            break;
        }
        match own.speaker {
            Speaker::Client => client = Some((own, other)),
            Speaker::Counselor if own.shown() != other.shown() => {
                let said = |turn: Option<&Turn>| Cell::words(turn.map_or("", Turn::shown));
                let cells =
                    [client.map(|(own, _)| own), client.map(|(_, other)| other), Some(own), Some(other)];
                table.push(own.number.to_string(), cells.map(said));
            }
            Speaker::Counselor => {}
        }
        if table.rows.len() == SHOWN {
            break;
        }
    }
    table.nonempty()
}
