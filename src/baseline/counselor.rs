//! The scripted counselors: pure functions of the request. They are not language models. What they say depends on
//! their script, the settings declared in the system prompt, the position in the session and the
//! client's last words.

use serde::Deserialize;

use super::settings::{CounselorSettings, Frequency};
use crate::chat::{Failure, FailureKind, Reply, Request, Role};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Agenda {
    announced: Vec<String>,
    shared: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ByWarmth {
    plain: Vec<String>,
    relational: Vec<String>,
}

impl ByWarmth {
    fn of(&self, relational: bool) -> &[String] {
        if relational { &self.relational } else { &self.plain }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stage {
    #[serde(rename = "id")]
    _id: String,
    /// Number of replies in the stage; 0 for the last one, which does not end.
    turns: usize,
    moves: Vec<String>,
    questions: Vec<String>,
}

/// The texts of one style.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CounselorScript {
    agenda: Agenda,
    acknowledge: ByWarmth,
    acknowledge_short: ByWarmth,
    stages: Vec<Stage>,
    follow_ups: Vec<String>,
    feedback: Vec<String>,
    homework: Vec<String>,
}

const SCRIPTS: [(&str, &str); 2] =
    [("structured", include_str!("scripts/structured.json")), ("warm", include_str!("scripts/warm.json"))];

/// Answers the conversation in `request` in the named style.
///
/// # Errors
/// `Unsupported` if the style is unknown, JSON is requested, or the settings in the prompt cannot be read.
pub(super) fn answer(style: &str, request: &Request) -> Result<Reply, Failure> {
    let unsupported = |message: String| Failure::new(FailureKind::Unsupported, message);
    let (_, json) = SCRIPTS
        .iter()
        .find(|(name, _)| *name == style)
        .ok_or_else(|| unsupported(format!("there is no scripted counselor `{style}`")))?;
    let script: CounselorScript =
        serde_json::from_str(json).expect("embedded scripts fit their type (tested)");
    let system = request.messages.iter().find(|m| m.role == Role::System).map_or("", |m| &m.content);
    let settings = CounselorSettings::read(system).map_err(|error| unsupported(error.to_string()))?;
    let client: Vec<&str> =
        request.messages.iter().filter(|m| m.role == Role::User).map(|m| m.content.as_str()).collect();
    let picker = Picker {
        style,
        repeat: request.repeat,
        turn: client.len(),
        said: client.last().copied().unwrap_or(""),
    };
    Ok(Reply::text(compose(&script, &settings, &picker)))
}

/// Chooses among variants deterministically: by style, repeat, position and the client's words.
struct Picker<'p> {
    style: &'p str,
    repeat: u64,
    turn: usize,
    said: &'p str,
}

impl Picker<'_> {
    fn pick<'v>(&self, what: &str, variants: &'v [String]) -> &'v str {
        let seed = format!("{}|{}|{}|{what}|{}", self.style, self.repeat, self.turn, self.said);
        let hash = blake3::hash(seed.as_bytes());
        let number = hash.as_bytes()[..4].iter().fold(0usize, |sum, byte| sum * 256 + usize::from(*byte));
        variants.get(number % variants.len().max(1)).map_or("", String::as_str)
    }
}

/// Assembles a reply from its parts and keeps it within the declared number of words by leaving out the least important
/// parts first.
fn compose(script: &CounselorScript, settings: &CounselorSettings, picker: &Picker<'_>) -> String {
    let (stage, last_of_stage) = stage_at(&script.stages, picker.turn);
    let mut parts: Vec<(u8, String)> = vec![(1, acknowledgement(script, settings, picker))];
    if picker.turn <= 1 {
        let agenda: &[String] = match settings.agenda.as_str() {
            "announced" => &script.agenda.announced,
            "shared" => &script.agenda.shared,
            _ => &[],
        };
        parts.push((0, picker.pick("agenda", agenda).to_owned()));
    }
    parts.push((3, picker.pick("move", &stage.moves).to_owned()));
    let homework_due = last_of_stage && picker.turn > 8 || stage.turns == 0 && picker.turn.is_multiple_of(6);
    if settings.homework && homework_due {
        parts.push((2, picker.pick("homework", &script.homework).to_owned()));
    }
    // A shared agenda is itself the question of its reply.
    let has_asked = parts.iter().any(|(_, text)| text.contains('?'));
    if asks_feedback(settings.feedback, picker.turn) {
        parts.push((2, picker.pick("feedback", &script.feedback).to_owned()));
    } else if settings.questions > 0 && !has_asked {
        parts.push((1, picker.pick("question", &stage.questions).to_owned()));
        if settings.questions > 1 {
            parts.push((4, picker.pick("follow_up", &script.follow_ups).to_owned()));
        }
    }
    parts.retain(|(_, text)| !text.is_empty());
    fit(parts, settings.words)
}

fn stage_at(stages: &[Stage], turn: usize) -> (&Stage, bool) {
    let mut left = turn.max(1);
    for stage in stages {
        if stage.turns == 0 || left <= stage.turns {
            return (stage, left == stage.turns);
        }
        left -= stage.turns;
    }
    (stages.last().expect("embedded scripts have stages (tested)"), false)
}

