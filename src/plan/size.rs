//! Size of a plan, computed before it is made. Beyond these sizes it is more likely a mistake than a study.

use crate::{config::Experiment, domain::Mode};

/// Largest number of conditions planned without confirmation.
const MOST_CELLS: u64 = 10_000;
/// Largest number of tasks planned without confirmation.
const MOST_TASKS: u64 = 10_000_000;

/// Size of a plan; numbers too large to count are capped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanSize {
    /// Number of models x prompts x modes that are kept.
    pub cells: u64,
    /// Number of reconstructions and of tasks about sessions, including those of variants.
    pub tasks: u64,
}

impl PlanSize {
    /// The size for an experiment over this many sessions.
    pub fn of(experiment: &Experiment, sessions: usize) -> Self {
        let cells = cells(experiment);
        let variants = experiment.variants.len() as u64;
        let arms = cells.saturating_mul(u64::from(experiment.epochs)).saturating_add(1);
        let tasks = (sessions as u64)
            .saturating_mul(arms)
            .saturating_mul(about_a_session(experiment))
            .saturating_mul(variants + 1);
        Self { cells, tasks }
    }

    /// Message for a plan that is too large to be made without confirmation; `None` for others.
    pub fn excess(self) -> Option<String> {
        if self.cells > MOST_CELLS {
            return Some(format!("the matrix has {} cells, more than {MOST_CELLS}", self.cells));
        }
        (self.tasks > MOST_TASKS)
            .then(|| format!("the experiment has up to {} tasks, more than {MOST_TASKS}", self.tasks))
    }
}

/// Number of tasks of one session in one arm, including its reconstruction.
fn about_a_session(experiment: &Experiment) -> u64 {
    let ratings = experiment.judges.iter().map(|judge| u64::from(judge.draws));
    let items = experiment.items.len() as u64;
    let ratings = ratings.fold(0_u64, |sum, draws| sum.saturating_add(draws.saturating_mul(items)));
    let asked = experiment.ethics.as_ref().map_or(0, |spec| {
        (spec.judges.len() as u64)
            .saturating_mul(spec.risks.len() as u64)
            .saturating_mul(u64::from(spec.draws))
    });
    ratings.saturating_add(asked).saturating_add(2)
}

fn cells(experiment: &Experiment) -> u64 {
    let (models, prompts) = (&experiment.counselors, &experiment.prompts);
    let modes: &[Mode] = &experiment.reconstruct.modes;
    let matrix = &experiment.matrix;
    if matrix.include.is_empty() && matrix.exclude.is_empty() {
        return (models.len() * prompts.len() * modes.len()) as u64;
    }
    let prompts = || prompts.iter().flat_map(|prompt| modes.iter().map(move |mode| (prompt, *mode)));
    let all = models.iter().flat_map(|model| prompts().map(move |(prompt, mode)| (model, prompt, mode)));
    all.filter(|(model, prompt, mode)| matrix.keeps(model, &prompt.id, *mode)).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_more_than_a_study_is_said_in_numbers() {
        let size = |cells, tasks| PlanSize { cells, tasks }.excess();
        assert_eq!(size(MOST_CELLS, MOST_TASKS), None);
        assert_eq!(size(9_000_000, 0), Some("the matrix has 9000000 cells, more than 10000".to_owned()));
        assert_eq!(
            size(1, u64::MAX),
            Some("the experiment has up to 18446744073709551615 tasks, more than 10000000".to_owned())
        );
    }
}
