//! Output of a run: analyzes everything collected, and writes the files of the run directory.

use std::{borrow::Cow, collections::BTreeSet};

use super::{
    Operations, PipelineError, Study, coherence,
    collected::RunMaterial,
    ethics,
    reviewed::{self, categories},
    served, variants,
};
use crate::{
    analysis::{
        EthicsInput, Findings, Inputs, analyse,
        findings::ServedFinding,
        inputs::{GroundingInput, JudgeInput, VariantsInput},
    },
    config::{Experiment, PanelSpec},
    dataset::redact,
    domain::{Arm, Assessment, Condition, Digest, Flag, ItemId, Mode, Rating, Session, SessionId},
    plan,
    report::{self, html::REPORT_FILE},
    sessions::ConversationEnd,
    store::{InputDigest, Manifest, RunWriter, artifact, ratings_table, run::MANIFEST_FILE},
    text::measured::MeasuredSpec,
};

/// Analyzes and writes every derived file, the manifest last, because it makes the folder a run.
pub(super) fn derived(
    study: &Study,
    plan: Digest,
    writer: &RunWriter,
    collected: &mut RunMaterial,
    operations: &Operations,
) -> Result<Findings, PipelineError> {
    // Moved instead of copied: with their evidence they are most of the memory of a large run.
    let mut ratings = std::mem::take(&mut collected.ratings);
    ratings.extend(study.dataset.ratings.iter().cloned());
    let mut flags = std::mem::take(&mut collected.flags);
    let mut assessments = std::mem::take(&mut collected.assessments);
    let collected = &*collected;
    let review = reviewed::apply(&mut flags, &collected.sessions, &study.reviews);
    let of_ethics = ethics::apply(&mut assessments, &study.risk_reviews);
    let said = JudgedMaterial { ratings: &ratings, flags: &flags, assessments: &assessments };
    let served = served::served(study, &operations.summary);
    let findings = findings(study, collected, said, &served, review.into_iter().chain(of_ethics));
    writer.stream("sessions.jsonl", |out| artifact::write_sessions(&collected.sessions, out))?;
    writer.stream("ratings.csv", |out| ratings_table::write(&ratings, out))?;
    writer.stream("ratings.jsonl", |out| artifact::write_ratings(&ratings, out))?;
    writer.stream("flags.jsonl", |out| artifact::write_flags(&flags, out))?;
    reviewed::write(writer, &flags, &collected.sessions)?;
    if study.experiment.ethics.is_some() {
        ethics::write(writer, &assessments)?;
    }
    if let Some(varied) = &collected.varied {
        variants::write(writer, varied)?;
    }
    let usage = operations.usage(&collected.failures);
    writer.write("usage.json", &pretty(&usage))?;
    let varied = collected.varied.as_ref().map_or(&[][..], |varied| &varied.sessions);
    reports(writer, &findings, (&collected.sessions, varied), said, &usage)?;
    writer.write(MANIFEST_FILE, &manifest(study, plan)?.encode())?;
    Ok(findings)
}

/// Ratings, flags and assessments of the sessions of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct JudgedMaterial<'s> {
    pub(super) ratings: &'s [Rating],
    pub(super) flags: &'s [Flag],
    pub(super) assessments: &'s [Assessment],
}

/// Writes every report format of the findings; sessions of variants are kept apart from the others.
pub(super) fn reports(
    writer: &RunWriter,
    findings: &Findings,
    (sessions, varied): (&[Session], &[Session]),
    said: JudgedMaterial<'_>,
    usage: &serde_json::Value,
) -> Result<(), PipelineError> {
    let name = writer.directory().name();
    writer.stream("findings.json", |out| report::json::write_run(findings, out))?;
    writer.write("estimates.csv", &report::csv::estimates(&findings.estimates))?;
    writer.write("report.md", report::markdown::run(findings).as_bytes())?;
    let JudgedMaterial { ratings, flags, assessments } = said;
    let content = report::html::ReportContent { findings, sessions, ratings, flags, assessments, varied };
    html(writer, &content, &name)?;
    writer.write("operations.html", report::html::operations(usage, &name)?.as_bytes())?;
    Ok(())
}

