//! Search for cue words of conversations: steps of the method, words of a client at risk, and responses of a counselor.
//! Words are counted without understanding.

pub mod spec;

use std::ops::Range;

use spec::{CueGroup, CueSpec, ExampleSpeaker};

use super::cues::{PhraseMatch, PhraseSet};
use super::phrase::PhraseError;
use super::words::{Token, tokens};

/// Format that [`Cues::compile`] reads.
pub const FORMAT: &str = "corater-cues/1";

/// Names of the responses of a counselor, in the order of the file.
const RESPONSES: [&str; 7] = ["acknowledge", "ask", "resource", "handover", "empathy", "refuse", "harmful"];

/// Checked cue words, ready for search.
#[derive(Debug, Clone)]
pub struct Cues {
    spec: CueSpec,
    counselor: Groups,
    client: Groups,
}

/// Groups of phrases for one speaker.
#[derive(Debug, Clone)]
struct Groups(Vec<Group>);

/// Phrases of one group, followed by other senses of their words.
#[derive(Debug, Clone)]
struct Group {
    phrases: PhraseSet,
    /// Number of phrases before the other senses.
    own: usize,
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
    /// Encourages harm or agrees with it.
    pub harmful: bool,
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
    /// Other senses are given for a response that does not exist.
    #[error("`unless` names the response \"{id}\"; expected one of {}", RESPONSES.join(", "))]
    Response {
        /// The name found.
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

/// Phrases of a group, and other senses of the same words.
type Senses<'s> = (&'s [String], &'s [String]);

impl Groups {
    fn compile(spec: &CueSpec, what: &'static str, groups: &[Senses<'_>]) -> Result<Self, CueError> {
        let group = |(phrases, unless): &Senses<'_>| {
            let written: Vec<&String> = phrases.iter().chain(*unless).collect();
            let compiled = PhraseSet::compile(&written, &spec.lists);
            let compiled = compiled.map_err(|source| CueError::Phrase { what, source })?;
            Ok(Group { phrases: compiled, own: phrases.len() })
        };
        groups.iter().map(group).collect::<Result<_, _>>().map(Self)
    }

    /// For each group, whether a turn contains one of its phrases in a sense that counts.
    fn found(&self, turn: &str) -> Vec<bool> {
        let words = tokens(turn);
        self.0.iter().map(|group| group.occurs(&words)).collect()
    }
}

impl Group {
    /// Whether one of its phrases occurs and shares no word with another sense.
    fn occurs(&self, words: &[Token<'_>]) -> bool {
        let matches = self.phrases.matches(words);
        let (own, others): (Vec<&PhraseMatch>, Vec<&PhraseMatch>) =
            matches.iter().partition(|hit| hit.phrase < self.own);
        let overlap = |a: &Range<usize>, b: &Range<usize>| a.start < b.end && b.start < a.end;
        own.iter().any(|hit| !others.iter().any(|other| overlap(&hit.words, &other.words)))
    }
}

fn senses(group: &CueGroup) -> Senses<'_> {
    (&group.phrases, &group.unless)
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
        if let Some(id) = r.unless.keys().find(|id| !RESPONSES.contains(&id.as_str())) {
            return Err(CueError::Response { id: id.clone() });
        }
        let responses = [&r.acknowledge, &r.ask, &r.resource, &r.handover, &r.empathy, &r.refuse, &r.harmful];
        let responses = RESPONSES.into_iter().zip(responses).map(|(id, phrases)| {
            (phrases.as_slice(), r.unless.get(id).map(Vec::as_slice).unwrap_or_default())
        });
        let counselor: Vec<Senses<'_>> = spec.stages.iter().map(senses).chain(responses).collect();
        let client: Vec<Senses<'_>> = spec.risk.iter().map(senses).collect();
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
            let ids =
                |groups: &'_ [CueGroup]| -> Vec<String> { groups.iter().map(|g| g.id.clone()).collect() };
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
            harmful: responses[6],
        }
    }

    /// The groups of risk words in a client turn, by index.
    pub fn of_client(&self, turn: &str) -> Vec<usize> {
        let found = self.client.found(turn);
        (0..found.len()).filter(|index| found[*index]).collect()
    }
}
