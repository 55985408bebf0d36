//! Prepares a study: loads an experiment, reads its sessions and ratings, narrows them, and plans.

use std::path::PathBuf;

use super::{PipelineError, Study, calibrate, ethics, forget, input_file, reviewed, variants};
use crate::{
    config::{self, ConfigSource, Environment, Experiment, InputFile, Override},
    dataset::{
        self, Dataset, Problem,
        ratings::RatingContext,
        sessions::Beside,
        source::{SessionFormat, SessionSource},
    },
    domain::{Arm, Digest, Mode, Rating, Session, of_language},
    judging::Schemas,
    plan::{Plan, PlanSize, Selection, clip},
    text::{
        conversation::{Cues, spec::CueSpec},
        grounding::{Grounding, spec::GroundingSpec},
        lexicon::Lexicon,
    },
};

/// Options of the command line.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Clone, Default)]
pub struct StudyOptions {
    /// `--set`, and the flags that are equivalent to one.
    pub overrides: Vec<Override>,
    /// `--limit` and the filters.
    pub selection: Selection,
    /// Number of rows of ratings that may be skipped with a note.
    pub skip_bad_rows: usize,
    /// Accept sources without consent and license.
    pub allow_unconsented: bool,
    /// Refuse sources that are not redacted.
    pub require_redacted: bool,
    /// Refuse endpoints that are not on this machine.
    pub local_only: bool,
    /// Path of decisions on flags that replaces the experiment's `flags.review`; relative to the current folder.
    pub flag_review: Option<PathBuf>,
    /// Path of decisions on ethics risks that replaces the experiment's `ethics.review`.
    pub ethics_review: Option<PathBuf>,
    /// Read forgotten sessions, in order to forget them again.
    pub with_forgotten: bool,
    /// Plan any number of cells and tasks.
    pub however_large: bool,
}
impl Study {
    /// Loads, reads and plans. No call is made.
    ///
    /// # Errors
    /// Every problem of the experiment, or every problem of its sessions and ratings, or a filter that matches
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
        let mut warnings = languages(&experiment);
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
            let cut = reviewed::cut_words(&found, dataset.sessions.iter());
            warnings.extend(cut.map(|message| format!("{}: {message}", path.display())));
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
        experiment.cautions.extend(warnings.iter().cloned());
        experiment.warnings.extend(warnings);
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
}