/// Writes `report.html` and its pages of transcripts.
fn html(
    writer: &RunWriter,
    content: &report::html::ReportContent<'_>,
    name: &str,
) -> Result<(), PipelineError> {
    let links = report::html::Links::of_run(name);
    let page = report::html::Report::new(content, &links)?;
    let pages = page.pages();
    for (at, file) in pages.iter().enumerate() {
        writer.stream(file, |out| page.write_page(at, out).map_err(std::io::Error::other))?;
    }
    writer.stream(REPORT_FILE, |out| page.write(out).map_err(std::io::Error::other))?;
    // Pages of an earlier, longer report would be taken for part of this one.
    for name in writer.directory().names()?.iter().filter(|name| report::html::is_page(name)) {
        if !pages.contains(&name.as_str()) {
            writer.remove(name)?;
        }
    }
    Ok(())
}

fn findings(
    study: &Study,
    collected: &RunMaterial,
    said: JudgedMaterial<'_>,
    served: &[ServedFinding],
    reviews: impl Iterator<Item = String>,
) -> Findings {
    let JudgedMaterial { ratings, flags, assessments } = said;
    let (marks, lost) = reviewed::marks(&study.marks, &collected.sessions);
    let generated = collected.sessions.iter().filter(|session| session.arm != Arm::Original);
    let cut = reviewed::cut_words(&study.marks, generated);
    let notes: Vec<String> =
        notes(study, collected).into_iter().chain(reviews).chain(lost).chain(cut).collect();
    let experiment = &study.experiment;
    let simulated = simulated(&collected.sessions);
    let AnalysisParts { sessions, ratings, flags } =
        compared(&collected.sessions, ratings, flags, &simulated);
    let simulated_mode = |condition: &&Condition| condition.mode != Mode::SimulatedClient;
    let conditions: Vec<Condition> = study.plan.conditions.iter().filter(simulated_mode).cloned().collect();
    let categories = categories(experiment.flags.iter().flat_map(|flags| &flags.lexicons));
    let judges: Vec<JudgeInput> = experiment
        .judges
        .iter()
        .map(|judge| JudgeInput {
            id: judge.id.clone(),
            baseline: experiment.model(&judge.model).is_some_and(crate::config::Model::is_baseline),
            identity: plan::judge_identity(experiment, judge),
            members: Vec::new(),
        })
        .chain(experiment.panel.as_ref().map(|panel| JudgeInput {
            id: panel.id.clone(),
            baseline:
                panel.judges.iter().filter_map(|id| experiment.judge(id)).all(|judge| {
                    experiment.model(&judge.model).is_some_and(crate::config::Model::is_baseline)
                }),
            identity: Some(panel_identity(experiment, panel)),
            members: panel.judges.clone(),
        }))
        .collect();
    let undefined: Vec<SessionId> = sessions
        .iter()
        .filter(|session| study.lexicon(&session.provenance.language).is_none())
        .map(|session| session.id.clone())
        .collect();
    let none = RunMaterial::default();
    let varied = collected.varied.as_deref().unwrap_or(&none);
    let variants = variants::described(study);
    let of_variants: Vec<String> =
        variants::without_pairs(&study.plan.conditions).into_iter().chain(remarks(varied)).collect();
    let grader = experiment.coherence.as_ref().and_then(|spec| experiment.model(&spec.grader.model));
    let grader = grader.map(coherence::name);
    let flag_judge = experiment.flags.as_ref().and_then(|flags| flags.judge.as_ref());
    analyse(&Inputs {
        description: &experiment.description,
        sessions: &sessions,
        ratings: &ratings,
        out_of_scale: &out_of_scale(study),
        flags: &flags,
        flags_enabled: experiment.flags.is_some(),
        flag_judge,
        flag_judge_scripted: flag_judge
            .is_some_and(|judge| judges.iter().any(|own| own.id == *judge && own.baseline)),
        flags_undefined: &undefined,
        marks: &marks,
        cues: &study.cues,
        measured: &measured(study),
        ethics: experiment.ethics.as_ref().map(|spec| EthicsInput {
            rubric: &spec.rubric,
            risks: &spec.risks,
            judges: &spec.judges,
            assessments,
        }),
        variants: (!variants.is_empty()).then_some(VariantsInput {
            variants: &variants,
            epochs: experiment.epochs,
            sessions: &varied.sessions,
            ratings: &varied.ratings,
            flags: &varied.flags,
            assessments: &varied.assessments,
            notes: &of_variants,
        }),
        grounding: (!study.grounding.is_empty())
            .then_some(GroundingInput { words: &study.grounding, context: &study.dataset.context }),
        coherence: coherence::input(experiment, grader.as_deref(), &collected.grades),
        categories: &categories,
        rubric: &experiment.rubric,
        anchors: experiment.anchors.as_ref().map(|anchors| (anchors.source.as_str(), anchors.digest)),
        items: &experiment.items,
        conditions: &conditions,
        judges: &judges,
        margins: experiment.gates.margins,
        reference: experiment.reference.as_ref(),
        calibration: study.calibration.as_ref(),
        instructions: instructions(experiment),
        seed: experiment.seed,
        bootstrap: experiment.run.bootstrap,
        served,
        notes: &notes,
    })
}

