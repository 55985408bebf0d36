//! Questions that measure an aligner: recorded counselor turns for which the next client turn is known.

use crate::domain::{Digest, Session, Speaker};

/// One question; turns are given by index in the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlignQuestion {
    /// The counselor's turn, which is the last one shown.
    pub counselor: usize,
    /// The client turn that came next.
    pub next: usize,
    /// The client turns not spoken yet, in the order shown, which is drawn from the seed. In the session's order, the
    /// turn that came next would always be first.
    pub offered: Vec<usize>,
}

/// Questions about every counselor turn with words that is followed by a client turn, once the client has spoken and
/// while there is more than one turn to choose from.
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
