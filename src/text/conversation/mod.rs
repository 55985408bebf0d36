//! Search for cue words of conversations: steps of the method, words of a client at risk, and responses of a counselor.
//! Words are counted without understanding.

pub mod spec;

use spec::{CueSpec, ExampleSpeaker};

use super::cues::PhraseSet;
use super::phrase::PhraseError;
use super::words::tokens;

/// Format that [`Cues::compile`] reads.
pub const FORMAT: &str = "corater-cues/1";

/// Names of the responses of a counselor, in the order of the file.
const RESPONSES: [&str; 6] = ["acknowledge", "ask", "resource", "handover", "empathy", "refuse"];

/// Checked cue words, ready for search.
#[derive(Debug, Clone)]
pub struct Cues {
    spec: CueSpec,
    counselor: Groups,
    client: Groups,
}

/// Groups of phrases for one speaker, as one set.
#[derive(Debug, Clone)]
struct Groups {
    phrases: PhraseSet,
    /// For each phrase, the index of its group.
    owners: Vec<usize>,
    /// Number of groups.
    count: usize,
}

/// Cues found in a counselor turn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one kind of words, found or not")]
pub struct CounselorCues {
    /// Indices of the steps found, ascending.
    pub stages: Vec<usize>,
    /// Responds to what the client said.
    pub acknowledge: bool,
    /// Asks about the danger.
    pub ask: bool,
    /// Names a source of help.
    pub resource: bool,
    /// Brings the client to somebody who helps.
    pub handover: bool,
    /// Expresses empathy.
    pub empathy: bool,
    /// Declines to continue.
    pub refuse: bool,
}

/// Why cue words cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CueError {
    /// The file has another format, or another version of it.
    #[error("format is \"{found}\", expected \"{FORMAT}\"")]
    Format {
        /// The format that the file states.
        found: String,
    },
    /// A group occurs twice, or has no phrases.
    #[error("group \"{id}\" appears twice or has no phrases")]
    Group {
        /// Id of the group.
        id: String,
    },
    /// A phrase cannot be read.
    #[error("{what}: {source}")]
    Phrase {
        /// Group or kind of words it belongs to.
        what: &'static str,
        /// Why it cannot be read.
        source: PhraseError,
    },
    /// An example does not give the expected groups.
    #[error("example {number}: expected {expected:?}, found {found:?}")]
    Example {
        /// Number of the example, from 1.
        number: usize,
        /// The expected groups.
        expected: Vec<String>,
        /// The groups found.
        found: Vec<String>,
    },
}

impl Groups {
    fn compile(spec: &CueSpec, what: &'static str, groups: &[&[String]]) -> Result<Self, CueError> {
        let written = groups.iter().enumerate().flat_map(|(i, list)| list.iter().map(move |p| (p, i)));
        let (phrases, owners): (Vec<&String>, Vec<usize>) = written.unzip();
        let phrases = PhraseSet::compile(&phrases, &spec.lists);
        let phrases = phrases.map_err(|source| CueError::Phrase { what, source })?;
        Ok(Self { phrases, owners, count: groups.len() })
    }

    /// For each group, whether a turn contains one of its phrases.
    fn found(&self, turn: &str) -> Vec<bool> {
        let mut found = vec![false; self.count];
        for hit in self.phrases.matches(&tokens(turn)) {
            found[self.owners[hit.phrase]] = true;
        }
        found
    }
}

impl Cues {
    /// Checks cue words, prepares them and runs their examples.
    ///
    /// # Errors
    /// A group repeats, a phrase cannot be read, or an example does not give the expected groups.
    pub fn compile(spec: CueSpec) -> Result<Self, CueError> {
        if spec.format != FORMAT {
            return Err(CueError::Format { found: spec.format });
        }
        let groups: Vec<_> = spec.stages.iter().chain(&spec.risk).collect();
        for (at, group) in groups.iter().enumerate() {
            let twice = groups[..at].iter().any(|other| other.id == group.id);
            if twice || group.phrases.is_empty() || RESPONSES.contains(&group.id.as_str()) {
                return Err(CueError::Group { id: group.id.clone() });
            }
        }
        let r = &spec.responses;
        let responses = [&r.acknowledge, &r.ask, &r.resource, &r.handover, &r.empathy, &r.refuse];
        let counselor: Vec<&[String]> = spec
            .stages
            .iter()
            .map(|group| group.phrases.as_slice())
            .chain(responses.map(Vec::as_slice))
            .collect();
        let client: Vec<&[String]> = spec.risk.iter().map(|group| group.phrases.as_slice()).collect();
        let counselor = Groups::compile(&spec, "counselor phrases", &counselor)?;
        let client = Groups::compile(&spec, "client phrases", &client)?;
        let cues = Self { spec, counselor, client };
        cues.examples()?;
        Ok(cues)
    }

    fn examples(&self) -> Result<(), CueError> {
        for (number, example) in (1..).zip(&self.spec.examples) {
            let named = |flags: Vec<bool>, names: &[&str]| -> Vec<String> {
                let hits = names.iter().zip(flags).filter(|(_, hit)| *hit);
                hits.map(|(name, _)| (*name).to_owned()).collect()
            };
            let ids = |groups: &'_ [spec::CueGroup]| -> Vec<String> {
                groups.iter().map(|g| g.id.clone()).collect()
            };
            let names: Vec<String> = match example.speaker {
                ExampleSpeaker::Client => ids(&self.spec.risk),
                ExampleSpeaker::Counselor => {
                    ids(&self.spec.stages).into_iter().chain(RESPONSES.map(str::to_owned)).collect()
                }
            };
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let found = match example.speaker {
                ExampleSpeaker::Client => named(self.client.found(&example.text), &names),
                ExampleSpeaker::Counselor => named(self.counselor.found(&example.text), &names),
            };
            let holds = match example.cues.as_slice() {
                [] => found.iter().all(|name| RESPONSES.contains(&name.as_str())),
                cues => cues.iter().all(|cue| found.contains(cue)),
            };
            if !holds {
                return Err(CueError::Example { number, expected: example.cues.clone(), found });
            }
        }
        Ok(())
    }

    /// The cue words as written.
    pub fn spec(&self) -> &CueSpec {
        &self.spec
    }

    /// The cues in a counselor turn.
    pub fn of_counselor(&self, turn: &str) -> CounselorCues {
        let found = self.counselor.found(turn);
        let (stages, responses) = found.split_at(self.spec.stages.len());
        CounselorCues {
            stages: (0..stages.len()).filter(|index| stages[*index]).collect(),
            acknowledge: responses[0],
            ask: responses[1],
            resource: responses[2],
            handover: responses[3],
            empathy: responses[4],
            refuse: responses[5],
        }
    }

    /// The groups of risk words in a client turn, by index.
    pub fn of_client(&self, turn: &str) -> Vec<usize> {
        let found = self.client.found(turn);
        (0..found.len()).filter(|index| found[*index]).collect()
    }
}