/// What the files of rules in use state about how often they are right.
fn measured(study: &Study) -> Vec<MeasuredSpec> {
    let of_cues = study.cues.iter().flat_map(|cues| &cues.spec().measured);
    let of_lexicons = study.lexicons.iter().flat_map(|lexicon| &lexicon.spec().measured);
    of_cues.chain(of_lexicons).cloned().collect()
}

/// Digest of everything that shapes a panel's scores, made from its members' digests.
fn panel_identity(experiment: &Experiment, panel: &PanelSpec) -> Digest {
    let members = panel.judges.iter().filter_map(|id| experiment.judge(id));
    Digest::of_value(&members.map(|judge| plan::judge_identity(experiment, judge)).collect::<Vec<_>>())
}

/// Ids of the sessions whose client turns were written by a model.
fn simulated(sessions: &[Session]) -> BTreeSet<&SessionId> {
    let written = sessions.iter().filter(|session| session.mode == Some(Mode::SimulatedClient));
    written.map(|session| &session.id).collect()
}

/// Sessions, ratings and flags that are analyzed.
struct AnalysisParts<'c> {
    sessions: Cow<'c, [Session]>,
    ratings: Cow<'c, [Rating]>,
    flags: Cow<'c, [Flag]>,
}

/// Everything that is analyzed and compared: all but sessions with a simulated client.
fn compared<'c>(
    sessions: &'c [Session],
    ratings: &'c [Rating],
    flags: &'c [Flag],
    simulated: &BTreeSet<&SessionId>,
) -> AnalysisParts<'c> {
    fn kept<'k, T: Clone>(
        all: &'k [T],
        simulated: &BTreeSet<&SessionId>,
        id: impl Fn(&T) -> &SessionId,
    ) -> Cow<'k, [T]> {
        if simulated.is_empty() {
            return Cow::Borrowed(all);
        }
        Cow::Owned(all.iter().filter(|one| !simulated.contains(id(one))).cloned().collect())
    }
    AnalysisParts {
        sessions: kept(sessions, simulated, |session| &session.id),
        ratings: kept(ratings, simulated, |rating| &rating.session),
        flags: kept(flags, simulated, |flag| &flag.session),
    }
}

/// Digest of the instructions of all ratings together; `None` if no table names any.
fn instructions(experiment: &Experiment) -> Option<Digest> {
    let all: Vec<Option<Digest>> = experiment.ratings.iter().map(|source| source.instructions).collect();
    all.iter().any(Option::is_some).then(|| Digest::of_value(&all))
}

/// Number of scores left out because they are outside the scale, per item.
fn out_of_scale(study: &Study) -> Vec<(ItemId, usize)> {
    let mut counts = std::collections::BTreeMap::new();
    for score in study.dataset.out_of_scale.iter().filter(|score| !score.kept) {
        if let Ok(item) = ItemId::new(score.item.clone()) {
            *counts.entry(item).or_insert(0usize) += 1;
        }
    }
    counts.into_iter().collect()
}

