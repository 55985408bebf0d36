//! Files embedded in the program, so that it works in an empty folder: `builtin:NAME`.

/// An embedded file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Builtin {
    /// The name after `builtin:`.
    pub name: &'static str,
    /// Path of the editable copy that `init` writes, relative to the folder of the experiment.
    pub path: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! embedded {
    ($($name:literal, $path:literal, $file:literal;)*) => {
        &[$(Builtin { name: $name, path: $path, text: include_str!(concat!("../../", $file)) }),*]
    };
}

/// All embedded files. To embed another, add a line.
pub const BUILTINS: &[Builtin] = embedded! {
    "quickstart", "quickstart.yaml", "configs/quickstart.yaml";
    "helpert", "prompts/helpert.md", "configs/prompts/helpert.md";
    "helpert-collaborative", "prompts/helpert-collaborative.md", "configs/prompts/helpert-collaborative.md";
    "helpert-brief", "prompts/helpert-brief.md", "configs/prompts/helpert-brief.md";
    "judge", "prompts/judge.md", "configs/prompts/judge.md";
    "judge-all", "prompts/judge-all.md", "configs/prompts/judge-all.md";
    "flag-judge", "prompts/flag-judge.md", "configs/prompts/flag-judge.md";
    "ethics-judge", "prompts/ethics-judge.md", "configs/prompts/ethics-judge.md";
    "aligner", "prompts/aligner.md", "configs/prompts/aligner.md";
    "coherence", "prompts/coherence.md", "configs/prompts/coherence.md";
    "simulated-client", "prompts/simulated-client.md", "configs/prompts/simulated-client.md";
    "ctrs", "rubrics/ctrs.yaml", "rubrics/ctrs.yaml";
    "deceptive-empathy", "rubrics/deceptive-empathy.yaml", "rubrics/deceptive-empathy.yaml";
    "deceptive-empathy-de", "rubrics/deceptive-empathy.de.yaml", "rubrics/deceptive-empathy.de.yaml";
    "conversation-cues", "rubrics/conversation-cues.yaml", "rubrics/conversation-cues.yaml";
    "grounding-cues", "rubrics/grounding-cues.yaml", "rubrics/grounding-cues.yaml";
    "probes", "rubrics/probes.yaml", "rubrics/probes.yaml";
    "ethics", "rubrics/ethics.yaml", "rubrics/ethics.yaml";
    "iftikhar2025-v2", "rubrics/reference/iftikhar2025-v2.yaml", "rubrics/reference/iftikhar2025-v2.yaml";
    "prices", "prices.yaml", "configs/prices.yaml";
    "model-families", "model-families.yaml", "configs/model-families.yaml";
    "synthetic/sessions.jsonl", "synthetic/sessions.jsonl", "configs/synthetic/sessions.jsonl";
    "synthetic/ratings.csv", "synthetic/ratings.csv", "configs/synthetic/ratings.csv";
};

/// Settings of the embedded counselor prompts, used if an experiment declares none: (prompt, name, value).
const SETTINGS: &[(&str, &[(&str, &str)])] = &[
    (
        "helpert",
        &[
            ("agenda", "announced"),
            ("questions", "2"),
            ("feedback", "never"),
            ("homework", "yes"),
            ("words", "140"),
            ("warmth", "relational"),
        ],
    ),
    (
        "helpert-collaborative",
        &[
            ("agenda", "shared"),
            ("questions", "2"),
            ("feedback", "often"),
            ("homework", "yes"),
            ("words", "110"),
            ("warmth", "plain"),
        ],
    ),
    (
        "helpert-brief",
        &[
            ("agenda", "none"),
            ("questions", "1"),
            ("feedback", "sometimes"),
            ("homework", "no"),
            ("words", "45"),
            ("warmth", "plain"),
        ],
    ),
];

/// Prefix that marks the name of an embedded file.
pub const PREFIX: &str = "builtin:";

/// The embedded file with this name, if there is one.
pub fn find(name: &str) -> Option<&'static Builtin> {
    BUILTINS.iter().find(|builtin| builtin.name == name)
}

/// Names of all embedded files, for messages.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    BUILTINS.iter().map(|builtin| builtin.name)
}

/// Default settings of an embedded prompt, by its name.
pub(super) fn settings(prompt: &str) -> &'static [(&'static str, &'static str)] {
    SETTINGS.iter().find(|(name, _)| *name == prompt).map_or(&[], |(_, settings)| settings)
}
