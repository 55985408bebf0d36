//! Selection by command-line options: which sessions, models, prompts and items take part, and how much of each
//! session.

use crate::{
    config::Experiment,
    domain::{Session, Speaker, TurnRole},
};

/// `--limit`: the first N sessions, or those from a to b, counted from 1 in id order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimit {
    /// First position, from 1.
    pub first: usize,
    /// Last position, included.
    pub last: usize,
}

impl std::str::FromStr for SessionLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error =
            || format!("`{text}` is not a limit: expected a number such as 4, or a range such as 3-6");
        let (first, last) = match text.split_once('-') {
            Some((first, last)) => (first.trim().parse(), last.trim().parse()),
            None => (Ok(1), text.trim().parse()),
        };
        match (first, last) {
            (Ok(first), Ok(last)) if first >= 1 && first <= last => Ok(Self { first, last }),
            _ => Err(error()),
        }
    }
}

/// Options that select. Empty lists keep everything; a pattern may contain `*`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Sessions by position.
    pub limit: Option<SessionLimit>,
    /// Patterns of model ids.
    pub models: Vec<String>,
    /// Patterns of prompt ids.
    pub prompts: Vec<String>,
    /// Patterns of session ids.
    pub sessions: Vec<String>,
    /// Patterns of item ids.
    pub items: Vec<String>,
}

/// A filter that matches nothing, which is always a mistake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("--{flag} {pattern} matches none of: {known}")]
pub struct SelectionError {
    /// The flag, without dashes.
    pub flag: &'static str,
    /// The pattern that matches nothing.
    pub pattern: String,
    /// The ids that exist, for the message.
    pub known: String,
}

impl Selection {
    /// Narrows the experiment's models, prompts and items.
    ///
    /// # Errors
    /// A pattern matches nothing.
    pub fn narrow(&self, experiment: &mut Experiment) -> Result<(), SelectionError> {
        keep(&self.models, "filter-models", &mut experiment.counselors, |id| id.as_str())?;
        keep(&self.prompts, "filter-prompts", &mut experiment.prompts, |prompt| prompt.id.as_str())?;
        keep(&self.items, "filter-items", &mut experiment.items, |item| item.as_str())
    }

    /// Narrows the sessions, in id order.
    ///
    /// # Errors
    /// A pattern matches nothing, or the limit starts beyond the last session.
    pub fn sessions(&self, mut sessions: Vec<Session>) -> Result<Vec<Session>, SelectionError> {
        sessions.sort_by(|a, b| a.id.cmp(&b.id));
        keep(&self.sessions, "filter-sessions", &mut sessions, |session| session.id.as_str())?;
        let Some(limit) = self.limit else { return Ok(sessions) };
        let count = sessions.len();
        let kept: Vec<Session> =
            sessions.into_iter().skip(limit.first - 1).take(limit.last + 1 - limit.first).collect();
        if kept.is_empty() {
            let pattern = format!("{}-{}", limit.first, limit.last);
            return Err(SelectionError { flag: "limit", pattern, known: format!("{count} sessions") });
        }
        Ok(kept)
    }
}

fn keep<T>(
    patterns: &[String],
    flag: &'static str,
    things: &mut Vec<T>,
    id: impl Fn(&T) -> &str,
) -> Result<(), SelectionError> {
    for pattern in patterns {
        if !things.iter().any(|thing| matches(pattern, id(thing))) {
            let known = things.iter().map(&id).collect::<Vec<_>>().join(", ");
            return Err(SelectionError { flag, pattern: pattern.clone(), known });
        }
    }
    if !patterns.is_empty() {
        things.retain(|thing| patterns.iter().any(|pattern| matches(pattern, id(thing))));
    }
    Ok(())
}

/// True if `text` matches `pattern`, in which `*` matches any number of characters.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Keeps the first exchanges of a session. An exchange is a client turn and the counselor turns up to the next one; the
/// opening before the first is kept.
pub fn clip(mut session: Session, max_exchanges: Option<u32>) -> Session {
    let Some(most) = max_exchanges else { return session };
    let mut seen = 0u32;
    session.turns.retain(|turn| {
        if turn.speaker == Speaker::Client && turn.place == TurnRole::Body {
            seen += 1;
        }
        seen <= most
    });
    session
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_run() {
        for (pattern, text, fits) in [
            ("s0*", "s01", true),
            ("*", "anything", true),
            ("helpert", "helpert-brief", false),
            ("*-brief", "helpert-brief", true),
            ("h*t-*f", "helpert-brief", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn limits_are_numbers_or_ranges() {
        assert_eq!("4".parse(), Ok(SessionLimit { first: 1, last: 4 }));
        assert_eq!("3-6".parse(), Ok(SessionLimit { first: 3, last: 6 }));
        for bad in ["0", "6-3", "x", "-2"] {
            assert!(bad.parse::<SessionLimit>().is_err(), "{bad}");
        }
    }
}
