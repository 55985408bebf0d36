//! Reads a stored run for further analysis: sessions, ratings and its manifest.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use serde::de::DeserializeOwned;

use super::PipelineError;
use crate::{
    analysis::{Inputs, JudgeInput, Margins},
    domain::{Digest, ItemId, Mode, RaterId, Rating, Rubric, Session, SessionId},
    store::{Manifest, RunDirectory, StoreError, artifact, run::MANIFEST_FILE},
};

/// A stored run.
#[derive(Debug)]
pub(super) struct StoredRun {
    /// Name of the folder.
    pub(super) name: String,
    /// The experiment's seed.
    pub(super) seed: u64,
    pub(super) sessions: Vec<Session>,
    pub(super) ratings: Vec<Rating>,
    pub(super) rubric: Rubric,
    pub(super) items: Vec<ItemId>,
    /// Digest of everything that shapes each judge's scores.
    pub(super) judges: BTreeMap<String, Digest>,
    /// Digest of the clinicians' instructions.
    pub(super) instructions: Option<Digest>,
    manifest: Manifest,
}

impl StoredRun {
    /// Reads a run.
    ///
    /// # Errors
    /// A file is missing, or is not in the format of this version.
    pub(super) fn read(run: &RunDirectory) -> Result<Self, PipelineError> {
        let manifest = Manifest::decode(&run.read(MANIFEST_FILE)?)?;
        let mut sessions = artifact::decode_sessions(&run.read("sessions.jsonl")?)?;
        let mut ratings = artifact::decode_ratings(&run.read("ratings.jsonl")?)?;
        // Sessions with a simulated client are excluded from comparisons.
        let simulated = |session: &Session| session.mode == Some(Mode::SimulatedClient);
        let gone: BTreeSet<SessionId> =
            sessions.iter().filter(|session| simulated(session)).map(|session| session.id.clone()).collect();
        sessions.retain(|session| !gone.contains(&session.id));
        ratings.retain(|rating| !gone.contains(&rating.session));
        Ok(Self {
            name: run.name(),
            seed: key(run, &manifest, "seed")?,
            sessions,
            ratings,
            rubric: key(run, &manifest, "rubric")?,
            items: key(run, &manifest, "items")?,
            judges: manifest.judges.clone(),
            instructions: manifest.instructions,
            manifest,
        })
    }

    /// Its judges, as inputs of an analysis.
    pub(super) fn judge_inputs(&self) -> Vec<JudgeInput> {
        let judge = |(id, identity): (&String, &Digest)| {
            let id = RaterId::new(id.clone()).ok()?;
            Some(JudgeInput { id, baseline: false, identity: Some(*identity), members: Vec::new() })
        };
        self.judges.iter().filter_map(judge).collect()
    }

    /// The value of a key of the experiment, from the manifest.
    pub(super) fn key<T: DeserializeOwned>(
        &self,
        run: &RunDirectory,
        name: &str,
    ) -> Result<T, PipelineError> {
        key(run, &self.manifest, name)
    }

    /// Number of resamples behind its intervals.
    pub(super) fn bootstrap(&self, run: &RunDirectory) -> Result<u32, PipelineError> {
        let options: std::collections::BTreeMap<String, serde_json::Value> = key(run, &self.manifest, "run")?;
        Ok(options
            .get("bootstrap")
            .and_then(serde_json::Value::as_u64)
            .map_or(0, |n| u32::try_from(n).unwrap_or(0)))
    }

    /// Inputs with scores only: no flags, no resampling.
    pub(super) fn inputs<'a>(&'a self, judges: &'a [JudgeInput]) -> Inputs<'a> {
        Inputs {
            description: "",
            sessions: &self.sessions,
            ratings: &self.ratings,
            out_of_scale: &[],
            flags: &[],
            flags_enabled: false,
            flag_judge: None,
            flag_judge_scripted: false,
            flags_undefined: &[],
            marks: &[],
            cues: &[],
            measured: &[],
            ethics: None,
            variants: None,
            grounding: None,
            coherence: None,
            categories: &[],
            rubric: &self.rubric,
            anchors: None,
            items: &self.items,
            conditions: &[],
            judges,
            margins: Margins::default(),
            reference: None,
            calibration: None,
            instructions: self.instructions,
            seed: self.seed,
            bootstrap: 0,
            served: &[],
            notes: &[],
        }
    }
}

/// The value of a key of the resolved experiment.
fn key<T: DeserializeOwned>(run: &RunDirectory, manifest: &Manifest, key: &str) -> Result<T, PipelineError> {
    let value = manifest.experiment.get(key).cloned().unwrap_or_default();
    serde_json::from_value(value).map_err(|_| {
        let file = run.path().join(MANIFEST_FILE);
        PipelineError::usage(format!(
            "{}, key experiment.{key}: not as this version writes it",
            file.display()
        ))
    })
}

/// The run named by an argument, within `root`: a path, a name, `latest` or a unique prefix.
///
/// # Errors
/// No run or several runs match.
pub fn find(root: &Path, wanted: &str) -> Result<RunDirectory, PipelineError> {
    let path = Path::new(wanted);
    let found = if path.components().count() > 1 {
        RunDirectory::open(path)
    } else {
        crate::store::run::resolve(root, wanted)
    };
    found.map_err(|error| match error {
        // The argument is wrong, not the store.
        StoreError::NoSuchRun { .. } | StoreError::AmbiguousRun { .. } | StoreError::Io { .. } => {
            PipelineError::usage(error.to_string())
        }
        other => other.into(),
    })
}
