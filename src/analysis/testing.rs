//! A small study for tests: three items, recorded sessions and their replays, ratings written as tables.

use crate::domain::{
    Arm, ClientAuthor, Competence, Condition, ConditionId, CounselorAuthor, Detector, Digest, Flag,
    FlagVerdict, Item, ItemId, LookFor, Mode, Provenance, RaterId, RaterKind, Rating, RatingOutcome,
    ReviewStatus, Rubric, Scale, Session, SessionId, Severity, Span, Speaker, TextSource, TotalKind,
    TotalRule, Turn, TurnOutcome,
};

use crate::text::conversation::Cues;

use super::inputs::{Category, FlagKind, Inputs, JudgeInput};
use super::verdict::Margins;
use super::{Findings, analyse};

/// Everything an analysis needs, owned.
#[derive(Debug, Clone)]
pub(crate) struct Study {
    pub(crate) sessions: Vec<Session>,
    pub(crate) ratings: Vec<Rating>,
    pub(crate) flags: Vec<Flag>,
    pub(crate) flags_undefined: Vec<SessionId>,
    pub(crate) categories: Vec<Category>,
    pub(crate) rubric: Rubric,
    pub(crate) items: Vec<ItemId>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) judges: Vec<JudgeInput>,
    pub(crate) flag_judge: Option<RaterId>,
    pub(crate) bootstrap: u32,
}

pub(crate) const CONDITION: &str = "m.p.replay";

fn id<T: TryFrom<String>>(text: &str) -> T
where
    T::Error: std::fmt::Debug,
{
    T::try_from(text.to_owned()).expect("a valid id")
}

fn item(number: u32, name: &str) -> Item {
    Item {
        id: id(name),
        number,
        name: name.to_uppercase(),
        measures: "a thing".into(),
        anchors: std::collections::BTreeMap::new(),
        look_for: LookFor::default(),
        not_assessable_when: None,
        replay_confounded: name == "b",
        confidence_note: (name == "c").then(|| "low confidence".into()),
    }
}

pub(crate) fn rubric() -> Rubric {
    Rubric {
        format: "corater-rubric/1".into(),
        id: "demo".into(),
        name: "Demo scale".into(),
        version: "1".into(),
        text_source: TextSource::Paraphrase,
        checked_against_manual: false,
        citation: "none".into(),
        scale: Scale { min: 0, max: 6 },
        levels: "all".into(),
        subscales: vec![],
        total: TotalRule {
            rule: TotalKind::ScaledMean,
            factor: 3.0,
            minimum_items: 2,
            competence: Some(Competence { minimum: 9.0, requires_all_items: true }),
        },
        profiles: std::collections::BTreeMap::new(),
        items: vec![item(1, "a"), item(2, "b"), item(3, "c")],
    }
}

/// A session of two exchanges.
pub(crate) fn session(source: &str, condition: Option<&str>) -> Session {
    let condition: Option<ConditionId> = condition.map(id);
    let source: SessionId = id(source);
    let counselor = if condition.is_some() { CounselorAuthor::Ai } else { CounselorAuthor::Human };
    let reply = format!("{source}: I hear you. What happened then?");
    Session {
        id: condition.as_ref().map_or(source.clone(), |c| Session::reconstructed_id(&source, c, 1)),
        source,
        variant: None,
        arm: condition.clone().map_or(Arm::Original, Arm::Condition),
        epoch: 1,
        mode: condition.map(|_| Mode::Replay),
        counselor,
        provenance: Provenance {
            source_set: "demo".into(),
            counselor: CounselorAuthor::Human,
            client: ClientAuthor::Human,
            language: "en".into(),
            consent: Some("demo".into()),
            licence: None,
            public: true,
            synthetic: true,
        },
        turns: vec![
            Turn::recorded(1, Speaker::Client, "I failed my exam."),
            Turn::recorded(2, Speaker::Counselor, reply),
            Turn::recorded(3, Speaker::Client, "I went home."),
            Turn::recorded(4, Speaker::Counselor, "And what did you think?"),
        ],
    }
}

/// One rating; a negative score stands for "not assessable".
pub(crate) fn rating(session: &Session, rater: &str, item: &str, score: f64) -> Rating {
    let outcome = if score < 0.0 {
        RatingOutcome::NotAssessable { reason: "no homework in a single session".into() }
    } else {
        RatingOutcome::Scored { score: Scale { min: 0, max: 6 }.score(score).expect("on the scale") }
    };
    Rating {
        session: session.id.clone(),
        source: session.source.clone(),
        arm: session.arm.clone(),
        epoch: session.epoch,
        item: id(item),
        rater: id(rater),
        kind: if rater.starts_with('J') { RaterKind::Judge } else { RaterKind::Clinician },
        outcome,
        text_digest: Some(session.text_digest()),
        synthetic: true,
        fold: None,
        draws: vec![],
    }
}

