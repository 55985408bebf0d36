//! The number of unusable answers of each judge while a run is under way: it causes an early warning, and stops the run if
//! the experiment says so.

use std::{cell::RefCell, collections::BTreeMap};

use crate::{
    domain::{Draw, RatingOutcome, Unusable},
    execute::{Event, Halt, Stop},
};

/// So many unusable answers are told of; so many answers decide whether a run stops.
const ENOUGH: u64 = 50;
/// Told of once the unusable are at least this share of all.
const MOST: f64 = 0.5;

/// Counts the answers of a run's judges.
pub(super) struct UsableWatch<'w> {
    stop: Stop,
    /// The share of unusable answers at which the run stops; none never stops it.
    limit: Option<f64>,
    tell: Box<dyn Fn(Event) + 'w>,
    seen: RefCell<BTreeMap<String, AnswerCount>>,
}

#[derive(Debug, Default)]
struct AnswerCount {
    answers: u64,
    unusable: u64,
    told: bool,
    reasons: BTreeMap<&'static str, u64>,
}

/// What is to be done after an answer.
#[derive(Debug, PartialEq, Eq)]
enum Due {
    Nothing,
    Warning,
    Stop,
}

impl AnswerCount {
    fn count(&mut self, draw: &Draw) {
        match &draw.outcome {
            // A call that failed brought no answer.
            RatingOutcome::Unusable { reason: Unusable::CallFailed } => {}
            RatingOutcome::Unusable { reason } => {
                self.answers += 1;
                self.unusable += 1;
                *self.reasons.entry(reason.word()).or_default() += 1;
            }
            _ => self.answers += 1,
        }
    }

    fn share(&self) -> f64 {
        self.unusable as f64 / self.answers.max(1) as f64
    }

    fn due(&mut self, limit: Option<f64>) -> Due {
        if self.answers >= ENOUGH && limit.is_some_and(|limit| self.share() >= limit) {
            return Due::Stop;
        }
        if !self.told && self.unusable >= ENOUGH && self.share() >= MOST {
            self.told = true;
            return Due::Warning;
        }
        Due::Nothing
    }

    fn reasons(&self) -> String {
        let reasons: Vec<String> = self.reasons.iter().map(|(word, n)| format!("{word} {n}")).collect();
        reasons.join(", ")
    }
}

impl std::fmt::Debug for UsableWatch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("limit", &self.limit).finish_non_exhaustive()
    }
}

impl<'w> UsableWatch<'w> {
    pub(super) fn new(stop: Stop, limit: Option<f64>, tell: impl Fn(Event) + 'w) -> Self {
        Self { stop, limit, tell: Box::new(tell), seen: RefCell::default() }
    }

    /// Takes in one answer of a judge.
    pub(super) fn answer(&self, judge: &str, draw: &Draw) {
        let mut all = self.seen.borrow_mut();
        let seen = all.entry(judge.to_owned()).or_default();
        seen.count(draw);
        match seen.due(self.limit) {
            Due::Nothing => {}
            Due::Warning => (self.tell)(Event::Unusable {
                judge: judge.to_owned(),
                unusable: seen.unusable,
                answers: seen.answers,
                reasons: seen.reasons(),
            }),
            Due::Stop => self.stop.halt(Halt::Unusable {
                judge: judge.to_owned(),
                unusable: seen.unusable,
                answers: seen.answers,
                reasons: seen.reasons(),
                limit: self.limit.unwrap_or_default(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execute::StopLevel;

    fn draw(reason: Option<Unusable>) -> Draw {
        let mut draw = Draw::unusable(1, reason.unwrap_or(Unusable::Empty), false);
        if reason.is_none() {
            draw.outcome = RatingOutcome::NotAssessable { reason: "nothing shows it".into() };
        }
        draw
    }

    #[test]
    fn fifty_unusable_answers_are_told_of_once_and_failed_calls_are_no_answers() {
        let (stop, said) = (Stop::default(), RefCell::new(Vec::new()));
        let watch = UsableWatch::new(stop.clone(), None, |event| said.borrow_mut().push(event));
        for _ in 0..200 {
            watch.answer("J", &draw(Some(Unusable::CallFailed)));
        }
        for _ in 0..49 {
            watch.answer("J", &draw(Some(Unusable::Empty)));
        }
        assert!(said.borrow().is_empty());
        for _ in 0..20 {
            watch.answer("J", &draw(Some(Unusable::Unparsable)));
        }
        let [Event::Unusable { unusable: 50, answers: 50, reasons, .. }] = &said.borrow()[..] else {
            panic!("{said:?}")
        };
        assert_eq!(reasons, "empty 49, unparsable 1");
        assert_eq!(stop.level(), StopLevel::Run, "nothing says that it should stop");
    }

    #[test]
    fn a_run_stops_at_the_stated_share_and_not_before_fifty_answers() {
        let stop = Stop::default();
        let watch = UsableWatch::new(stop.clone(), Some(0.9), |_| {});
        for _ in 0..49 {
            watch.answer("J", &draw(Some(Unusable::Empty)));
        }
        assert_eq!(stop.level(), StopLevel::Run);
        for _ in 0..49 {
            watch.answer("other", &draw(None));
        }
        watch.answer("J", &draw(None));
        assert_eq!(stop.level(), StopLevel::Drain, "49 of 50");
        let halt = stop.halted().expect("a reason");
        assert!(!halt.is_budget());
    }
}
