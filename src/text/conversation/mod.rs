//! Owns the search for cue words of conversations: steps of the method, words of a client at risk, and what a counselor
//! did. Words are counted, nothing is understood.

pub mod spec;

use spec::{CueSpec, ExampleSpeaker};

use super::cues::PhraseSet;
use super::phrase::PhraseError;
use super::words::tokens;

/// Format that [`Cues::compile`] reads.
pub const FORMAT: &str = "corater-cues/1";

/// What a counselor did, in the order of the file.
const RESPONSES: [&str; 6] = ["acknowledge", "ask", "resource", "handover", "empathy", "refuse"];

/// Cue words that have been checked and can be looked for.
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
    /// Per phrase, its group.
    owners: Vec<usize>,
    /// How many groups there are.
    count: usize,
}

/// What a counselor turn holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one kind of words, found or not")]
pub struct CounselorCues {
    /// Indices of the steps found, ascending.
    pub stages: Vec<usize>,
    /// Takes up what the client said.
    pub acknowledge: bool,
    /// Asks about the danger.
    pub ask: bool,
    /// Names a place of help.
    pub resource: bool,
    /// Brings the client to somebody.
    pub handover: bool,
    /// Words of empathy.
    pub empathy: bool,
    /// Declines to go on.
    pub refuse: bool,
}

/// Why cue words cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CueError {
    /// Another format, or another version of it.
    #[error("format is \"{found}\", expected \"{FORMAT}\"")]
    Format {
        /// What the file says.
        found: String,
    },
    /// The same group twice, or one without phrases.
    #[error("group \"{id}\" appears twice or has no phrases")]
    Group {
        /// The group.
        id: String,
    },
    /// A phrase that cannot be read.
    #[error("{what}: {source}")]
    Phrase {
        /// Whose words they are.
        what: &'static str,
        /// The reason.
        source: PhraseError,
    },
    /// An example that does not come out.
    #[error("example {number}: expected {expected:?}, found {found:?}")]
    Example {
        /// Which, from 1.
        number: usize,
        /// The groups it must hold.
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

    /// Which groups a turn holds.
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
    /// A group repeats, a phrase cannot be read, or an example does not come out.
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

    /// The cue words as they were written.
    pub fn spec(&self) -> &CueSpec {
        &self.spec
    }

    /// What a counselor turn holds.
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
