//! The baseline's rule-based pass over flag candidates. It confirms a candidate if the client turn before it expresses
//! a feeling, and rejects the others.

use serde_json::{Value, json};

use crate::baseline::request::prompt_and_transcript;
use crate::{
    chat::{Failure, Reply, Request},
    domain::{Speaker, candidates, transcript::TranscriptLine},
};

/// Words that make a client's turn an emotional disclosure under this rule.
const DISCLOSURE: [&str; 34] = [
    "afraid",
    "alone",
    "angry",
    "anxious",
    "ashamed",
    "awful",
    "blame",
    "cried",
    "cry",
    "exhausted",
    "fail",
    "failed",
    "feel",
    "feeling",
    "felt",
    "guilt",
    "guilty",
    "hard",
    "hate",
    "hurt",
    "hurts",
    "lonely",
    "lost",
    "miss",
    "sad",
    "scared",
    "shame",
    "sorry",
    "stupid",
    "tired",
    "useless",
    "worried",
    "worse",
    "worst",
];

/// Answers a flag request.
///
/// # Errors
/// `Unsupported` if the request has no transcript block.
pub(super) fn answer(request: &Request) -> Result<Reply, Failure> {
    let (prompt, lines) = prompt_and_transcript(request)?;
    let verdicts: Vec<Value> = candidates::read(&prompt)
        .iter()
        .map(|candidate| {
            let confirmed = follows_disclosure(&lines, candidate.turn);
            let reason = if confirmed {
                "follows a client turn that names a feeling"
            } else {
                "no feeling word before it"
            };
            json!({"candidate": candidate.number, "check": reason, "confirmed": confirmed})
        })
        .collect();
    Ok(Reply::text(json!({"verdicts": verdicts, "added": []}).to_string()))
}

fn follows_disclosure(lines: &[TranscriptLine], turn: u32) -> bool {
    let before = lines.iter().rev().find(|l| l.number < turn && l.speaker == Speaker::Client);
    before.is_some_and(|line| {
        line.text
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| DISCLOSURE.contains(&word.to_lowercase().as_str()))
    })
}
