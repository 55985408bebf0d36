//! The plan of probes: which sessions, their twins, and every question a judge is asked about them. Pure: same input,
//! same questions.

use serde::Serialize;

use super::{
    order::order,
    task::judge_identity,
    twin::{self, TurnLayout},
};
use crate::{
    config::{Experiment, JudgeForm, JudgeSpec, ProbeSpec},
    domain::{Digest, ItemId, Mode, ProbeKind, RaterId, Session, SessionId, Span, probe::Wording},
};

/// First draw number of probes, so that no question of a probe equals one of a run: `--no-cache` on a probe does not
/// renew scores of a study, and a probe's first draw is as fresh as its others.
pub const FIRST_DRAW: u32 = 10_001;
/// Number of other item orders that are asked for; the reversed one comes first.
const ORDERS: usize = 3;
/// The variant that the others are compared with.
pub const CLEAN: &str = "clean";
/// The variant with filler.
pub const PADDED: &str = "padded";

/// A text that a judge is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct ProbeText {
    /// The session, changed or not.
    pub session: Session,
    /// The session it was made from.
    pub of: SessionId,
    /// Name of the change, or [`CLEAN`].
    pub variant: String,
    /// The arm of that session.
    pub arm: String,
    /// True for recorded sessions, false for reconstructions.
    pub recorded: bool,
    /// Where an attack was put in, if one was.
    pub injected: Option<Span>,
}

/// A question about a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// A rating of every item, in this order, with this template.
    Rate {
        /// The judging prompt.
        prompt: String,
        /// The items.
        items: Vec<ItemId>,
    },
    /// Who wrote the counselor's turns.
    Source,
}

/// One question to one judge; for a judge with one item per call, one question per item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProbeQuestion {
    /// The probe it belongs to; `None` for the unchanged session, which several probes use.
    pub probe: Option<ProbeKind>,
    /// Name of the change.
    pub variant: String,
    /// Id of the judge.
    pub judge: RaterId,
    /// Index of the text in the plan.
    pub text: usize,
    /// The question.
    pub ask: Ask,
    /// Number of the draw, from [`FIRST_DRAW`].
    pub draw: u32,
}

/// Everything a probe will do, in a fixed order.
#[derive(Debug, Clone, PartialEq)]
pub struct ProbePlan {
    /// Recorded sessions that were chosen.
    pub sessions: Vec<SessionId>,
    /// Items.
    pub items: Vec<ItemId>,
    /// Texts.
    pub texts: Vec<ProbeText>,
    /// Questions.
    pub questions: Vec<ProbeQuestion>,
    /// Changes that leave a session unchanged, or find no turn to be put into, with the number of such sessions.
    pub unplaced: Vec<(String, usize)>,
    /// Digest of the whole plan, which names the folder.
    pub digest: Digest,
}

impl ProbePlan {
    /// Plans the probes of an experiment over its recorded sessions. `reconstructed` are sessions of a stored run;
    /// those made from chosen sessions are included in the probes that compare arms.
    pub fn new(experiment: &Experiment, recorded: &[Session], reconstructed: &[Session]) -> Self {
        let mut building = Building::new(experiment, choose(experiment, recorded), reconstructed);
        building.texts();
        for judge in &experiment.judges {
            building.questions(judge);
        }
        let Building { chosen, texts, questions, unplaced, .. } = building;
        let items = experiment.probes.items.clone();
        let judges: Vec<Option<Digest>> =
            experiment.judges.iter().map(|judge| judge_identity(experiment, judge)).collect();
        let words: Vec<Digest> = texts.iter().map(|text| text.session.text_digest()).collect();
        let digest = Digest::of_value(&(
            "probe",
            judges,
            &experiment.rubric,
            &items,
            words,
            &questions,
            experiment.seed,
        ));
        Self {
            sessions: chosen.iter().map(|s| s.id.clone()).collect(),
            items,
            texts,
            questions,
            unplaced,
            digest,
        }
    }

    /// Number of calls of one question: one per item, or a single one.
    pub fn calls(&self, experiment: &Experiment, question: &ProbeQuestion) -> u64 {
        match &question.ask {
            Ask::Source => 1,
            Ask::Rate { items, .. } => match experiment.judge(&question.judge).map(|judge| judge.form) {
                Some(JudgeForm::PerItem) => items.len() as u64,
                _ => 1,
            },
        }
    }
}

