//! The shape of a conversation on wires that hold the system text apart and want the user to speak first.

use crate::chat::{Message, message::Role};

/// The first user turn of a conversation that the counselor opens: many chat templates and interfaces refuse a
/// conversation that starts with the assistant. It says nothing a client would say. Changing it changes what recorded
/// calls mean, so it goes with a new version of the call key.
pub const OPENING_USER_TURN: &str = "[The session begins.]";

/// A request's messages, parted.
pub(super) struct WireConversation<'r> {
    /// All system texts, a blank line between them; none when there is none.
    pub(super) system: Option<String>,
    /// The turns, the first of them the user's.
    pub(super) turns: Vec<WireTurn<'r>>,
}

/// One turn.
pub(super) struct WireTurn<'r> {
    /// False for the user.
    pub(super) is_models: bool,
    pub(super) text: &'r str,
}

impl<'r> WireConversation<'r> {
    pub(super) fn of(messages: &'r [Message]) -> Self {
        let (system, spoken): (Vec<&Message>, Vec<&Message>) =
            messages.iter().partition(|message| message.role == Role::System);
        let system: Vec<&str> = system.into_iter().map(|message| message.content.as_str()).collect();
        let opens = spoken.first().is_none_or(|message| message.role == Role::Assistant);
        let opening = opens.then_some(WireTurn { is_models: false, text: OPENING_USER_TURN });
        let turn = |message: &'r Message| WireTurn {
            is_models: message.role == Role::Assistant,
            text: message.content.as_str(),
        };
        Self {
            system: (!system.is_empty()).then(|| system.join("\n\n")),
            turns: opening.into_iter().chain(spoken.into_iter().map(turn)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_always_speaks_first_and_system_texts_stand_apart() {
        let parted = |messages: &[Message]| {
            let conversation = WireConversation::of(messages);
            let roles: Vec<bool> = conversation.turns.iter().map(|turn| turn.is_models).collect();
            (conversation.system, roles)
        };
        let opened = [Message::system("a"), Message::assistant("Welcome."), Message::user("Hi.")];
        assert_eq!(parted(&opened), (Some("a".into()), vec![false, true, false]));
        let usual = [Message::system("a"), Message::system("b"), Message::user("Hi.")];
        assert_eq!(parted(&usual), (Some("a\n\nb".into()), vec![false]));
        assert_eq!(parted(&[]), (None, vec![false]));
    }
}