fn asks_feedback(frequency: Frequency, turn: usize) -> bool {
    match frequency {
        Frequency::Never => false,
        Frequency::Sometimes => turn > 1 && turn.is_multiple_of(6),
        Frequency::Often => turn > 1 && turn.is_multiple_of(3),
    }
}

fn acknowledgement(script: &CounselorScript, settings: &CounselorSettings, picker: &Picker<'_>) -> String {
    // Structured counselors sometimes claim understanding, warm ones nearly always; both only if allowed.
    let relational = settings.relational && (picker.style == "warm" || picker.turn % 3 == 1);
    match fragment(picker.said) {
        Some(quote) => {
            picker.pick("acknowledge", script.acknowledge.of(relational)).replace("{quote}", &quote)
        }
        None => picker.pick("short", script.acknowledge_short.of(relational)).to_owned(),
    }
}

/// Words that mark the sentence of a client's turn most worth repeating.
const WEIGHTY: [&str; 24] = [
    "feel", "felt", "afraid", "scared", "ashamed", "guilty", "alone", "lonely", "sad", "angry", "worried",
    "tired", "always", "never", "nobody", "everyone", "should", "must", "fail", "failure", "thought",
    "think", "stupid", "enough",
];

/// At most ten words of the most important sentence, unchanged; `None` if the turn has fewer than four words.
fn fragment(said: &str) -> Option<String> {
    let sentences = said.split(['.', '!', '?', '\n', '"', ';']).map(str::trim);
    let weight = |sentence: &&str| {
        let words: Vec<String> = sentence
            .split_whitespace()
            .map(|w| w.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
            .collect();
        (words.iter().filter(|w| WEIGHTY.contains(&w.as_str())).count(), words.len().min(10))
    };
    // Among equal weights the first is chosen, so that the choice does not depend on iteration order.
    let best = sentences.rev().max_by_key(weight)?;
    let words: Vec<&str> = best.split_whitespace().collect();
    (words.len() >= 4).then(|| {
        let text = words[..words.len().min(10)].join(" ");
        text.trim_end_matches([',', ':', '-', '(', ' ']).to_owned()
    })
}

/// Drops parts, the highest number first and later before earlier, until the words fit; one part always stays.
fn fit(mut parts: Vec<(u8, String)>, words: usize) -> String {
    let count =
        |parts: &[(u8, String)]| parts.iter().map(|(_, t)| t.split_whitespace().count()).sum::<usize>();
    while parts.len() > 1 && count(&parts) > words {
        let least = parts.iter().map(|(rank, _)| *rank).max().expect("parts are not empty");
        let at = parts.iter().rposition(|(rank, _)| *rank == least).expect("the maximum is among them");
        parts.remove(at);
    }
    parts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{Decoding, Message, OutputFormat};

    fn ask(style: &str, settings: &str, client: &[&str]) -> String {
        let mut messages =
            vec![Message::system(format!("Be kind.\nSettings of this variant (follow them):\n{settings}"))];
        for (i, text) in client.iter().enumerate() {
            if i > 0 {
                messages.push(Message::assistant("..."));
            }
            messages.push(Message::user(*text));
        }
        let request = Request {
            model: "m".into(),
            messages,
            decoding: Decoding::default(),
            output: OutputFormat::Text,
            logprobs: None,
            repeat: 1,
        };
        answer(style, &request).expect("answers").text
    }

    const CLIENT: &str = "I failed the test again. I always think I am not good enough for this.";

    #[test]
    fn embedded_scripts_fit_their_type_and_end_in_a_stage_without_end() {
        for (name, json) in SCRIPTS {
            let script: CounselorScript = serde_json::from_str(json).expect(name);
            assert_eq!(script.stages.last().map(|s| s.turns), Some(0), "{name}");
        }
    }

    #[test]
    fn settings_show_in_what_is_said() {
        let announced = ask("structured", "- agenda: announced\n- questions: 1", &[CLIENT]);
        let none = ask("structured", "- agenda: none\n- questions: 0", &[CLIENT]);
        assert!(announced.len() > none.len());
        assert!(!none.contains('?'), "no question was allowed: {none}");
        let brief = ask("structured", "- words: 30\n- questions: 1", &[CLIENT]);
        assert!(brief.split_whitespace().count() <= 30, "{brief}");
    }

    #[test]
    fn the_two_styles_differ_and_plain_warmth_claims_nothing() {
        let warm = ask("warm", "- warmth: relational", &[CLIENT]);
        assert_ne!(warm, ask("structured", "- warmth: relational", &[CLIENT]));
        for client in [CLIENT, "ok", "hm, yes", "It hurts that nobody in the office ever asks me."] {
            let plain = ask("warm", "- warmth: plain", &[CLIENT, client]);
            for claim in ["I hear you", "I'm so sorry", "I'm here", "I get that", "I can imagine"] {
                assert!(!plain.contains(claim), "{plain}");
            }
        }
    }

    #[test]
    fn unreadable_settings_are_a_failure_not_a_guess() {
        let request = Request {
            model: "m".into(),
            messages: vec![Message::system("Settings of this variant (follow them):\n- questions: many")],
            decoding: Decoding::default(),
            output: OutputFormat::Text,
            logprobs: None,
            repeat: 1,
        };
        assert_eq!(answer("warm", &request).map_err(|f| f.kind), Err(FailureKind::Unsupported));
    }
}
