//! The automaton behind a set of phrases: one graph of words that is read for all phrases at once.

use std::collections::{HashMap, HashSet};

use super::phrase::PhraseElement;

/// Reads words from a position in a text; after each word it knows which phrases end there.
///
/// It follows all phrases that the words read so far allow, side by side. Its size is linear in the text of the phrases:
/// a table with one state for each set of positions grows beyond all bounds where many phrases have gaps. Phrases have no
/// loops, so that reading stops after the longest phrase.
#[derive(Debug, Clone, Default)]
pub(super) struct Automaton {
    vocabulary: HashMap<String, u32>,
    /// Places after the first word, by that word.
    first: HashMap<u32, Vec<u32>>,
    /// Places after a first word that may be any.
    first_any: Vec<u32>,
    places: Vec<PhrasePosition>,
}

/// A position in the phrases, with the places that the next word leads to.
#[derive(Debug, Clone, Default)]
struct PhrasePosition {
    /// In order of word.
    by_word: Vec<(u32, u32)>,
    by_any: Vec<u32>,
    end: Option<usize>,
    /// The places that count as reached with this one, itself included where it counts.
    reached: Vec<u32>,
}

impl Automaton {
    /// Builds it from the items of each phrase, in order; `None` if it would have more places than `ceiling`.
    pub(super) fn build<'p>(
        phrases: impl Iterator<Item = &'p [PhraseElement]>,
        ceiling: usize,
    ) -> Option<Self> {
        let mut graph = Graph::default();
        let root = graph.new_node();
        for (phrase, items) in phrases.enumerate() {
            let last = graph.new_node();
            graph.connect_all(root, items, last);
            graph.nodes[last as usize].end = Some(phrase);
            if graph.nodes.len() > ceiling {
                return None;
            }
        }
        Some(graph.into_automaton(root))
    }

    /// Number of a folded word; `None` for a word that no phrase names.
    pub(super) fn id(&self, word: &str) -> Option<u32> {
        self.vocabulary.get(word).copied()
    }

    /// The places after a first word; empty if no phrase begins so.
    pub(super) fn begin(&self, word: Option<u32>) -> Vec<u32> {
        let named = word.and_then(|word| self.first.get(&word)).map(Vec::as_slice).unwrap_or_default();
        in_order(named.iter().chain(&self.first_any).copied().collect())
    }

    /// The places after one more word; empty if no phrase can continue.
    pub(super) fn step(&self, places: &[u32], word: Option<u32>) -> Vec<u32> {
        let mut next = Vec::new();
        for place in places.iter().map(|&place| &self.places[place as usize]) {
            if let Some(word) = word {
                let from = place.by_word.partition_point(|&(other, _)| other < word);
                let named = place.by_word[from..].iter().take_while(|&&(other, _)| other == word);
                named.for_each(|&(_, to)| next.extend(&self.places[to as usize].reached));
            }
            place.by_any.iter().for_each(|&to| next.extend(&self.places[to as usize].reached));
        }
        in_order(next)
    }

    /// Indices of the phrases that end in these places.
    pub(super) fn ends<'a>(&'a self, places: &'a [u32]) -> impl Iterator<Item = usize> + 'a {
        places.iter().filter_map(|&place| self.places[place as usize].end)
    }
}

fn in_order(mut places: Vec<u32>) -> Vec<u32> {
    places.sort_unstable();
    places.dedup();
    places
}

/// The phrases as a graph in which alternatives join again; its size is linear in the text of the phrases.
#[derive(Default)]
struct Graph {
    vocabulary: HashMap<String, u32>,
    nodes: Vec<AutomatonNode>,
}

#[derive(Default)]
struct AutomatonNode {
    by_word: Vec<(u32, u32)>,
    by_any: Vec<u32>,
    /// Nodes reached without reading a word.
    free: Vec<u32>,
    end: Option<usize>,
}

impl Graph {
    fn new_node(&mut self) -> u32 {
        self.nodes.push(AutomatonNode::default());
        index(self.nodes.len() - 1)
    }

    /// Connects `from` to `to` through the items, one after the other.
    fn connect_all(&mut self, from: u32, items: &[PhraseElement], to: u32) {
        let Some((last, before)) = items.split_last() else {
            self.node(from).free.push(to);
            return;
        };
        let mut at = from;
        for item in before {
            let next = self.new_node();
            self.connect(at, item, next);
            at = next;
        }
        self.connect(at, last, to);
    }

    fn connect(&mut self, from: u32, item: &PhraseElement, to: u32) {
        match item {
            PhraseElement::Word(word) => {
                let fresh = index(self.vocabulary.len());
                let word = *self.vocabulary.entry(word.clone()).or_insert(fresh);
                self.node(from).by_word.push((word, to));
            }
            PhraseElement::Optional(inner) => {
                self.connect(from, inner, to);
                self.node(from).free.push(to);
            }
            PhraseElement::Choice(ways) => ways.iter().for_each(|way| self.connect_all(from, way, to)),
            PhraseElement::Gap { min, max } => self.connect_gap(from, *min, *max, to),
        }
    }

    fn connect_gap(&mut self, from: u32, min: usize, max: usize, to: u32) {
        let mut at = from;
        for length in 0..=max {
            if length >= min {
                self.node(at).free.push(to);
            }
            if length < max {
                let next = self.new_node();
                self.node(at).by_any.push(next);
                at = next;
            }
        }
    }

    fn node(&mut self, at: u32) -> &mut AutomatonNode {
        &mut self.nodes[at as usize]
    }

    /// The same graph, with everything that is reached without reading a word worked out.
    fn into_automaton(mut self, root: u32) -> Automaton {
        let reached: Vec<Vec<u32>> =
            (0..index(self.nodes.len())).map(|node| self.closure(vec![node])).collect();
        let mut automaton = Automaton::default();
        for &start in &reached[root as usize] {
            let start = &self.nodes[start as usize];
            for &(word, to) in &start.by_word {
                automaton.first.entry(word).or_default().extend(&reached[to as usize]);
            }
            start.by_any.iter().for_each(|&to| automaton.first_any.extend(&reached[to as usize]));
        }
        let places = self.nodes.drain(..).zip(reached).map(|(mut node, reached)| {
            node.by_word.sort_unstable();
            PhrasePosition { by_word: node.by_word, by_any: node.by_any, end: node.end, reached }
        });
        automaton.places = places.collect();
        automaton.vocabulary = self.vocabulary;
        automaton
    }

    /// The nodes and all nodes reachable from them without reading a word, in order.
    fn closure(&self, mut nodes: Vec<u32>) -> Vec<u32> {
        let mut known = HashSet::new();
        let mut closed = Vec::new();
        while let Some(node) = nodes.pop() {
            if known.insert(node) {
                let place = &self.nodes[node as usize];
                nodes.extend(&place.free);
                // Nodes with only free transitions lead nowhere by themselves.
                if place.end.is_some() || !place.by_word.is_empty() || !place.by_any.is_empty() {
                    closed.push(node);
                }
            }
        }
        closed.sort_unstable();
        closed
    }
}

fn index(length: usize) -> u32 {
    u32::try_from(length).expect("phrases written by people have far fewer than 2^32 words")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::phrase::{Lists, Phrase};

    #[test]
    fn too_many_places_are_refused_and_long_gaps_cost_few() {
        let phrase = Phrase::parse("start ..8 (a|b) ..8 (a|c) y", &Lists::new()).unwrap();
        let build = |ceiling| Automaton::build(std::iter::once(phrase.items.as_slice()), ceiling);
        assert!(build(30).is_some());
        assert!(build(10).is_none());
    }
}
