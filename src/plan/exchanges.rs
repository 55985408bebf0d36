//! Chooses the exchanges of a session that are graded for coherence, and the other client turn of a recorded session
//! that is compared with the one that follows.

use crate::domain::{Arm, Digest, Mode, Session, ShownAs, Speaker};

/// Number of turns shown to a grader before the client turn, including the counselor's last one.
pub const SHOWN_TURNS: usize = 6;

/// One question to a grader; turns are given by index in the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exchange {
    /// First turn shown.
    pub first: usize,
    /// The counselor's turn.
    pub counselor: usize,
    /// The client turn shown as its answer.
    pub client: usize,
    /// Whether it is the turn that follows, or another.
    pub shown: ShownAs,
}

/// True for modes in which recorded client turns follow another counselor in one conversation.
pub fn is_graded(mode: Option<Mode>) -> bool {
    mode.is_none_or(Mode::client_is_recorded)
}

/// The questions about a session, in order. A recorded session has two for each exchange: with the turn that follows,
/// and with another one, if there is one that is not shown anyway and has different words.
pub fn exchanges(session: &Session, seed: u64) -> Vec<Exchange> {
    let mut found = Vec::new();
    if !is_graded(session.mode) {
        return found;
    }
    for (counselor, pair) in session.turns.windows(2).enumerate() {
        let asks = pair[0].is_counted_counselor() && !pair[0].text.trim().is_empty();
        if !asks || pair[1].speaker != Speaker::Client {
            continue;
        }
        let first = (counselor + 1).saturating_sub(SHOWN_TURNS);
        let next = Exchange { first, counselor, client: counselor + 1, shown: ShownAs::Next };
        found.push(next);
        if session.arm == Arm::Original
            && let Some(client) = another(session, seed, next)
        {
            found.push(Exchange { client, shown: ShownAs::Other, ..next });
        }
    }
    found
}

/// Another client turn, drawn from the seed. Turns already shown are excluded: the repetition would reveal them.
fn another(session: &Session, seed: u64, next: Exchange) -> Option<usize> {
    let words = |at: usize| session.turns[at].text.trim().to_lowercase();
    let fits = |at: &usize| {
        session.turns[*at].speaker == Speaker::Client
            && !(next.first..=next.client).contains(at)
            && words(*at) != words(next.client)
    };
    let drawn = |at: &usize| Digest::of_value(&("coherence", seed, &session.source, next.counselor, at));
    (0..session.turns.len()).filter(fits).min_by_key(drawn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CounselorAuthor, Turn, TurnOutcome, session::Session, testing::recorded};

    fn session(turns: usize) -> Session {
        let speaker = |n: usize| if n % 2 == 1 { Speaker::Client } else { Speaker::Counselor };
        let number = |n: usize| u32::try_from(n).expect("few");
        recorded(
            "s1",
            CounselorAuthor::Human,
            (1..=turns).map(|n| Turn::recorded(number(n), speaker(n), format!("words {n}"))),
        )
    }

    #[test]
    fn recorded_exchanges_are_asked_about_twice_and_the_other_turn_is_not_among_those_shown() {
        let asked = exchanges(&session(21), 7);
        let next = asked.iter().filter(|asked| asked.shown == ShownAs::Next).count();
        assert_eq!((next, asked.len()), (10, 20));
        for other in asked.iter().filter(|asked| asked.shown == ShownAs::Other) {
            assert!(!(other.first..=other.counselor + 1).contains(&other.client), "{other:?}");
        }
        assert_eq!(asked, exchanges(&session(21), 7));
        assert_ne!(asked, exchanges(&session(21), 8), "another seed draws others");
    }

    #[test]
    fn without_another_turn_and_without_words_there_is_no_question() {
        assert_eq!(exchanges(&session(3), 7).len(), 1, "every client turn is shown already");
        let mut same = session(21);
        same.turns.iter_mut().filter(|t| t.speaker == Speaker::Client).for_each(|t| t.text = "Yes.".into());
        assert!(exchanges(&same, 7).iter().all(|asked| asked.shown == ShownAs::Next), "the same words");
        let mut silent = session(5);
        silent.turns[1] =
            Turn { text: String::new(), outcome: TurnOutcome::Refusal, ..silent.turns[1].clone() };
        assert_eq!(exchanges(&silent, 7).len(), 1, "a turn without words cannot be answered");
    }

    #[test]
    fn reconstructions_are_asked_about_once_and_turn_level_or_invented_ones_never() {
        let mut one = session(21);
        one.arm = Arm::try_from("m.p.replay".to_owned()).expect("an arm");
        one.mode = Some(Mode::Replay);
        assert_eq!(exchanges(&one, 7).len(), 10);
        for mode in [Mode::TeacherForced, Mode::SimulatedClient] {
            one.mode = Some(mode);
            assert!(exchanges(&one, 7).is_empty(), "{mode}");
        }
    }
}