/// Remarks that every report repeats: what readers dropped, what the flag pass could not use, what is missing.
fn notes(study: &Study, collected: &RunMaterial) -> Vec<String> {
    let mut notes: Vec<String> = study
        .dataset
        .notes
        .iter()
        .map(|note| format!("{}: {}", file_name(&note.path), note.message))
        .collect();
    notes.extend(study.experiment.cautions.iter().cloned());
    if let Some(most) = study.experiment.reconstruct.max_exchanges {
        notes.push(format!("only the first {most} exchanges of each session are used, in every arm"));
    }
    let simulated = simulated(&collected.sessions).len();
    if simulated > 0 {
        let sessions = if simulated == 1 { "1 session".to_owned() } else { format!("{simulated} sessions") };
        notes.push(format!(
            "SIMULATED CLIENT: in {sessions} a model wrote the client's turns; they are in no figure of this report, and \
             ratings.csv and sessions.jsonl name them by their mode"
        ));
    }
    notes.extend(remarks(collected));
    let failed = collected.failures.len();
    if failed > 0 {
        let (tasks, have) = if failed == 1 { ("task", "has") } else { ("tasks", "have") };
        notes.push(format!(
            "INCOMPLETE: {failed} {tasks} failed and {have} no result (usage.json lists them)"
        ));
    }
    notes
}

/// Notable facts about the new sessions: unusable flag passes, and conversations that ended early.
fn remarks(collected: &RunMaterial) -> Vec<String> {
    let mut notes = Vec::new();
    for (session, reason) in &collected.unusable_flag_passes {
        let reason = reason.word();
        notes.push(format!(
            "{session}: the judge's flag pass is unusable ({reason}); the lexicon's flags stand unchecked"
        ));
    }
    if collected.struck_flags > 0 {
        let count = collected.struck_flags;
        notes.push(format!(
            "phrases added by the flag judge that are not in the named turn and were struck: {count}"
        ));
    }
    notes.extend(collected.ended.iter().map(|((arm, ended), n)| {
        let why = match ended {
            ConversationEnd::AllUsed => "every client turn was used",
            ConversationEnd::NoneFits => "no client turn left answered the counselor",
            ConversationEnd::Unusable => "the aligner's answer could not be read, twice",
            ConversationEnd::ClientSilent => "the simulated client refused, was cut or said nothing",
        };
        let sessions = if *n == 1 { "1 session".to_owned() } else { format!("{n} sessions") };
        format!("{arm}: {sessions} ended early: {why}")
    }));
    notes
}

/// Reports name files without folders, so that the same run gives the same bytes wherever it is stored.
fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// The manifest of a study's run.
pub(super) fn manifest(study: &Study, plan: Digest) -> Result<Manifest, PipelineError> {
    let experiment = &study.experiment;
    let mut resolved = serde_json::to_value(experiment)
        .map_err(|error| PipelineError::Report { message: format!("manifest: {error}") })?;
    // Names listed in the experiment itself are kept out of the run.
    let listed = experiment.sessions.iter().filter_map(|source| source.redact.as_ref());
    let names: Vec<String> = listed.flat_map(|redact| redact.names.iter().cloned()).collect();
    let source_text = redact::without_names(&experiment.source_text, &names);
    resolved["source_text"] = serde_json::json!(source_text);
    let mut manifest = Manifest::new(&experiment.run.name, plan, &source_text, resolved);
    manifest.redaction.clone_from(&study.dataset.redactions);
    manifest.synthetic = study.dataset.is_synthetic();
    manifest.judges = plan::judge_identities(experiment);
    if let Some(panel) = &experiment.panel {
        manifest.judges.insert(panel.id.to_string(), panel_identity(experiment, panel));
    }
    let order = |session: &Session| plan::order(experiment.seed, &session.id, &experiment.items);
    manifest.item_order = study.dataset.sessions.iter().map(|s| (s.id.to_string(), order(s))).collect();
    if !experiment.variants.is_empty() {
        let table = manifest.formats.get("ratings.csv").cloned().unwrap_or_default();
        manifest.formats.insert(variants::TABLE.to_owned(), table);
    }
    manifest.instructions = instructions(experiment);
    manifest.inputs = experiment
        .inputs
        .iter()
        .map(|input| InputDigest { role: input.role.clone(), path: input.path.clone(), digest: input.digest })
        .collect();
    Ok(manifest)
}

/// Indented JSON for people and programs.
pub(super) fn pretty(value: &serde_json::Value) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("a JSON value can be written");
    bytes.push(b'\n');
    bytes
}
