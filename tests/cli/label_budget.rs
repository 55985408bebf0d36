//! `label-budget`: what to rate next, and what it would buy.

use crate::support::program::Folder;

const RUN: &str = "run builtin:quickstart --filter-models warm --filter-prompts helpert \
                   --filter-items agenda,homework --set run.bootstrap=100";

#[test]
fn unrated_sessions_are_chosen_with_their_probabilities() {
    let folder = Folder::empty().file("part.csv", some_ratings(7));
    folder.words(RUN).more(["--set", "ratings.0.path=part.csv"]).ends(0);
    let text = folder.words("label-budget --next 3 --seed 5 --half-width 0.5 -o next.csv").prints();
    assert!(text.contains(": 7 of 12 recorded sessions rated so far"), "{text}");
    let next = folder.read("next.csv");
    let lines: Vec<&str> = next.lines().collect();
    assert_eq!(lines[0], "session,source,arm,text_digest,inclusion_probability");
    assert_eq!(lines.len(), 1 + 3 * 2, "three sources in two arms: {next}");
    assert!(lines[1..].iter().all(|line| line.ends_with(",0.6")), "3 of 5: {next}");
    assert!(text.contains("agenda, warm.helpert.replay - original by baseline-judge"), "{text}");
    assert!(text.contains("reach a half width of 0.5"), "{text}");
}

#[test]
fn where_nothing_is_rated_sessions_are_chosen_and_no_promise_is_made() {
    let folder = Folder::empty();
    folder.words(RUN).more(["--set", "ratings=[]"]).ends(0);
    let text = folder.words("label-budget -n 2").prints();
    assert!(text.contains("0 of 12 recorded sessions rated so far"), "{text}");
    assert!(text.contains("what ratings would buy cannot be said"), "{text}");
    assert!(folder.words("label-budget --half-width 0").fails(2).contains("above 0"));
}

/// The embedded ratings of the first sources.
fn some_ratings(sources: usize) -> String {
    let all = std::fs::read_to_string("configs/synthetic/ratings.csv").unwrap();
    let mut lines = all.lines();
    let header = lines.next().unwrap();
    let kept = lines.filter(|line| line[1..3].parse::<usize>().unwrap() <= sources);
    std::iter::once(header).chain(kept).collect::<Vec<_>>().join("\n")
}
