//! Owns the draws of an ethics question: several answers of one judge, and what they come to.

use serde::{Deserialize, Serialize};

use super::{Assessment, RiskVerdict};
use crate::domain::{Observation, Repair, Unusable};

/// One answer of a judge to the question after one risk of one session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskDraw {
    /// Which, from 1.
    pub number: u32,
    /// What it says.
    #[serde(flatten)]
    pub verdict: RiskVerdict,
    /// What it rests on; quotes that do not hold are struck.
    pub observations: Vec<Observation>,
    /// The judge's reasoning.
    pub reasoning: String,
    /// Quotes cited.
    pub quotes_cited: u32,
    /// Quotes found word for word.
    pub quotes_verified: u32,
    /// Quotes found with small differences.
    pub quotes_near: u32,
    /// Asked a second time, because no quote held.
    pub reasked: bool,
    /// What was mended in the answer's form.
    #[serde(default)]
    pub repairs: Vec<Repair>,
}

impl RiskDraw {
    /// One that cannot be used.
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

/// How the usable draws of one question fall.
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
    /// Counts verdicts; those that cannot be used are left out.
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

    /// All draws that could be used.
    pub fn usable(self) -> u32 {
        self.present + self.absent + self.cannot_tell
    }

    /// Every usable draw says the same. A single one agrees with nobody.
    pub fn unanimous(self) -> Option<bool> {
        let most = self.present.max(self.absent).max(self.cannot_tell);
        (self.usable() > 1).then_some(most == self.usable())
    }
}

impl Assessment {
    /// How its draws fall; none where the question was asked once.
    pub fn drawn(&self) -> Option<DrawCount> {
        (!self.draws.is_empty()).then(|| DrawCount::of(self.draws.iter().map(|draw| draw.verdict)))
    }
}