/// Options that must be checked while loading, as changes to the experiment like `--set`.
pub(super) fn overrides(options: &StudyOptions) -> Vec<Override> {
    let flags = [
        ("run.allow_unconsented", options.allow_unconsented),
        ("run.require_redacted", options.require_redacted),
        ("run.local_only", options.local_only),
    ];
    let set = flags.into_iter().filter(|(_, set)| *set);
    let set = set.map(|(path, _)| Override { path: path.to_owned(), value: "true".to_owned() });
    options.overrides.iter().cloned().chain(set).collect()
}
/// Replaces the experiment's reviews by those named on the command line, with paths as typed: the manifest then
/// contains no path of this machine that nobody typed.
pub(super) fn named_reviews(
    experiment: &mut Experiment,
    options: &StudyOptions,
) -> Result<(), PipelineError> {
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
pub(super) fn lexicons(experiment: &Experiment) -> Result<Vec<Lexicon>, PipelineError> {
    let specs = experiment.flags.iter().flat_map(|flags| flags.lexicons.iter());
    specs
        .map(|spec| {
            Lexicon::compile(spec.clone())
                .map_err(|error| PipelineError::usage(format!("lexicon {}: {error}", spec.id)))
        })
        .collect()
}
pub(super) fn cues(experiment: &Experiment) -> Result<Vec<Cues>, PipelineError> {
    let compile = |spec: &CueSpec| {
        Cues::compile(spec.clone())
            .map_err(|error| PipelineError::usage(format!("cues {}: {error}", spec.id)))
    };
    experiment.cues.iter().map(compile).collect()
}
pub(super) fn grounding(experiment: &Experiment) -> Result<Vec<Grounding>, PipelineError> {
    let compile = |spec: &GroundingSpec| {
        Grounding::compile(spec.clone())
            .map_err(|error| PipelineError::usage(format!("grounding {}: {error}", spec.id)))
    };
    experiment.grounding.iter().map(compile).collect()
}
/// A warning of every source in whose language the experiment has no word lists.
fn languages(experiment: &Experiment) -> Vec<String> {
    let lacking = |language: &str| {
        let flags = experiment.flags.as_ref();
        let lexicon =
            flags.is_some_and(|flags| of_language(&flags.lexicons, |l| &l.language, language).is_none());
        let cues = of_language(&experiment.cues, |cues| &cues.language, language).is_none();
        let grounding = of_language(&experiment.grounding, |words| &words.language, language).is_none();
        let lists = [
            (lexicon, "a lexicon (its turns are not flagged)"),
            (
                cues && !experiment.cues.is_empty(),
                "cue words (its words of risk and its refusals are not seen)",
            ),
            (grounding && !experiment.grounding.is_empty(), "word lists of the grounding check"),
        ];
        lists.into_iter().filter(|(lacks, _)| *lacks).map(|(_, what)| what).collect::<Vec<_>>()
    };
    let warning = |source: &SessionSource| {
        let language = &source.provenance.language;
        let lacks = lacking(language);
        (!lacks.is_empty()).then(|| {
            format!(
                "sessions {}: no list in language `{language}` for: {}; the figures that need one are undefined for \
                 this source, not 0",
                source.id,
                lacks.join(", ")
            )
        })
    };
    experiment.sessions.iter().filter_map(warning).collect()
}
/// Reads every source that the experiment names. Returns the problems of all sources together.
pub(super) fn read(
    experiment: &Experiment,
    skip_bad_rows: usize,
) -> Result<(Dataset, Vec<InputFile>), PipelineError> {
    let mut dataset = Dataset::default();
    let mut inputs = Vec::new();
    let mut problems: Vec<Problem> = Vec::new();
    for source in &experiment.sessions {
        let mut files = Vec::new();
        for path in &source.paths {
            let role = format!("sessions {}", source.id);
            let (text, input) = match source.format {
                SessionFormat::Csv | SessionFormat::Study => input_file::table(path, &role, &source.table)?,
                _ => input_file::file(path, &role)?,
            };
            files.push((path.display().to_string(), text));
            inputs.push(input);
        }
        let mut beside = |path: Option<&PathBuf>, what: &str| -> Result<_, PipelineError> {
            let Some(path) = path else { return Ok(None) };
            let role = format!("{what} of sessions {}", source.id);
            let (text, input) = input_file::table(path, &role, &source.table.of_a_table_beside())?;
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
        // Ratings can be checked only against sessions that were read.
        return Err(PipelineError::Data(problems));
    }
    for source in &experiment.ratings {
        let (text, input) =
            input_file::table(&source.path, &format!("ratings {}", source.id), &source.table)?;
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
/// Rejects a plan that is larger than any study, so that the mistake is found before the memory is full.
pub(super) fn sized(experiment: &Experiment, dataset: &Dataset) -> Result<(), PipelineError> {
    match PlanSize::of(experiment, dataset.sessions.len()).excess() {
        None => Ok(()),
        Some(excess) => Err(PipelineError::usage(format!(
            "{excess}: narrow it with `matrix`, --filter-models, --filter-prompts or --limit, or give --yes if all of it \
             is meant"
        ))),
    }
}
/// Rejects sessions without a mark in `selected`, because they would have no turn.
pub(super) fn unmarked(experiment: &Experiment, sessions: &[Session]) -> Result<(), PipelineError> {
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
/// Keeps the selected sessions, the part of each that the experiment uses, and their ratings. A rating of a whole
/// session is bound to the whole text, so it counts as stale if only a part is used.
pub(super) fn narrow(
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
pub(super) fn bind(ratings: &mut [Rating], session: &Session, whole: Digest) {
    for rating in ratings.iter_mut() {
        if rating.source == session.id && rating.arm == Arm::Original {
            rating.text_digest.get_or_insert(whole);
        }
    }
}
