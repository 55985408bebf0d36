//! Which tables the reports of a run show, in which order, and what stands in their cells.

mod agreement;
pub(super) mod brief;
mod coherence;
mod conversation;
mod corrected;
mod coverage;
mod ethics;
mod flags;
mod grounding;
pub(super) mod measured;
mod pivot;
mod probe;
mod scores;
mod sensitivity;
mod variants;

use crate::analysis::agree::AgreeFindings;
use crate::analysis::findings::{Findings, ItemFinding, JudgeFinding};

use super::table::{ItemMark, Table};

pub(super) use agreement::among;
pub(super) use ethics::{drawn, severity, status};
pub(super) use flags::{AXES, author, severity_words};
pub(super) use probe::probe;
pub(super) use scores::{arm_item, groups, places};

/// The part of a report in which a table stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    /// Arms and items.
    Scores,
    /// Judge and clinicians.
    Agreement,
    /// Flagged phrases.
    Flags,
    /// Ethics risks.
    Ethics,
    /// Counterfactual variants.
    Variants,
    /// Whether the client answers the counselor.
    Coherence,
    /// How turns ended, dynamics and the judges' evidence.
    Outcomes,
}

/// A table and its place in a report.
#[derive(Debug)]
pub(super) struct PlacedTable {
    pub(super) section: Section,
    /// Judge or axis under whose heading the table stands; empty where it concerns all of them.
    pub(super) group: String,
    /// Whether a page shows the table without a click.
    pub(super) open: bool,
    pub(super) table: Table,
}

/// Collects tables in the order in which they are read.
struct Places(Vec<PlacedTable>);

impl Places {
    fn open(&mut self, section: Section, group: &str, tables: impl IntoIterator<Item = Table>) {
        self.place(section, group, true, tables);
    }

    fn folded(&mut self, section: Section, group: &str, tables: impl IntoIterator<Item = Table>) {
        self.place(section, group, false, tables);
    }

    fn place(&mut self, section: Section, group: &str, open: bool, tables: impl IntoIterator<Item = Table>) {
        let placed =
            tables.into_iter().map(|table| PlacedTable { section, group: group.to_owned(), open, table });
        self.0.extend(placed);
    }
}

/// Every table of a run: the one list that report.md and report.html write.
pub(super) fn of_run(findings: &Findings) -> Vec<PlacedTable> {
    let items = &findings.items;
    let mut places = Places(Vec::new());
    places.folded(Section::Scores, "", [scores::scores(findings)]);
    places.open(Section::Scores, "", scores::competent(findings));
    places.folded(Section::Scores, "", agreement::contrasts(items, &findings.judges, &findings.contrasts));
    let published = findings.published.as_ref();
    places.folded(Section::Scores, "", corrected::published(items, &findings.judges, published));
    for judge in &findings.judges {
        of_judge(findings, &judge.id, &mut places);
    }
    places.folded(Section::Agreement, "", among(items, &findings.estimates, "clinician"));
    places.folded(Section::Agreement, "", pivot::pivots(&findings.estimates, Section::Agreement));
    for (axis, arms, categories) in flags::flags(findings) {
        places.open(Section::Flags, axis, [arms]);
        places.folded(Section::Flags, axis, [categories]);
    }
    places.folded(Section::Flags, "", pivot::pivots(&findings.estimates, Section::Flags));
    places.open(Section::Ethics, "", ethics::ethics(findings));
    places.folded(Section::Ethics, "", ethics::to_read(findings));
    places.open(Section::Variants, "", variants::overviews(findings));
    places.folded(Section::Variants, "", variants::differences(findings));
    places.folded(Section::Coherence, "", coherence::coherence(findings));
    places.open(Section::Outcomes, "", [conversation::outcomes(findings)]);
    places.folded(Section::Outcomes, "", pivot::risk_turns(findings));
    places.folded(Section::Outcomes, "", grounding::grounding(findings));
    places.open(Section::Outcomes, "", measured::measures(&findings.measured, measured::CAPTION));
    places.open(Section::Outcomes, "", [conversation::dynamics(findings)]);
    places.open(Section::Outcomes, "", coverage::coverage(findings));
    places.open(Section::Outcomes, "", [conversation::evidence(findings)]);
    places.folded(Section::Outcomes, "", pivot::pivots(&findings.estimates, Section::Outcomes));
    places.0
}

