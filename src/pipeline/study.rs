//! Owns the way from an experiment to a plan: load it, read its sessions and ratings, narrow, plan.

use std::path::{Path, PathBuf};

use super::{PipelineError, calibrate, ethics, forget, reviewed, variants};
use crate::{
    analysis::calibration::Calibration,
    config::{self, ConfigSource, Environment, Experiment, InputFile, Override},
    dataset::{
        self, Dataset, Problem, ratings::RatingContext, review::Mark, sessions::Beside, source::Opening,
    },
    domain::{Arm, Digest, Mode, Rating, Reviewed, ReviewedRisk, Session},
    judging::Schemas,
    plan::{Plan, PlanSize, Selection, Varied, clip},
    text::{
        conversation::{Cues, spec::CueSpec},
        grounding::{Grounding, spec::GroundingSpec},
        lexicon::Lexicon,
    },
};

/// Everything that is known before the first call.
#[derive(Debug)]
pub struct Study {
    /// The experiment, narrowed.
    pub experiment: Experiment,
    /// Its sessions (narrowed and clipped) and ratings.
    pub dataset: Dataset,
    /// Its sessions as counterfactual variants have them.
    pub varied: Varied,
    /// What will be done.
    pub plan: Plan,
    /// The lexicons, compiled.
    pub lexicons: Vec<Lexicon>,
    /// The schemas of judges' answers.
    pub schemas: Schemas,
    /// The cue words, compiled.
    pub cues: Vec<Cues>,
    /// The words of the grounding check, compiled.
    pub grounding: Vec<Grounding>,
    /// The calibration the experiment names.
    pub calibration: Option<Calibration>,
    /// What people said of flags.
    pub reviews: Vec<Reviewed>,
    /// What people said of ethics risks.
    pub risk_reviews: Vec<ReviewedRisk>,
    /// Spans that a person marked.
    pub marks: Vec<Mark>,
}

/// What the command line asks of a study.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Clone, Default)]
pub struct StudyOptions {
    /// `--set` and the flags that stand for one.
    pub overrides: Vec<Override>,
    /// `--limit` and the filters.
    pub selection: Selection,
    /// Rows of ratings that may be skipped with a note.
    pub skip_bad_rows: usize,
    /// Accept sources without consent and licence.
    pub allow_unconsented: bool,
    /// Refuse sources that are not redacted.
    pub require_redacted: bool,
    /// Refuse endpoints that are not on this machine.
    pub local_only: bool,
    /// What people said of flags, in place of the experiment's `flags.review`; relative to where the program runs.
    pub flag_review: Option<PathBuf>,
    /// What people said of ethics risks, in place of the experiment's `ethics.review`.
    pub ethics_review: Option<PathBuf>,
    /// Read sessions that were forgotten, to forget them again.
    pub with_forgotten: bool,
    /// Plan however many cells and tasks there are.
    pub however_large: bool,
}

impl Study {
    /// Loads, reads and plans. No call is made.
    ///
    /// # Errors
    /// Every problem of the experiment, or every problem of its sessions and ratings, or a filter that leaves
    /// nothing.
    pub fn prepare(
        source: &ConfigSource,
        environment: &Environment,
        options: &StudyOptions,
    ) -> Result<Self, PipelineError> {
        let mut experiment = config::load(source, environment, &overrides(options))?;
        named_reviews(&mut experiment, options)?;
        options.selection.narrow(&mut experiment)?;
        let (full, inputs) = read(&experiment, options.skip_bad_rows)?;
        experiment.inputs.extend(inputs);
        let dataset = narrow(full, &experiment, &options.selection)?;
        if !options.with_forgotten {
            let back = forget::check(&experiment.run.directory, &dataset.sessions)?;
            if !back.is_empty() {
                return Err(PipelineError::Data(back));
            }
        }
        unmarked(&experiment, &dataset.sessions)?;
        if !options.however_large {
            sized(&experiment, &dataset)?;
        }
        let varied = variants::varied(&experiment, &dataset)?;
        let plan = Plan::new(&experiment, &dataset.sessions, &dataset.context, &varied);
        let lexicons = lexicons(&experiment)?;
        let cues = cues(&experiment)?;
        let grounding = grounding(&experiment)?;
        let calibration = match experiment.calibration.clone() {
            Some(path) => {
                let (found, input) = calibrate::read(&path)?;
                experiment.inputs.push(input);
                Some(found)
            }
            None => None,
        };
        let (mut reviews, mut marks) = (Vec::new(), Vec::new());
        let named = experiment.flags.as_ref().map(|flags| (flags.review.clone(), flags.marks.clone()));
        if let Some(path) = named.as_ref().and_then(|(review, _)| review.as_deref()) {
            let (found, input) = reviewed::read_reviews(path)?;
            experiment.inputs.push(input);
            reviews = found;
        }
        if let Some(path) = named.as_ref().and_then(|(_, marks)| marks.as_deref()) {
            let (found, input) = reviewed::read_marks(path)?;
            experiment.inputs.push(input);
            marks = found;
        }
        let named = experiment.ethics.as_ref().and_then(|spec| spec.review.clone());
        let risk_reviews = match named {
            Some(path) => {
                let (found, input) = ethics::read_reviews(&path)?;
                experiment.inputs.push(input);
                found
            }
            None => Vec::new(),
        };
        let schemas =
            Schemas::of(&experiment.rubric, experiment.judges.iter().map(|judge| judge.observations));
        Ok(Self {
            experiment,
            dataset,
            varied,
            plan,
            lexicons,
            schemas,
            cues,
            grounding,
            calibration,
            reviews,
            risk_reviews,
            marks,
        })
    }

