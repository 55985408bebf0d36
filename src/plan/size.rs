//! How large a plan would be, found out before it is made: beyond these sizes it is more likely a slip than a study.

use crate::{config::Experiment, domain::Mode};

/// Cells of the matrix that are planned without asking.
const MOST_CELLS: u64 = 10_000;
/// Tasks that are planned without asking.
const MOST_TASKS: u64 = 10_000_000;

/// Sizes of a plan; what is too large to count stays at the largest number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanSize {
    /// Models x prompts x modes that are kept.
    pub cells: u64,
    /// Reconstructions, and questions about sessions, variants among them.
    pub tasks: u64,
}

impl PlanSize {
    /// Of an experiment over so many sessions.
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

    /// What is said of a plan that is too large to be made without asking.
    pub fn excess(self) -> Option<String> {
        if self.cells > MOST_CELLS {
            return Some(format!("the matrix has {} cells, more than {MOST_CELLS}", self.cells));
        }
        (self.tasks > MOST_TASKS)
            .then(|| format!("the experiment has up to {} tasks, more than {MOST_TASKS}", self.tasks))
    }
}

/// Tasks of one session in one arm, its reconstruction among them.
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
