//! A folder with an experiment in it, and what loading it says.

use std::path::Path;

use corater::config::{ConfigProblem, ConfigSource, Environment, Experiment, Override, Problems, load};
use tempfile::TempDir;

/// A folder under construction.
#[must_use]
pub(crate) struct Folder {
    dir: TempDir,
    environment: Vec<(String, String)>,
    overrides: Vec<Override>,
}

impl Folder {
    /// With an experiment that loads, one session file and one ratings file.
    pub(crate) fn new() -> Self {
        let folder = Self { dir: TempDir::new().unwrap(), environment: Vec::new(), overrides: Vec::new() };
        folder.file("sessions.jsonl", "").file("ratings.csv", "").file("experiment.yaml", MINIMAL)
    }

    /// With this text as the experiment.
    pub(crate) fn of(yaml: impl AsRef<[u8]>) -> Self {
        Self::new().file("experiment.yaml", yaml)
    }

    /// The minimal experiment with a piece of its text replaced.
    pub(crate) fn with(old: &str, new: &str) -> Self {
        assert!(MINIMAL.contains(old), "the minimal experiment holds no {old:?}");
        Self::of(MINIMAL.replace(old, new))
    }

    pub(crate) fn file(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    pub(crate) fn set(mut self, change: &str) -> Self {
        self.overrides.push(change.parse().unwrap());
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn load(&self) -> Result<Experiment, Problems> {
        let source = ConfigSource::File(self.dir.path().join("experiment.yaml"));
        let environment: Environment = self.environment.iter().cloned().collect();
        load(&source, &environment, &self.overrides)
    }

    /// The problems one a line, without the folder's name.
    pub(crate) fn lines(&self) -> String {
        let problems = self.load().expect_err("the experiment is broken");
        let lines: Vec<String> = problems.iter().map(ConfigProblem::one_line).collect();
        self.relative(&lines.join("\n"))
    }

    /// The problems as they are printed.
    pub(crate) fn printed(&self) -> String {
        self.relative(&self.load().expect_err("the experiment is broken").to_string())
    }

    fn relative(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.dir.path().display()), "")
    }
}

/// The least that loads.
pub(crate) const MINIMAL: &str = r#"models:
  - {id: structured, model: baseline/structured}
prompts:
  - {id: helpert, file: "builtin:helpert"}
sessions:
  - id: demo
    path: sessions.jsonl
    format: jsonl
    roles: {client: [thinker], counselor: [helper]}
    counselor: human
    client: human
    language: en
    consent: written
    public: false
ratings:
  - {id: clinicians, path: ratings.csv, raters: [C1, C2], scale: {min: 0, max: 6}}
judges:
  - {id: scripted, model: baseline/judge}
rubric: {file: "builtin:ctrs"}
"#;