    /// True when the session's source lets the model open.
    pub fn model_opens(&self, session: &Session) -> bool {
        let set = &session.provenance.source_set;
        self.experiment.sessions.iter().any(|source| source.id == *set && source.opening == Opening::Model)
    }

    /// Everything that is reconstructed: recorded sessions, then those with a variant's substitutions.
    pub fn sources(&self) -> impl Iterator<Item = &Session> {
        self.dataset.sessions.iter().chain(&self.varied.sessions)
    }

    /// What counselors are told of a source beside the words.
    pub(super) fn context(&self, source: &Session) -> Option<&str> {
        let told = if source.variant.is_some() { &self.varied.context } else { &self.dataset.context };
        told.get(&source.id).map(String::as_str)
    }

    /// The lexicon for a language.
    pub fn lexicon(&self, language: &str) -> Option<&Lexicon> {
        self.lexicons.iter().find(|lexicon| lexicon.spec().language == language)
    }
}

/// What is checked while loading is asked for by a change to the experiment like `--set`.
fn overrides(options: &StudyOptions) -> Vec<Override> {
    let flags = [
        ("run.allow_unconsented", options.allow_unconsented),
        ("run.require_redacted", options.require_redacted),
        ("run.local_only", options.local_only),
    ];
    let set = flags.into_iter().filter(|(_, set)| *set);
    let set = set.map(|(path, _)| Override { path: path.to_owned(), value: "true".to_owned() });
    options.overrides.iter().cloned().chain(set).collect()
}

/// Puts the reviews that were named beside the experiment in the place of its own, as they were written: the manifest
/// keeps no path of this machine that nobody typed.
fn named_reviews(experiment: &mut Experiment, options: &StudyOptions) -> Result<(), PipelineError> {
    if let Some(path) = &options.flag_review {
        let flags = experiment.flags.as_mut().ok_or_else(|| {
            PipelineError::usage("--flag-review: this experiment flags nothing; write `flags: {}` in it")
        })?;
        flags.review = Some(path.clone());
    }
    if let Some(path) = &options.ethics_review {
        let ethics = experiment.ethics.as_mut().ok_or_else(|| {
            let message =
                "--ethics-review: this experiment asks nobody about ethics risks; write `ethics: {}` in it";
            PipelineError::usage(message)
        })?;
        ethics.review = Some(path.clone());
    }
    Ok(())
}

fn lexicons(experiment: &Experiment) -> Result<Vec<Lexicon>, PipelineError> {
    let specs = experiment.flags.iter().flat_map(|flags| flags.lexicons.iter());
    specs
        .map(|spec| {
            Lexicon::compile(spec.clone())
                .map_err(|error| PipelineError::usage(format!("lexicon {}: {error}", spec.id)))
        })
        .collect()
}

fn cues(experiment: &Experiment) -> Result<Vec<Cues>, PipelineError> {
    let compile = |spec: &CueSpec| {
        Cues::compile(spec.clone())
            .map_err(|error| PipelineError::usage(format!("cues {}: {error}", spec.id)))
    };
    experiment.cues.iter().map(compile).collect()
}

fn grounding(experiment: &Experiment) -> Result<Vec<Grounding>, PipelineError> {
    let compile = |spec: &GroundingSpec| {
        Grounding::compile(spec.clone())
            .map_err(|error| PipelineError::usage(format!("grounding {}: {error}", spec.id)))
    };
    experiment.grounding.iter().map(compile).collect()
}

