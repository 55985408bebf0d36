//! The `measure-check` verb: how often the rule-based measures are right on a user's own sentences.

use std::path::Path;

use super::{PipelineError, input_file};
use crate::{
    analysis::measure_check::{self, KnownAnswer, MeasureFinding},
    config::{self, ConfigSource},
    dataset::sentences,
    text::{conversation::Cues, lexicon::Lexicon},
};

/// Asks the measures of two files of rules about every sentence of a table.
///
/// # Errors
/// A file cannot be read, or has problems, all of which are returned.
pub fn check(path: &Path, cues: &str, lexicon: &str) -> Result<Vec<MeasureFinding>, PipelineError> {
    let cue_spec = config::load_cues(&ConfigSource::of_argument(cues))?;
    let lexicon_spec = config::load_lexicon(&ConfigSource::of_argument(lexicon))?;
    let cues =
        Cues::compile(cue_spec).map_err(|error| PipelineError::usage(format!("cues {cues}: {error}")))?;
    let lexicon = Lexicon::compile(lexicon_spec)
        .map_err(|error| PipelineError::usage(format!("lexicon {lexicon}: {error}")))?;
    let (text, _) = input_file::file(path, "sentences")?;
    let shown = path.display().to_string();
    let read = sentences::read(&shown, &text).map_err(PipelineError::Data)?;
    let known: Vec<KnownAnswer<'_>> = read
        .iter()
        .map(|sentence| KnownAnswer {
            text: &sentence.text,
            measure: sentence.measure,
            to_find: sentence.to_find,
            kind: &sentence.kind,
        })
        .collect();
    Ok(measure_check::check(&cues, &lexicon, "sentences", &known))
}
