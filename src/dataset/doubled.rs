//! The remark on utterances that a session holds twice, as a table with one row per utterance and annotator does.

use std::collections::{BTreeMap, HashMap};

use super::{
    problem::{Note, count, lines},
    utterance::Utterance,
};

/// One remark for each file with utterances that say the same as one before in their session, word for word. Short ones
/// are said again in any conversation and are left out.
pub(super) fn notes(paths: &[&str], utterances: &[Utterance]) -> Vec<Note> {
    /// Characters of an utterance that is not said twice in a row by chance.
    const BESIDE: usize = 12;
    /// Characters of an utterance that is not said twice in a session by chance.
    const ANYWHERE: usize = 40;
    let mut met: HashMap<(&str, &str, &str), usize> = HashMap::new();
    let mut number: HashMap<&str, usize> = HashMap::new();
    let mut doubled: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for utterance in utterances {
        let text = utterance.text.trim();
        let here = number.entry(&utterance.session).or_default();
        *here += 1;
        let before = met.insert((&utterance.session, utterance.speaker.label(), text), *here);
        let least = match before {
            Some(before) if before + 1 == *here => BESIDE,
            Some(_) => ANYWHERE,
            None => continue,
        };
        if text.chars().count() >= least {
            doubled.entry(utterance.file).or_default().push(utterance.line);
        }
    }
    let note = |(file, at): (usize, Vec<usize>)| Note {
        path: paths.get(file).copied().unwrap_or_default().to_owned(),
        message: format!(
            "{} word for word as before in the session ({}): is each there once per annotator? Keep one row of each",
            count(at.len(), "utterance"),
            lines(&at)
        ),
    };
    doubled.into_iter().map(note).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Speaker;

    fn said(speaker: Speaker, text: &str, line: usize) -> Utterance {
        Utterance {
            file: 0,
            line,
            session: "s1".to_owned(),
            speaker,
            text: text.to_owned(),
            order: None,
            time: None,
            selected: false,
        }
    }

    #[test]
    fn what_is_there_twice_is_told_with_its_lines_and_short_words_are_not() {
        let (client, counselor) = (Speaker::Client, Speaker::Counselor);
        let once = [
            said(counselor, "How have you slept since Monday?", 2),
            said(client, "Yes.", 3),
            said(client, "Yes.", 4),
            said(counselor, "How have you slept since Monday?", 5),
        ];
        assert_eq!(notes(&["s.csv"], &once), []);
        let twice = [
            said(counselor, "How have you slept?", 2),
            said(counselor, "How have you slept?", 3),
            said(client, "Badly, I was awake until four and then I gave up on it.", 4),
            said(counselor, "What was on your mind?", 5),
            said(client, "Badly, I was awake until four and then I gave up on it.", 6),
        ];
        let found = notes(&["s.csv"], &twice);
        assert_eq!(found.len(), 1);
        assert!(found[0].message.starts_with("2 utterances") && found[0].message.contains("lines 3, 6"));
    }
}
