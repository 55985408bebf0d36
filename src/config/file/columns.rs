//! The columns or keys of a source of sessions.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::dataset::source::{ColumnMap, SessionFormat};

/// Which fields of a CSV table, of JSON Lines or of chat data contain what. In JSON, a full stop stands between the key
/// of an object and a key inside it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::config) struct ColumnsFile {
    /// Session id (default `session`; `id` in chat data).
    session: Option<String>,
    /// Speaker (default `speaker`; `role` in chat data).
    speaker: Option<String>,
    /// The words (default `text`; `content` in chat data).
    text: Option<String>,
    /// Position in the session, as a whole number (default: the order of the file).
    order: Option<String>,
    /// When it was said (default: no times are read).
    time: Option<String>,
    /// Whether a person marked it for the mode `selected`.
    selected: Option<String>,
    /// List of the messages of a session, in chat data (default `messages`).
    pub(in crate::config) messages: Option<String>,
}

impl ColumnsFile {
    /// With the names that the format has by default.
    pub(in crate::config) fn resolved(&self, format: SessionFormat) -> ColumnMap {
        let usual = ColumnMap::of(format);
        ColumnMap {
            session: self.session.clone().unwrap_or(usual.session),
            speaker: self.speaker.clone().unwrap_or(usual.speaker),
            text: self.text.clone().unwrap_or(usual.text),
            order: self.order.clone(),
            time: self.time.clone(),
            selected: self.selected.clone(),
            messages: usual.messages.map(|usual| self.messages.clone().unwrap_or(usual)),
        }
    }
}