/// The sessions to probe with, drawn from the seed; if both people and programs wrote some, alternately from both.
fn choose<'s>(experiment: &Experiment, recorded: &'s [Session]) -> Vec<&'s Session> {
    let mut drawn: Vec<(Digest, &Session)> = recorded
        .iter()
        .map(|session| (Digest::of_value(&("probe-session", experiment.seed, &session.id)), session))
        .collect();
    drawn.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.id.cmp(&b.1.id)));
    let (programs, people): (Vec<&Session>, Vec<&Session>) =
        drawn.into_iter().map(|(_, session)| session).partition(|session| twin::by_program(session));
    let longest = programs.len().max(people.len());
    let wanted = experiment.probes.sessions as usize;
    let in_turn = (0..longest).flat_map(|n| [people.get(n), programs.get(n)]).flatten().copied();
    let mut chosen: Vec<&Session> = in_turn.take(wanted).collect();
    chosen.sort_by(|a, b| a.id.cmp(&b.id));
    chosen
}

/// A plan under construction.
struct Building<'e> {
    experiment: &'e Experiment,
    spec: &'e ProbeSpec,
    chosen: Vec<&'e Session>,
    reconstructed: Vec<&'e Session>,
    texts: Vec<ProbeText>,
    /// (index of the text, probe, variant) for every use of a text.
    uses: Vec<(usize, Option<ProbeKind>, String)>,
    questions: Vec<ProbeQuestion>,
    unplaced: Vec<(String, usize)>,
}

impl<'e> Building<'e> {
    fn new(experiment: &'e Experiment, chosen: Vec<&'e Session>, reconstructed: &'e [Session]) -> Self {
        let whole = |session: &&Session| {
            !matches!(session.mode, Some(Mode::TeacherForced | Mode::SimulatedClient))
                && chosen.iter().any(|recorded| recorded.id == session.source)
        };
        let mut reconstructed: Vec<&Session> = reconstructed.iter().filter(whole).collect();
        reconstructed.sort_by(|a, b| a.id.cmp(&b.id));
        Self {
            experiment,
            spec: &experiment.probes,
            chosen,
            reconstructed,
            texts: Vec::new(),
            uses: Vec::new(),
            questions: Vec::new(),
            unplaced: Vec::new(),
        }
    }

    fn is_on(&self, kind: ProbeKind) -> bool {
        self.spec.kinds.contains(&kind)
    }

    fn text(
        &mut self,
        probe: Option<ProbeKind>,
        variant: &str,
        of: &Session,
        session: Session,
        injected: Option<Span>,
    ) {
        if probe.is_some() && session.text_digest() == of.text_digest() {
            self.not_placed(variant);
            return;
        }
        self.uses.push((self.texts.len(), probe, variant.to_owned()));
        self.texts.push(ProbeText {
            session,
            of: of.id.clone(),
            variant: variant.to_owned(),
            arm: of.arm.to_string(),
            recorded: of.mode.is_none(),
            injected,
        });
    }

    /// Adds every text: the unchanged sessions, then their twins.
    fn texts(&mut self) {
        let (seed, scale) = (self.experiment.seed, self.experiment.rubric.scale);
        for session in self.chosen.clone() {
            self.text(None, CLEAN, session, session.clone(), None);
        }
        if self.is_on(ProbeKind::Verbosity) || self.is_on(ProbeKind::Source) {
            for session in self.reconstructed.clone() {
                self.text(None, CLEAN, session, session.clone(), None);
            }
        }
        for session in self.chosen.clone() {
            if self.is_on(ProbeKind::Injection) {
                for attack in &self.spec.texts.attacks {
                    match twin::injected(session, attack, scale, seed) {
                        Some((twin, span)) => {
                            self.text(Some(ProbeKind::Injection), &attack.id, session, twin, Some(span));
                        }
                        None => self.not_placed(&attack.id),
                    }
                }
            }
            if self.is_on(ProbeKind::Verbosity) {
                let twin = twin::padded(session, &self.spec.texts.filler, seed);
                self.text(Some(ProbeKind::Verbosity), PADDED, session, twin, None);
            }
            if self.is_on(ProbeKind::Format) {
                for layout in TurnLayout::ALL {
                    let twin = twin::laid_out(session, layout);
                    self.text(Some(ProbeKind::Format), layout.word(), session, twin, None);
                }
            }
        }
    }

