//! Settings of a prompt variant, as the scripted counselors read them from the system prompt.

/// How often something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frequency {
    Never,
    Sometimes,
    Often,
}

/// Settings of a variant. Settings that the prompt does not declare have their default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CounselorSettings {
    /// `announced`, `shared` or `none`.
    pub(super) agenda: String,
    /// Maximum number of questions in one reply.
    pub(super) questions: usize,
    /// How often feedback is asked for.
    pub(super) feedback: Frequency,
    /// Whether an exercise is suggested.
    pub(super) homework: bool,
    /// Maximum number of words in one reply.
    pub(super) words: usize,
    /// Whether claims of feeling, presence or understanding are allowed.
    pub(super) relational: bool,
}

/// A declared setting has a value that the scripted counselors do not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("setting `{key}` is `{found}`, expected {expected}")]
pub(super) struct SettingsError {
    key: String,
    found: String,
    expected: &'static str,
}

/// The line after which `- key: value` lines are settings.
const HEADING: &str = "Settings of this variant";

impl Default for CounselorSettings {
    fn default() -> Self {
        Self {
            agenda: "none".into(),
            questions: 1,
            feedback: Frequency::Never,
            homework: false,
            words: 80,
            relational: true,
        }
    }
}

impl CounselorSettings {
    /// Reads the `- key: value` lines below the settings heading. Unknown keys are ignored.
    pub(super) fn read(system: &str) -> Result<Self, SettingsError> {
        let mut settings = Self::default();
        let block = system.lines().skip_while(|line| !line.starts_with(HEADING)).skip(1);
        for line in block.take_while(|line| line.starts_with("- ")) {
            if let Some((key, value)) = line.trim_start_matches("- ").split_once(':') {
                settings.set(key.trim(), value.trim())?;
            }
        }
        Ok(settings)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), SettingsError> {
        let error = |expected| SettingsError { key: key.to_owned(), found: value.to_owned(), expected };
        match key {
            "agenda" if ["announced", "shared", "none"].contains(&value) => {
                value.clone_into(&mut self.agenda);
            }
            "agenda" => return Err(error("`announced`, `shared` or `none`")),
            "questions" => self.questions = value.parse().map_err(|_| error("a whole number"))?,
            "words" => self.words = value.parse().map_err(|_| error("a whole number"))?,
            "feedback" => {
                self.feedback = match value {
                    "never" => Frequency::Never,
                    "sometimes" => Frequency::Sometimes,
                    "often" => Frequency::Often,
                    _ => return Err(error("`never`, `sometimes` or `often`")),
                }
            }
            "homework" => self.homework = yes_no(value).ok_or_else(|| error("`yes` or `no`"))?,
            "warmth" => {
                self.relational = match value {
                    "relational" => true,
                    "plain" => false,
                    _ => return Err(error("`relational` or `plain`")),
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn yes_no(value: &str) -> Option<bool> {
    match value {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}