/// One judge beside the clinicians.
fn of_judge(findings: &Findings, judge: &str, places: &mut Places) {
    let items = &findings.items;
    let section = Section::Agreement;
    places.open(section, judge, agreement::ceiling(items, &findings.agreement, judge, "clinician"));
    places.open(section, judge, agreement::verdicts(items, &findings.verdicts, judge));
    let (mean, each) = agreement::coefficients(items, &findings.estimates, judge, "clinician");
    places.open(section, judge, mean);
    places.folded(section, judge, each);
    places.open(section, judge, agreement::bias(items, &findings.bias_by_arm, judge, "clinicians"));
    places.folded(
        section,
        judge,
        corrected::alternatives(items, &findings.alternatives, judge, "clinicians"),
    );
    places.folded(section, judge, corrected::corrected(items, &findings.corrected, judge, "clinicians"));
    places.folded(section, judge, corrected::calibrated(items, &findings.calibrated, judge));
    places.folded(section, judge, corrected::rank_orders(items, &findings.rank_orders, judge, "clinicians"));
}

/// Every table of a ratings table.
pub(super) fn of_agree(findings: &AgreeFindings) -> Vec<Table> {
    let judge = findings.judge.as_str();
    let mut tables: Vec<Table> = Vec::new();
    tables.extend(agreement::ceiling(&[], &findings.agreement, judge, "rater"));
    tables.extend(agreement::verdicts(&[], &findings.verdicts, judge));
    let (mean, each) = agreement::coefficients(&[], &findings.estimates, judge, "rater");
    tables.extend(mean.into_iter().chain(each));
    tables.extend(among(&[], &findings.estimates, "rater"));
    tables.extend(agreement::bias(&[], &findings.bias_by_arm, judge, "raters"));
    tables.extend(agreement::contrasts(&[], &[], &findings.contrasts));
    tables.extend(corrected::alternatives(&[], &findings.alternatives, judge, "raters"));
    tables.extend(corrected::corrected(&[], &findings.corrected, judge, "raters"));
    tables.extend(corrected::rank_orders(&[], &findings.rank_orders, judge, "raters"));
    tables.extend(pivot::pivots(&findings.estimates, Section::Agreement));
    tables.extend(sensitivity::out_of_scale(&findings.out_of_scale_kept));
    tables
}

/// An item's name and marks by id; the id itself for rows that are no item.
pub(super) fn named(items: &[ItemFinding], id: &str) -> (String, Vec<ItemMark>) {
    match items.iter().find(|item| item.id == id) {
        Some(item) => (item.name.clone(), marks(item)),
        None if id == "pooled" => ("All items pooled".to_owned(), Vec::new()),
        None => (id.to_owned(), Vec::new()),
    }
}

/// What a reader must know of an item.
pub(super) fn marks(item: &ItemFinding) -> Vec<ItemMark> {
    let replay = item.replay_confounded.then_some(ItemMark::Replay);
    let low = item.confidence_note.is_some().then_some(ItemMark::LowConfidence);
    replay.into_iter().chain(low).collect()
}

/// Explanations of the marks, once per report.
pub(super) fn mark_notes(items: &[ItemFinding]) -> Vec<String> {
    let mut notes = Vec::new();
    if items.iter().any(|item| item.replay_confounded) {
        let sign = ItemMark::Replay.sign();
        notes.push(format!(
            "{sign} confounded by replay: the client's turns cannot react to the new counselor"
        ));
    }
    for item in items {
        if let Some(note) = &item.confidence_note {
            notes.push(format!("{} {}: {note}", ItemMark::LowConfidence.sign(), item.name));
        }
    }
    notes
}

/// The name of a rater group; the empty id stands for the clinicians.
pub(super) fn rated_by(judges: &[JudgeFinding], id: &str) -> String {
    if id.is_empty() {
        return "clinicians".to_owned();
    }
    let baseline = judges.iter().any(|judge| judge.id == id && judge.baseline);
    if baseline { format!("{id} (baseline)") } else { id.to_owned() }
}

/// The label of an arm, which says what a baseline is.
fn label(findings: &Findings, arm: &str) -> String {
    findings.arms.iter().find(|own| own.id == arm).map_or_else(|| arm.to_owned(), |own| own.label.clone())
}

/// Puts rows under the caption that belongs to each, captions in order of first appearance.
struct ByCaption {
    columns: Vec<String>,
    tables: Vec<Table>,
}

impl ByCaption {
    fn new<S: Into<String>>(columns: impl IntoIterator<Item = S>) -> Self {
        Self { columns: columns.into_iter().map(Into::into).collect(), tables: Vec::new() }
    }

    /// The table with this caption.
    fn of(&mut self, caption: &str) -> &mut Table {
        let place = self.tables.iter().position(|table| table.caption == caption);
        let place = place.unwrap_or_else(|| {
            self.tables.push(Table::new(caption, self.columns.clone()));
            self.tables.len() - 1
        });
        &mut self.tables[place]
    }

    /// The tables, each with a sentence below it.
    fn noted(self, note: &str) -> Vec<Table> {
        self.tables.into_iter().map(|table| table.note(note)).collect()
    }
}
