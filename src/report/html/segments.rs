//! Cuts a turn's text at the borders of spans, so that spans may overlap and the text stays complete.

/// A piece of text that the same ranges cover from its first to its last byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment<'t> {
    /// The text.
    pub(super) text: &'t str,
    /// Indices of the ranges that cover it, ascending.
    pub(super) covered: Vec<usize>,
    /// Indices of the ranges that begin with it.
    pub(super) opens: Vec<usize>,
    /// Indices of the ranges that end with it.
    pub(super) closes: Vec<usize>,
}

/// Cuts `text` at the borders of `ranges` (half-open, in bytes). Ranges that are empty, exceed the text or split a
/// character cover nothing; their indices are returned with the segments.
pub(super) fn segments<'t>(text: &'t str, ranges: &[(usize, usize)]) -> (Vec<Segment<'t>>, Vec<usize>) {
    let holds = |(start, end): (usize, usize)| start < end && text.get(start..end).is_some();
    let lost: Vec<usize> = (0..ranges.len()).filter(|&i| !holds(ranges[i])).collect();
    let kept: Vec<usize> = (0..ranges.len()).filter(|&i| holds(ranges[i])).collect();
    let mut cuts: Vec<usize> = kept.iter().flat_map(|&i| [ranges[i].0, ranges[i].1]).collect();
    cuts.extend([0, text.len()]);
    cuts.sort_unstable();
    cuts.dedup();
    let found = cuts
        .windows(2)
        .map(|cut| {
            let (from, to) = (cut[0], cut[1]);
            let of = |holds: &dyn Fn((usize, usize)) -> bool| -> Vec<usize> {
                kept.iter().copied().filter(|&i| holds(ranges[i])).collect()
            };
            Segment {
                text: &text[from..to],
                covered: of(&|(start, end)| start <= from && to <= end),
                opens: of(&|(start, _)| start == from),
                closes: of(&|(_, end)| end == to),
            }
        })
        .collect();
    (found, lost)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shape<'t>(text: &'t str, ranges: &[(usize, usize)]) -> Vec<(&'t str, Vec<usize>)> {
        segments(text, ranges).0.into_iter().map(|s| (s.text, s.covered)).collect()
    }

    #[test]
    fn overlapping_spans_share_a_segment() {
        let found = shape("I hear you, dear", &[(0, 10), (7, 16)]);
        assert_eq!(found, [("I hear ", vec![0]), ("you", vec![0, 1]), (", dear", vec![1])]);
    }

    #[test]
    fn a_span_inside_another_and_one_on_the_same_bytes() {
        let found = shape("abcd", &[(0, 4), (1, 2), (1, 2)]);
        assert_eq!(found, [("a", vec![0]), ("b", vec![0, 1, 2]), ("cd", vec![0])]);
    }

    #[test]
    fn a_span_that_cuts_a_character_covers_nothing_and_is_reported() {
        let text = "é日本";
        let (found, lost) = segments(text, &[(0, 2), (1, 5), (2, 99), (3, 3)]);
        assert_eq!(lost, [1, 2, 3]);
        assert_eq!(found.iter().map(|s| s.text).collect::<Vec<_>>(), ["é", "日本"]);
    }

    proptest! {
        #[test]
        fn the_text_stays_whole_whatever_the_spans(
            text in "\\PC{0,24}",
            ranges in prop::collection::vec((0usize..40, 0usize..40), 0..8),
        ) {
            let (found, lost) = segments(&text, &ranges);
            prop_assert_eq!(found.iter().map(|s| s.text).collect::<String>(), text.clone());
            for (i, &(start, end)) in ranges.iter().enumerate() {
                let covered: String =
                    found.iter().filter(|s| s.covered.contains(&i)).map(|s| s.text).collect();
                let expected = if lost.contains(&i) { "" } else { &text[start..end] };
                prop_assert_eq!(covered, expected);
            }
        }
    }
}