    fn not_placed(&mut self, variant: &str) {
        match self.unplaced.iter_mut().find(|(id, _)| id == variant) {
            Some((_, sessions)) => *sessions += 1,
            None => self.unplaced.push((variant.to_owned(), 1)),
        }
    }

    /// Adds every question to one judge.
    fn questions(&mut self, judge: &JudgeSpec) {
        let draws = if self.is_on(ProbeKind::SelfConsistency) { self.spec.draws } else { 1 };
        for (text, probe, variant) in self.uses.clone() {
            let recorded = self.texts[text].recorded;
            let rated = recorded || self.is_on(ProbeKind::Verbosity);
            let draws = if probe.is_none() && recorded { draws } else { 1 };
            let draws = if rated && self.needs_ratings(probe) { draws } else { 0 };
            for draw in 0..draws {
                let ask = self.rate(text, judge.prompt.source().to_owned());
                self.ask(probe, &variant, judge, text, ask, FIRST_DRAW + draw);
            }
            if probe.is_none() && self.is_on(ProbeKind::Source) && !self.is_baseline(judge) {
                self.ask(Some(ProbeKind::Source), CLEAN, judge, text, Ask::Source, FIRST_DRAW);
            }
            if probe.is_none() && recorded {
                self.reworded(judge, text);
                self.reordered(judge, text);
            }
        }
    }

    /// True unless only the source question is asked, which needs no rating.
    fn needs_ratings(&self, probe: Option<ProbeKind>) -> bool {
        probe.is_some() || self.spec.kinds.iter().any(|kind| *kind != ProbeKind::Source)
    }

    fn is_baseline(&self, judge: &JudgeSpec) -> bool {
        self.experiment.model(&judge.model).is_some_and(crate::config::Model::is_baseline)
    }

    fn reworded(&mut self, judge: &JudgeSpec, text: usize) {
        if !self.is_on(ProbeKind::Paraphrase) {
            return;
        }
        for wording in &self.spec.texts.wordings {
            let ask = self.rate(text, self.framed(judge, wording));
            self.ask(Some(ProbeKind::Paraphrase), &wording.id, judge, text, ask, FIRST_DRAW);
        }
    }

    /// Adds items in other orders if they share a call; otherwise observations in both orders.
    fn reordered(&mut self, judge: &JudgeSpec, text: usize) {
        if !self.is_on(ProbeKind::Order) {
            return;
        }
        if judge.form == JudgeForm::PerItem {
            for wording in &self.spec.texts.observation_order {
                let ask = self.rate(text, self.framed(judge, wording));
                self.ask(Some(ProbeKind::Order), &wording.id, judge, text, ask, FIRST_DRAW);
            }
            return;
        }
        let own = self.items(text);
        let mut seen = vec![own.clone()];
        for number in 1..=ORDERS {
            let mut items = own.clone();
            items.rotate_left((number - 1) * own.len() / ORDERS);
            items.reverse();
            if seen.contains(&items) {
                continue;
            }
            seen.push(items.clone());
            let ask = Ask::Rate { prompt: judge.prompt.source().to_owned(), items };
            self.ask(Some(ProbeKind::Order), &format!("order_{number}"), judge, text, ask, FIRST_DRAW);
        }
    }

    fn framed(&self, judge: &JudgeSpec, wording: &Wording) -> String {
        let frames = &self.spec.texts.frames;
        wording.fill(match judge.form {
            JudgeForm::PerItem => &frames.per_item,
            JudgeForm::SingleCall => &frames.single_call,
        })
    }

    fn items(&self, text: usize) -> Vec<ItemId> {
        order(self.experiment.seed, &self.texts[text].session.source, &self.spec.items)
    }

    fn rate(&self, text: usize, prompt: String) -> Ask {
        Ask::Rate { prompt, items: self.items(text) }
    }

    fn ask(
        &mut self,
        probe: Option<ProbeKind>,
        variant: &str,
        judge: &JudgeSpec,
        text: usize,
        ask: Ask,
        draw: u32,
    ) {
        let (variant, judge) = (variant.to_owned(), judge.id.clone());
        self.questions.push(ProbeQuestion { probe, variant, judge, text, ask, draw });
    }
}