/// Reads every source the experiment names. All problems of all sources come back at once.
fn read(experiment: &Experiment, skip_bad_rows: usize) -> Result<(Dataset, Vec<InputFile>), PipelineError> {
    let mut dataset = Dataset::default();
    let mut inputs = Vec::new();
    let mut problems: Vec<Problem> = Vec::new();
    for source in &experiment.sessions {
        let mut files = Vec::new();
        for path in &source.paths {
            let (text, input) = file(path, &format!("sessions {}", source.id))?;
            files.push((path.display().to_string(), text));
            inputs.push(input);
        }
        let mut beside = |path: Option<&PathBuf>, what: &str| -> Result<_, PipelineError> {
            let Some(path) = path else { return Ok(None) };
            let (text, input) = file(path, &format!("{what} of sessions {}", source.id))?;
            inputs.push(input);
            Ok(Some((path.display().to_string(), text)))
        };
        let beside = Beside {
            notes: beside(source.notes.as_ref().map(|notes| &notes.path), "notes")?,
            selected: beside(source.selected.as_ref(), "marked turns")?,
        };
        match dataset::sessions::read(source, &files, &beside) {
            Ok(found) => dataset.add_sessions(found),
            Err(found) => problems.extend(found),
        }
    }
    if !problems.is_empty() {
        // Ratings can only be checked against sessions that were read.
        return Err(PipelineError::Data(problems));
    }
    for source in &experiment.ratings {
        let (text, input) = file(&source.path, &format!("ratings {}", source.id))?;
        inputs.push(input);
        let context = RatingContext::new(&experiment.rubric, &dataset.sessions, skip_bad_rows);
        match dataset::ratings::read(source, &source.path.display().to_string(), &text, &context) {
            Ok(found) => dataset.add_ratings(found),
            Err(found) => problems.extend(found),
        }
    }
    problems.extend(dataset::check(&dataset, &experiment.sessions, experiment.run.allow_unconsented));
    if problems.is_empty() { Ok((dataset, inputs)) } else { Err(PipelineError::Data(problems)) }
}

/// Refuses a plan that is larger than studies are: the slip is found in a moment, not after the memory is full.
fn sized(experiment: &Experiment, dataset: &Dataset) -> Result<(), PipelineError> {
    match PlanSize::of(experiment, dataset.sessions.len()).excess() {
        None => Ok(()),
        Some(excess) => Err(PipelineError::usage(format!(
            "{excess}: narrow it with `matrix`, --filter-models, --filter-prompts or --limit, or give --yes if all of it \
             is meant"
        ))),
    }
}

/// In `selected` a session without a mark would have no turn.
fn unmarked(experiment: &Experiment, sessions: &[Session]) -> Result<(), PipelineError> {
    if !experiment.reconstruct.modes.contains(&Mode::Selected) {
        return Ok(());
    }
    let bare = sessions.iter().filter(|session| !session.turns.iter().any(|turn| turn.selected));
    let problems: Vec<Problem> = bare
        .map(|session| Problem {
            path: session.provenance.source_set.clone(),
            line: None,
            message: format!(
                "session {:?} has no marked client turn, and `selected` uses those only",
                session.id.as_str()
            ),
            hint: Some(
                "mark turns with `columns.selected` or a `selected` table, or leave the session out".into(),
            ),
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(PipelineError::Data(problems)) }
}

/// Reads one text file, or an embedded one.
pub(super) fn file(path: &Path, role: &str) -> Result<(String, InputFile), PipelineError> {
    let bytes = config::read_data(path).map_err(|error| PipelineError::file("read", path, &error))?;
    let shown = path.display().to_string();
    let input = InputFile { role: role.to_owned(), path: shown.clone(), digest: Digest::of_bytes(&bytes) };
    let text = dataset::decode::text(&shown, bytes.into_owned())
        .map_err(|problem| PipelineError::Data(vec![problem]))?;
    Ok((text, input))
}

/// Keeps the sessions that were asked for, as much of each as the experiment uses, and their ratings. A rating of
/// a whole session is bound to the whole text, so that it counts as stale when only a part is used.
fn narrow(
    mut full: Dataset,
    experiment: &Experiment,
    selection: &Selection,
) -> Result<Dataset, PipelineError> {
    let mut ratings = std::mem::take(&mut full.ratings);
    let sessions: Vec<Session> = selection
        .sessions(std::mem::take(&mut full.sessions))?
        .into_iter()
        .map(|whole| {
            let digest = whole.text_digest();
            let used = clip(whole, experiment.reconstruct.max_exchanges);
            if used.text_digest() != digest {
                bind(&mut ratings, &used, digest);
            }
            used
        })
        .collect();
    let selected = |rating: &Rating| sessions.iter().any(|session| session.id == rating.source);
    ratings.retain(|rating| selected(rating) && experiment.items.contains(&rating.item));
    Ok(Dataset { sessions, ratings, ..full })
}

fn bind(ratings: &mut [Rating], session: &Session, whole: Digest) {
    for rating in ratings.iter_mut() {
        if rating.source == session.id && rating.arm == Arm::Original {
            rating.text_digest.get_or_insert(whole);
        }
    }
}
