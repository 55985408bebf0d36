//! How tables name items, judges and arms.

use crate::{
    analysis::findings::{Findings, ItemFinding, JudgeFinding},
    report::table::{ItemMark, Table},
};

/// An item's name and marks by id; the id itself for rows that are no item.
pub(crate) fn named(items: &[ItemFinding], id: &str) -> (String, Vec<ItemMark>) {
    match items.iter().find(|item| item.id == id) {
        Some(item) => (item.name.clone(), marks(item)),
        None if id == "pooled" => ("All items pooled".to_owned(), Vec::new()),
        None => (id.to_owned(), Vec::new()),
    }
}
/// What a reader must know of an item.
pub(crate) fn marks(item: &ItemFinding) -> Vec<ItemMark> {
    let replay = item.replay_confounded.then_some(ItemMark::Replay);
    let low = item.confidence_note.is_some().then_some(ItemMark::LowConfidence);
    replay.into_iter().chain(low).collect()
}
/// The name of a rater group; the empty id stands for the clinicians.
pub(crate) fn rated_by(judges: &[JudgeFinding], id: &str) -> String {
    if id.is_empty() {
        return "clinicians".to_owned();
    }
    let baseline = judges.iter().any(|judge| judge.id == id && judge.baseline);
    if baseline { format!("{id} (baseline)") } else { id.to_owned() }
}
/// The label of an arm, which says what a baseline is.
pub(crate) fn label(findings: &Findings, arm: &str) -> String {
    findings.arms.iter().find(|own| own.id == arm).map_or_else(|| arm.to_owned(), |own| own.label.clone())
}
/// Puts rows under the caption that belongs to each, captions in order of first appearance.
pub(super) struct ByCaption {
    columns: Vec<String>,
    pub(super) tables: Vec<Table>,
}
impl ByCaption {
    pub(super) fn new<S: Into<String>>(columns: impl IntoIterator<Item = S>) -> Self {
        Self { columns: columns.into_iter().map(Into::into).collect(), tables: Vec::new() }
    }

    /// The table with this caption.
    pub(super) fn of(&mut self, caption: &str) -> &mut Table {
        let place = self.tables.iter().position(|table| table.caption == caption);
        let place = place.unwrap_or_else(|| {
            self.tables.push(Table::new(caption, self.columns.clone()));
            self.tables.len() - 1
        });
        &mut self.tables[place]
    }

    /// The tables, each with a sentence below it.
    pub(super) fn noted(self, note: &str) -> Vec<Table> {
        self.tables.into_iter().map(|table| table.note(note)).collect()
    }
}
