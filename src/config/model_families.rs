//! The table of model families: what their servers refuse, whether they think, and how much fits, each with its source
//! and day.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A table of model families.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FamilyTable {
    /// `corater-model-families/1`.
    pub format: String,
    /// The families.
    pub families: Vec<ModelFamily>,
}

/// What is known of the models whose names begin alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelFamily {
    /// Name of the family, for messages.
    #[schemars(length(min = 1))]
    pub family: String,
    /// Beginnings of the server's names of its models, in lower case, such as `gpt-5.1`, which also stands for
    /// `gpt-5.1-2025-11-13`, or `gemini-3*` for every name that begins so. The longest one that fits a name counts.
    #[schemars(length(min = 1))]
    pub models: Vec<String>,
    /// Decoding parameters that its servers refuse; also `logprobs`, and `max_tokens` for that name of the limit.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub refuses: BTreeSet<String>,
    /// Reasoning effort with which nothing is refused, such as `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unless_effort: Option<String>,
    /// Whether its models think before they answer; if absent, it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinks: Option<Thinks>,
    /// All reasoning efforts that are accepted; `tokens` stands for a number. If empty, they are not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub efforts: Vec<String>,
    /// Reasoning efforts that are refused; `tokens` stands for a number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused_efforts: Vec<String>,
    /// Maximum tokens of prompt and answer together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_tokens: Option<u32>,
    /// Maximum generated tokens, reasoning included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<u32>,
    /// Whether its servers cache prompts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caching: Option<Caching>,
    /// Day on which the source showed this, such as `2026-11-26`.
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub as_of: String,
    /// Where it is published.
    #[schemars(length(min = 1))]
    pub source: String,
}

/// When a model thinks before it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Thinks {
    /// Only with a reasoning effort.
    OnRequest,
    /// Unless the reasoning effort says otherwise.
    ByDefault,
    /// Whatever the request says.
    Always,
}

/// When a server caches prompts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Caching {
    /// Without being asked.
    Automatic,
    /// Where the request asks for it.
    OnRequest,
}

/// Efforts that mean no thinking.
const NO_EFFORT: [&str; 3] = ["none", "disabled", "0"];
/// Stands for a number of tokens in lists of efforts.
const TOKENS: &str = "tokens";

impl ModelFamily {
    /// True if a model with this reasoning effort thinks; `None` if it is not known.
    pub fn is_thinking(&self, effort: Option<&str>) -> Option<bool> {
        match (self.thinks, effort) {
            (Some(Thinks::Always), _) | (Some(Thinks::ByDefault), None) => Some(true),
            (_, Some(effort)) => Some(!NO_EFFORT.contains(&effort)),
            (Some(Thinks::OnRequest), None) => Some(false),
            (None, None) => None,
        }
    }

    /// True if its servers refuse what the table lists, for a request with this reasoning effort.
    pub fn is_refusing(&self, effort: Option<&str>) -> bool {
        match &self.unless_effort {
            None => true,
            Some(free) if effort == Some(free) => false,
            Some(_) => self.is_thinking(effort) == Some(true),
        }
    }

    /// True if the reasoning effort is accepted, as far as it is known.
    pub fn takes_effort(&self, effort: &str) -> bool {
        let word = if effort.parse::<i64>().is_ok() { TOKENS } else { effort };
        let is_in = |list: &[String]| list.iter().any(|known| known == word);
        (self.efforts.is_empty() || is_in(&self.efforts)) && !is_in(&self.refused_efforts)
    }
}

/// The family of a model by the server's name for it; a name may begin with a provider, as in `openai/gpt-5`. The first
/// table that knows the name decides, and in it the longest beginning.
pub fn family_of<'t>(tables: &[&'t [ModelFamily]], wire_model: &str) -> Option<&'t ModelFamily> {
    let name = wire_model.rsplit('/').next().unwrap_or(wire_model).to_ascii_lowercase();
    let fits = |beginning: &str| match beginning.strip_suffix('*') {
        Some(open) => name.starts_with(open),
        None => name
            .strip_prefix(beginning)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', ':', '@'])),
    };
    tables.iter().find_map(|table| {
        let rows = table.iter();
        let longest = |family: &ModelFamily| family.models.iter().filter(|b| fits(b)).map(String::len).max();
        rows.filter_map(|family| Some((longest(family)?, family)))
            .max_by_key(|(length, _)| *length)
            .map(|f| f.1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn family(models: &[&str]) -> ModelFamily {
        ModelFamily {
            family: models[0].into(),
            models: models.iter().map(|name| (*name).to_owned()).collect(),
            refuses: ["temperature".to_owned()].into(),
            unless_effort: None,
            thinks: None,
            efforts: Vec::new(),
            refused_efforts: Vec::new(),
            context_tokens: None,
            output_tokens: None,
            caching: None,
            as_of: "2026-12-01".into(),
            source: "invented".into(),
        }
    }

    #[test]
    fn the_longest_beginning_of_the_first_table_that_knows_a_name_counts() {
        let rows = [family(&["gpt-5"]), family(&["gpt-5.1"]), family(&["gemini-3*"]), family(&["o3"])];
        let own = [family(&["gpt-5-mini"])];
        let found = |name: &str| family_of(&[&own, &rows], name).map(|family| family.family.as_str());
        assert_eq!(found("gpt-5"), Some("gpt-5"));
        assert_eq!(found("gpt-5-2025-08-07"), Some("gpt-5"));
        assert_eq!(found("gpt-5-mini"), Some("gpt-5-mini"));
        assert_eq!(found("openai/GPT-5.1-chat"), Some("gpt-5.1"));
        assert_eq!(found("gpt-5.2"), None, "another version is another model");
        assert_eq!(found("gpt-50"), None);
        assert_eq!(found("gemini-3.8-flash"), Some("gemini-3*"));
        assert_eq!(found("o3-mini"), Some("o3"));
        assert_eq!(found("llama3"), None);
    }

    #[test]
    fn refusals_depend_on_thinking_where_the_table_says_so() {
        let on_request = ModelFamily {
            unless_effort: Some("none".into()),
            thinks: Some(Thinks::OnRequest),
            ..family(&["a"])
        };
        assert!(!on_request.is_refusing(None) && on_request.is_refusing(Some("low")));
        let by_default = ModelFamily { thinks: Some(Thinks::ByDefault), ..on_request };
        assert!(by_default.is_refusing(None) && !by_default.is_refusing(Some("none")));
        assert!(family(&["a"]).is_refusing(Some("none")), "nothing helps where no effort is named");
        let efforts = ModelFamily {
            efforts: vec!["low".into(), "tokens".into()],
            refused_efforts: vec!["none".into()],
            ..family(&["a"])
        };
        assert!(efforts.takes_effort("low") && efforts.takes_effort("1024"));
        assert!(!efforts.takes_effort("none") && !efforts.takes_effort("high"));
    }
}