/// The cue words that come with the program.
pub(crate) fn cues() -> Cues {
    let text = include_str!("../../rubrics/conversation-cues.yaml");
    Cues::compile(serde_yaml::from_str(text).expect("readable")).expect("its examples come out")
}

pub(crate) fn flag(session: &Session, turn: u32, category: &str) -> Flag {
    Flag {
        session: session.id.clone(),
        span: Span { turn, start: 0, end: 4 },
        speaker: Speaker::Counselor,
        category: category.into(),
        severity: Severity::Low,
        detector: Detector::Lexicon,
        entry: Some("hear".into()),
        suppressed_by: None,
        judge: FlagVerdict::NotAsked,
        status: ReviewStatus::Unreviewed,
        context: crate::domain::FlagContext::default(),
        found_as: None,
    }
}

fn category(id: &str, kind: FlagKind, needs_judge: bool) -> Category {
    Category { id: id.into(), name: format!("category {id}"), kind, severity: Severity::Low, needs_judge }
}

impl Study {
    /// Four sources in two arms, rated by C1, C2, C3 and J on items a, b and c.
    pub(crate) fn small() -> Self {
        let sessions: Vec<Session> = ["s1", "s2", "s3", "s4"]
            .iter()
            .flat_map(|source| [session(source, None), session(source, Some(CONDITION))])
            .collect();
        let mut ratings = Vec::new();
        for (i, session) in sessions.iter().enumerate() {
            let base = [1.0, 2.0, 3.0, 2.0, 4.0, 3.0, 5.0, 4.0][i];
            // The judge adds one point everywhere, and one more to the replay.
            let favour = if session.arm == Arm::Original { 1.0 } else { 2.0 };
            for item in ["a", "b", "c"] {
                ratings.push(rating(session, "C1", item, base));
                ratings.push(rating(session, "C2", item, (base + f64::from(u8::from(i % 3 == 0))).min(6.0)));
                ratings.push(rating(session, "C3", item, base));
                ratings.push(rating(session, "J", item, (base + favour).min(6.0)));
            }
        }
        let flags = vec![
            flag(&sessions[0], 2, "DE1"),
            flag(&sessions[1], 2, "DE1"),
            flag(&sessions[1], 4, "FW"),
            Flag { suppressed_by: Some("quoted".into()), ..flag(&sessions[3], 2, "DE1") },
        ];
        Self {
            sessions,
            ratings,
            flags,
            flags_undefined: vec![],
            categories: vec![
                category("DE1", FlagKind::DeceptiveEmpathy, false),
                category("FW", FlagKind::FormulaicWarmth, false),
                category("OV", FlagKind::OverValidation, true),
            ],
            rubric: rubric(),
            items: ["a", "b", "c"].into_iter().map(id).collect(),
            conditions: vec![Condition {
                id: id(CONDITION),
                model: "m".into(),
                prompt: "p".into(),
                mode: Mode::Replay,
                baseline: true,
                content: Digest::of_bytes(b"condition"),
            }],
            judges: vec![JudgeInput {
                id: id("J"),
                baseline: true,
                identity: Some(Digest::of_bytes(b"judge")),
                members: Vec::new(),
            }],
            flag_judge: None,
            bootstrap: 0,
        }
    }

    pub(crate) fn analyse(&self) -> Findings {
        analyse(&self.inputs())
    }

    pub(crate) fn inputs(&self) -> Inputs<'_> {
        Inputs {
            description: "a small study",
            sessions: &self.sessions,
            ratings: &self.ratings,
            out_of_scale: &[],
            flags: &self.flags,
            flags_enabled: true,
            flag_judge: self.flag_judge.as_ref(),
            flag_judge_scripted: false,
            flags_undefined: &self.flags_undefined,
            marks: &[],
            cues: &[],
            measured: &[],
            ethics: None,
            variants: None,
            grounding: None,
            coherence: None,
            categories: &self.categories,
            rubric: &self.rubric,
            anchors: None,
            items: &self.items,
            conditions: &self.conditions,
            judges: &self.judges,
            margins: Margins::default(),
            reference: None,
            calibration: None,
            instructions: None,
            seed: 7,
            bootstrap: self.bootstrap,
            served: &[],
            notes: &[],
        }
    }

    /// Ends one counselor turn as given.
    pub(crate) fn end_turn(&mut self, session: usize, turn: usize, outcome: TurnOutcome) {
        self.sessions[session].turns[turn].outcome = outcome;
        let digest = self.sessions[session].text_digest();
        let id = self.sessions[session].id.clone();
        self.ratings.iter_mut().filter(|r| r.session == id).for_each(|r| r.text_digest = Some(digest));
    }
}
