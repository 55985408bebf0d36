//! The section on method and limits: the instrument, what was left out, and the meaning of words and coefficients.

use serde::Serialize;

use crate::analysis::findings::Findings;
use crate::report::number;

use crate::report::table::{Cell, Table};

/// The whole section.
#[derive(Debug, Serialize)]
pub(super) struct Method {
    excluded: Vec<(usize, &'static str)>,
    stale: Option<Table>,
    competence: Option<String>,
    definitions: Vec<(&'static str, &'static str)>,
}

/// Meaning of the words on the page.
const DEFINITIONS: [(&str, &str); 20] = [
    (
        "arm",
        "one side of a comparison: the sessions as recorded (original), or one condition's reconstructions.",
    ),
    ("condition", "language model x prompt variant x decoding x mode."),
    (
        "replay",
        "the original client turns in order, counselor turns written anew. The client cannot react to the new counselor.",
    ),
    (
        "teacher forced",
        "the recorded history up to each client turn, only the next counselor turn is new. Results are per turn.",
    ),
    ("baseline", "a scripted counselor, or a judge that counts observable features. Not a language model."),
    ("n", "sessions, or pairs of sessions, that a figure rests on."),
    ("[low, high]", "95 % interval."),
    ("ceiling", "how well clinicians agree with each other, against the same reference as the judge."),
    (
        "constant predictor",
        "one fixed score, learned from the other sessions. A judge that does not beat it carries no information.",
    ),
    ("MAE, RMSE", "mean absolute error; root of the mean squared error. In points of the scale."),
    ("bias", "judge minus clinicians. Bias by arm: that difference in one arm minus that in the original."),
    ("exact, within 1", "share of sessions with the same score; with at most one point between."),
    ("r, rho", "Pearson's and Spearman's correlation."),
    ("QWK", "quadratic weighted kappa. Defined for whole scores only."),
    (
        "ICC(A,1), ICC(C,1)",
        "intraclass correlation of single ratings: absolute agreement; consistency, which forgives a constant bias.",
    ),
    ("alpha", "Krippendorff's alpha, ordinal."),
    ("Holm", "p adjusted for looking at several items."),
    (
        "not assessable",
        "of a rating: the text cannot show it. Of an item: clinicians agree too little, or rated too few sessions, to hold a judge against them.",
    ),
    ("unusable", "the judge's answer cannot be used, with its reason. Never counted as a score."),
    (
        "stale",
        "a rating of another text than the one there is now. Counted, listed, and left out of every statistic.",
    ),
];

/// Builds the section.
pub(super) fn method(findings: &Findings) -> Method {
    let excluded = &findings.excluded;
    Method {
        excluded: vec![
            (excluded.stale_count(), "stale: of another text than the session's"),
            (excluded.unknown_session, "of sessions that are not part of the run"),
            (excluded.unused_item, "of items that are not in use"),
            (excluded.duplicates, "keys that came more than once"),
            (findings.counts.out_of_scale, "scores outside the scale"),
        ],
        stale: stale(findings),
        competence: findings.rubric.competence_minimum.map(number::shortest),
        definitions: DEFINITIONS.to_vec(),
    }
}

fn stale(findings: &Findings) -> Option<Table> {
    let mut table = Table::new("Stale ratings", ["Session", "Rater", "Ratings", "Why"]);
    for stale in &findings.excluded.stale {
        let why = if stale.without_digest {
            "does not say which text was rated"
        } else {
            "the text's digest is another one"
        };
        let cells = vec![Cell::words(&stale.rater), Cell::count(stale.count), Cell::words(why)];
        table.push(&stale.session, cells);
    }
    table.nonempty()
}
