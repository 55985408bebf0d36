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
mod naming;
mod pivot;
mod placed;
mod probe;
mod scores;
mod sensitivity;
mod served;
mod variants;

use crate::analysis::findings::agree::AgreeFindings;
use crate::analysis::findings::{Findings, ItemFinding};

use super::table::{ItemMark, Table};

pub(super) use crate::report::tables::placed::{PlacedTable, ReportSection};
pub(super) use agreement::among;
pub(super) use ethics::{drawn, severity, status};
pub(super) use flags::{AXES, author, severity_words};
use naming::{ByCaption, label};
pub(super) use naming::{marks, named, rated_by};
pub(super) use probe::probe;
pub(super) use scores::{arm_item, groups, places};

/// Collects tables in the order in which they are read.
struct Places(Vec<PlacedTable>);

impl Places {
    fn open(&mut self, section: ReportSection, group: &str, tables: impl IntoIterator<Item = Table>) {
        self.place(section, group, true, tables);
    }

    fn folded(&mut self, section: ReportSection, group: &str, tables: impl IntoIterator<Item = Table>) {
        self.place(section, group, false, tables);
    }

    fn place(
        &mut self,
        section: ReportSection,
        group: &str,
        open: bool,
        tables: impl IntoIterator<Item = Table>,
    ) {
        let placed =
            tables.into_iter().map(|table| PlacedTable { section, group: group.to_owned(), open, table });
        self.0.extend(placed);
    }
}

/// Every table of a run: the one list that report.md and report.html write.
pub(super) fn of_run(findings: &Findings) -> Vec<PlacedTable> {
    let items = &findings.items;
    let mut places = Places(Vec::new());
    places.folded(ReportSection::Scores, "", [scores::scores(findings)]);
    places.open(ReportSection::Scores, "", scores::competent(findings));
    places.folded(
        ReportSection::Scores,
        "",
        agreement::contrasts(items, &findings.judges, &findings.contrasts),
    );
    let published = findings.published.as_ref();
    places.folded(ReportSection::Scores, "", corrected::published(items, &findings.judges, published));
    for judge in &findings.judges {
        of_judge(findings, &judge.id, &mut places);
    }
    places.folded(ReportSection::Agreement, "", among(items, &findings.estimates, "clinician"));
    places.folded(ReportSection::Agreement, "", pivot::pivots(&findings.estimates, ReportSection::Agreement));
    for (axis, arms, categories) in flags::flags(findings) {
        places.open(ReportSection::Flags, axis, [arms]);
        places.folded(ReportSection::Flags, axis, [categories]);
    }
    places.folded(ReportSection::Flags, "", pivot::pivots(&findings.estimates, ReportSection::Flags));
    places.open(ReportSection::Ethics, "", ethics::ethics(findings));
    places.folded(ReportSection::Ethics, "", ethics::to_read(findings));
    places.open(ReportSection::Variants, "", variants::overviews(findings));
    places.folded(ReportSection::Variants, "", variants::differences(findings));
    places.folded(ReportSection::Coherence, "", coherence::coherence(findings));
    places.open(ReportSection::Outcomes, "", [conversation::outcomes(findings)]);
    places.folded(ReportSection::Outcomes, "", pivot::risk_turns(findings));
    places.folded(ReportSection::Outcomes, "", grounding::grounding(findings));
    places.open(ReportSection::Outcomes, "", measured::measures(&findings.measured, measured::CAPTION));
    places.open(ReportSection::Outcomes, "", [conversation::dynamics(findings)]);
    places.open(ReportSection::Outcomes, "", coverage::coverage(findings));
    places.open(ReportSection::Outcomes, "", [conversation::evidence(findings)]);
    places.open(ReportSection::Outcomes, "", served::served(findings));
    places.folded(ReportSection::Outcomes, "", pivot::pivots(&findings.estimates, ReportSection::Outcomes));
    places.0
}

/// One judge beside the clinicians.
fn of_judge(findings: &Findings, judge: &str, places: &mut Places) {
    let items = &findings.items;
    let section = ReportSection::Agreement;
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
    tables.extend(pivot::pivots(&findings.estimates, ReportSection::Agreement));
    tables.extend(sensitivity::out_of_scale(&findings.out_of_scale_kept));
    tables
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
