//! Building blocks for tests of every stage: an invented session as it would be recorded.

use super::{Arm, ClientAuthor, CounselorAuthor, Provenance, Session, SessionId, Turn};

/// A recorded session with these turns; not redacted, not reconstructed, no variant.
pub(crate) fn recorded(
    id: &str,
    counselor: CounselorAuthor,
    turns: impl IntoIterator<Item = Turn>,
) -> Session {
    let id = SessionId::new(id).expect("id");
    Session {
        id: id.clone(),
        source: id,
        variant: None,
        arm: Arm::Original,
        epoch: 1,
        mode: None,
        counselor,
        provenance: Provenance {
            source_set: "demo".into(),
            counselor,
            client: ClientAuthor::Human,
            language: "en".into(),
            consent: Some("invented".into()),
            licence: None,
            public: true,
            synthetic: true,
        },
        turns: turns.into_iter().collect(),
    }
}
