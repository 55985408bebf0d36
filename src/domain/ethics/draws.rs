//! Draws of an ethics question: repeated answers of one judge, and how they are counted.

use serde::{Deserialize, Serialize};

use super::RiskVerdict;
use crate::domain::{Observation, Repair, Unusable};

/// One answer of a judge about one risk of one session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskDraw {
    /// Number of the draw, from 1.
    pub number: u32,
    /// The verdict of this draw.
    #[serde(flatten)]
    pub verdict: RiskVerdict,
    /// Supporting observations; quotes that were not found in the transcript are removed.
    pub observations: Vec<Observation>,
    /// The judge's reasoning, as written.
    pub reasoning: String,
    /// Number of quotes cited.
    pub quotes_cited: u32,
    /// Number of quotes found word for word.
    pub quotes_verified: u32,
    /// Number of quotes found with small differences.
    pub quotes_near: u32,
    /// True if the judge was asked a second time because no quote was found.
    pub reasked: bool,
    /// Repairs made to the form of the answer.
    #[serde(default)]
    pub repairs: Vec<Repair>,
}

impl RiskDraw {
    /// A draw whose answer cannot be used.
    pub fn unusable(number: u32, reason: Unusable, reasked: bool) -> Self {
        Self {
            number,
            verdict: RiskVerdict::Unusable { reason },
            observations: Vec::new(),
            reasoning: String::new(),
            quotes_cited: 0,
            quotes_verified: 0,
            quotes_near: 0,
            reasked,
            repairs: Vec::new(),
        }
    }
}

/// Number of usable draws of one question by verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawCount {
    /// Draws that say present.
    pub present: u32,
    /// Draws that say absent.
    pub absent: u32,
    /// Draws that cannot tell.
    pub cannot_tell: u32,
}

impl DrawCount {
    /// Counts verdicts; unusable ones are left out.
    pub fn of(verdicts: impl IntoIterator<Item = RiskVerdict>) -> Self {
        let mut count = Self::default();
        for verdict in verdicts {
            match verdict {
                RiskVerdict::Present { .. } => count.present += 1,
                RiskVerdict::Absent => count.absent += 1,
                RiskVerdict::CannotTell => count.cannot_tell += 1,
                RiskVerdict::Unusable { .. } => {}
            }
        }
        count
    }

    /// Number of usable draws.
    pub fn usable(self) -> u32 {
        self.present + self.absent + self.cannot_tell
    }

    /// Whether all usable draws say the same; `None` below two draws, which have nothing to agree with.
    pub fn unanimous(self) -> Option<bool> {
        let most = self.present.max(self.absent).max(self.cannot_tell);
        (self.usable() > 1).then_some(most == self.usable())
    }
}
