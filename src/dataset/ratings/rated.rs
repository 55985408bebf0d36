//! Which text a row of ratings is about.

use super::{
    super::{
        alike,
        cell::whole,
        problem::{Problem, name},
        rows::InputRow,
    },
    RatedText, RatingsReader,
};
use crate::domain::{Arm, ConditionId, Digest, Session, SessionId};

impl RatingsReader<'_> {
    /// The session's id as the study has it.
    pub(super) fn session<'r>(&'r self, row: &'r InputRow<'_>) -> &'r str {
        let written = row.id(self.columns.session);
        self.source.session_ids.get(written).map_or(written, String::as_str)
    }

    /// The recorded session itself, or a reconstruction of it: by arm and epoch columns, or by the id
    /// `source@condition#epoch` that a run's own tables use.
    pub(super) fn rated(&self, row: &InputRow<'_>) -> Result<RatedText, Problem> {
        let bad = |message: String| Problem::at(self.path, row.line, message);
        let field = |column: Option<usize>| column.map(|c| row.id(c).trim()).filter(|text| !text.is_empty());
        let written = self.session(row);
        let (base, own_arm, own_epoch) = self.split(written).ok_or_else(|| {
            let known = self.context.sessions.keys().map(SessionId::as_str);
            let near = alike::nearest(written, known).map(|near| {
                format!(
                    "; there is {}: `session_ids: {{{}: {}}}` takes one for the other",
                    name(near),
                    name(written),
                    name(near)
                )
            });
            bad(format!("session {} is not among the sessions read", name(written)))
                .hint(format!("ids are compared as text, exactly as written{}", near.unwrap_or_default()))
        })?;
        let arm = match field(self.columns.arm) {
            None => own_arm.clone().unwrap_or(Arm::Original),
            Some(text) => {
                Arm::try_from(text.to_owned()).map_err(|e| bad(format!("arm {}: {e}", name(text))))?
            }
        };
        let epoch = match field(self.columns.epoch) {
            None => own_epoch.unwrap_or(1),
            Some(text) => whole(text)
                .and_then(|epoch| u32::try_from(epoch).ok())
                .filter(|epoch| *epoch > 0)
                .ok_or_else(|| bad(format!("epoch {} is not a whole number from 1", name(text))))?,
        };
        if own_arm.is_some_and(|own| own != arm) || own_epoch.is_some_and(|own| own != epoch) {
            return Err(bad(format!("session {} is not of arm {arm}, epoch {epoch}", name(written))));
        }
        let digest = match field(self.columns.digest) {
            None => None,
            Some(text) => Some(text.parse::<Digest>().map_err(|error| bad(format!("text digest: {error}")))?),
        };
        let session = match &arm {
            Arm::Original => base.clone(),
            Arm::Condition(condition) => {
                if digest.is_none() {
                    let message = "a rating of a reconstruction must carry the digest of the text that was rated: \
                                   a session of that name may have another text now";
                    return Err(bad(message.to_owned()).hint("map a `text_digest` column"));
                }
                Session::reconstructed_id(&base, condition, epoch)
            }
        };
        Ok(RatedText { session, source: base, arm, epoch, digest })
    }

    /// The recorded session behind an id, with the arm and epoch the id itself names.
    fn split(&self, name: &str) -> Option<(SessionId, Option<Arm>, Option<u32>)> {
        let known =
            |name: &str| SessionId::new(name).ok().filter(|id| self.context.sessions.contains_key(id));
        if let Some(id) = known(name) {
            return Some((id, None, None));
        }
        let (rest, epoch) = name.rsplit_once('#')?;
        let (base, condition) = rest.rsplit_once('@')?;
        let arm = Arm::Condition(ConditionId::new(condition).ok()?);
        Some((known(base)?, Some(arm), Some(epoch.parse().ok()?)))
    }
}
