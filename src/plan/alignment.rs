//! Owns the questions by which an aligner is measured: recorded counselor turns whose answer is known.

use crate::domain::{Digest, Session, Speaker};

/// One question: places of turns in the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlignQuestion {
    /// The counselor's turn, the last that is shown.
    pub counselor: usize,
    /// The client turn that came next.
    pub next: usize,
    /// The client turns not spoken yet, in the order in which they are shown: drawn from the seed. In the session's order the
    /// one that came next would always be the first.
    pub offered: Vec<usize>,
}

/// Every counselor turn with words that a client turn follows, once the client has spoken and while there is more than
/// one turn to choose from.
pub fn align_questions(session: &Session, seed: u64) -> Vec<AlignQuestion> {
    let client: Vec<usize> =
        (0..session.turns.len()).filter(|place| session.turns[*place].speaker == Speaker::Client).collect();
    let Some(first) = client.first().copied() else { return Vec::new() };
    let pairs = session.turns.windows(2).enumerate();
    pairs
        .filter(|(place, pair)| {
            *place > first && pair[0].is_counted_counselor() && !pair[0].text.trim().is_empty()
        })
        .filter(|(place, _)| client.contains(&(place + 1)))
        .map(|(counselor, _)| {
            let mut offered: Vec<usize> = client.iter().copied().filter(|place| *place > counselor).collect();
            offered.sort_by_cached_key(|place| {
                Digest::of_value(&("aligner", seed, &session.id, counselor, place))
            });
            AlignQuestion { counselor, next: counselor + 1, offered }
        })
        .filter(|question| question.offered.len() > 1)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CounselorAuthor, Turn, testing::recorded};

    fn session(turns: Vec<Turn>) -> Session {
        recorded("s", CounselorAuthor::Human, turns)
    }

    #[test]
    fn the_last_answer_is_no_choice_and_an_opening_is_no_question() {
        use Speaker::{Client, Counselor};
        let speakers =
            [Counselor, Client, Counselor, Client, Counselor, Client, Counselor, Client, Counselor];
        let mut turns: Vec<Turn> = (1..)
            .zip(speakers)
            .map(|(n, speaker)| Turn::recorded(n, speaker, format!("words {n}")))
            .collect();
        turns[4].text = " ".into();
        let session = session(turns);
        let shown = |seed: u64| {
            let found = align_questions(&session, seed);
            // Turn 1 opens, turn 5 is without words, after turn 7 only one client turn is left.
            assert_eq!((found.len(), found[0].counselor, found[0].next), (1, 2, 3));
            found[0].offered.clone()
        };
        let orders: std::collections::BTreeSet<Vec<usize>> = (0..50).map(shown).collect();
        assert_eq!(orders.len(), 6, "every order of three: {orders:?}");
        assert_eq!(shown(7), shown(7));
        assert_eq!(align_questions(&Session { turns: Vec::new(), ..session }, 1), []);
    }
}
