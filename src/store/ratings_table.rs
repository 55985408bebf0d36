//! Writes `ratings.csv`: one row per rating, for people and for other languages; `agree` reads it directly. Draws and
//! evidence are in `ratings.jsonl`.

use std::io::{self, Write};

use super::artifact::by_id;
use crate::domain::{Rating, RatingOutcome, table::TableWriter};

/// The columns, in order.
pub const COLUMNS: [&str; 20] = [
    "session",
    "source",
    "arm",
    "epoch",
    "item",
    "rater",
    "kind",
    "score",
    "outcome",
    "reason",
    "text_digest",
    "synthetic",
    "draws_scored",
    "draws_not_assessable",
    "draws_unusable",
    "draw_min",
    "draw_max",
    "draw_sd",
    "expected",
    "expected_mass",
];

/// Writes `ratings.csv`. Numbers are the shortest decimals that round-trip; an empty field is an absent value.
///
/// # Errors
/// Writing to `out` failed.
pub fn write<'r>(ratings: impl IntoIterator<Item = &'r Rating>, out: &mut dyn Write) -> io::Result<()> {
    let mut table = TableWriter::new(out, &COLUMNS)?;
    for rating in by_id(ratings) {
        table.row(&row(rating))?;
    }
    table.finish()
}

fn row(rating: &Rating) -> [String; 20] {
    let fold = rating.fold.as_ref();
    let number = |value: Option<f64>| value.map(|v| v.to_string()).unwrap_or_default();
    let count = |value: Option<u32>| value.map(|v| v.to_string()).unwrap_or_default();
    [
        rating.session.to_string(),
        rating.source.to_string(),
        rating.arm.to_string(),
        rating.epoch.to_string(),
        rating.item.to_string(),
        rating.rater.to_string(),
        match rating.kind {
            crate::domain::RaterKind::Clinician => "clinician".to_owned(),
            crate::domain::RaterKind::Judge => "judge".to_owned(),
        },
        number(rating.outcome.score()),
        rating.outcome.word().to_owned(),
        reason(&rating.outcome).to_owned(),
        rating.text_digest.map(|digest| digest.hex()).unwrap_or_default(),
        rating.synthetic.to_string(),
        count(fold.map(|f| f.scored)),
        count(fold.map(|f| f.not_assessable)),
        count(fold.map(|f| f.unusable)),
        number(fold.and_then(|f| f.range).map(|(low, _)| low)),
        number(fold.and_then(|f| f.range).map(|(_, high)| high)),
        number(fold.and_then(|f| f.sd)),
        number(fold.and_then(|f| f.expected).and_then(|e| e.mean)),
        number(fold.and_then(|f| f.expected).and_then(|e| e.mass)),
    ]
}

fn reason(outcome: &RatingOutcome) -> &str {
    match outcome {
        RatingOutcome::NotAssessable { reason } | RatingOutcome::NotApplicable { reason } => reason,
        RatingOutcome::Unusable { reason } => reason.word(),
        RatingOutcome::Scored { .. } | RatingOutcome::Missing => "",
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::artifact::tests::{bytes, rating},
        *,
    };
    use crate::domain::Unusable;

    #[test]
    fn numbers_are_short_and_absent_values_are_empty() {
        let mut unusable = rating("b", "J1", None);
        unusable.outcome = RatingOutcome::Unusable { reason: Unusable::OutOfScale };
        unusable.fold = None;
        unusable.text_digest = None;
        let ratings = [rating("a", "J2", None), unusable, rating("a", "J1", Some(3.0))];
        let text = String::from_utf8(bytes(|out| write(&ratings, out)))
            .expect("UTF-8")
            .replace(&crate::domain::Digest::of_bytes(b"a").hex(), "DIGEST");
        assert_eq!(
            text,
            "session,source,arm,epoch,item,rater,kind,score,outcome,reason,text_digest,synthetic,draws_scored,\
             draws_not_assessable,draws_unusable,draw_min,draw_max,draw_sd,expected,expected_mass\n\
             a,a,original,1,agenda,J1,judge,3,scored,,DIGEST,false,3,0,1,1,4.5,0.30000000000000004,,\n\
             a,a,original,1,agenda,J2,judge,,not_assessable,\"no homework, \"\"yet\"\"\",DIGEST,false,3,0,1,1,4.5,\
             0.30000000000000004,,\n\
             b,b,original,1,agenda,J1,judge,,unusable,out_of_scale,,false,,,,,,,,\n"
        );
    }
}
