//! The automaton behind a set of phrases: one table of words that matches all phrases at once.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::phrase::Item;

/// Reads words from a position in a text; after each word it knows which phrases end there.
///
/// Deterministic and, because phrases have no loops, without cycles: reading stops after the longest phrase.
#[derive(Debug, Clone, Default)]
pub(super) struct Automaton {
    vocabulary: HashMap<String, u32>,
    /// Transitions of each state, in order of word.
    by_word: Vec<Vec<(u32, u32)>>,
    by_other: Vec<Option<u32>>,
    ends: Vec<Vec<usize>>,
}

impl Automaton {
    /// The state before the first word.
    pub(super) const START: u32 = 0;

    /// Builds it from the items of each phrase, in order; `None` if it would have more states than `ceiling`.
    pub(super) fn build<'p>(phrases: impl Iterator<Item = &'p [Item]>, ceiling: usize) -> Option<Self> {
        let mut graph = Graph::default();
        let root = graph.new_node();
        for (phrase, items) in phrases.enumerate() {
            let last = graph.new_node();
            graph.connect_all(root, items, last);
            graph.nodes[last as usize].end = Some(phrase);
        }
        graph.determinise(root, ceiling)
    }

    /// Number of a folded word; `None` for a word that no phrase names.
    pub(super) fn id(&self, word: &str) -> Option<u32> {
        self.vocabulary.get(word).copied()
    }

    /// The state after reading a word; `None` if no phrase can continue.
    pub(super) fn step(&self, state: u32, word: Option<u32>) -> Option<u32> {
        let edges = &self.by_word[state as usize];
        let named = word.and_then(|word| edges.binary_search_by_key(&word, |&(word, _)| word).ok());
        named.map(|at| edges[at].1).or(self.by_other[state as usize])
    }

    /// Indices of the phrases that end in a state.
    pub(super) fn ends(&self, state: u32) -> &[usize] {
        &self.ends[state as usize]
    }
}

/// The phrases as a graph in which alternatives join again; its size is linear in the text of the phrases.
#[derive(Default)]
struct Graph {
    vocabulary: HashMap<String, u32>,
    nodes: Vec<Node>,
}

#[derive(Default)]
struct Node {
    by_word: Vec<(u32, u32)>,
    by_any: Vec<u32>,
    /// Nodes reached without reading a word.
    free: Vec<u32>,
    end: Option<usize>,
}

impl Graph {
    fn new_node(&mut self) -> u32 {
        self.nodes.push(Node::default());
        index(self.nodes.len() - 1)
    }

    /// Connects `from` to `to` through the items, one after the other.
    fn connect_all(&mut self, from: u32, items: &[Item], to: u32) {
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

    fn connect(&mut self, from: u32, item: &Item, to: u32) {
        match item {
            Item::Word(word) => {
                let fresh = index(self.vocabulary.len());
                let word = *self.vocabulary.entry(word.clone()).or_insert(fresh);
                self.node(from).by_word.push((word, to));
            }
            Item::Optional(inner) => {
                self.connect(from, inner, to);
                self.node(from).free.push(to);
            }
            Item::Choice(ways) => ways.iter().for_each(|way| self.connect_all(from, way, to)),
            Item::Gap { min, max } => self.connect_gap(from, *min, *max, to),
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

    fn node(&mut self, at: u32) -> &mut Node {
        &mut self.nodes[at as usize]
    }

    /// Subset construction: each state stands for all positions in all phrases that the words read may have reached.
    fn determinise(self, root: u32, ceiling: usize) -> Option<Automaton> {
        let mut states = States::default();
        let mut automaton = Automaton::default();
        states.reached_by(vec![root], &self);
        let mut done = 0;
        while done < states.sets.len() {
            let set = states.sets[done].clone();
            let (by_word, other) = self.transitions(&set);
            let edges = by_word.into_iter().map(|(word, targets)| (word, states.reached_by(targets, &self)));
            automaton.by_word.push(edges.collect());
            automaton.by_other.push((!other.is_empty()).then(|| states.reached_by(other, &self)));
            automaton.ends.push(set.iter().filter_map(|&node| self.nodes[node as usize].end).collect());
            done += 1;
            if states.sets.len() > ceiling {
                return None;
            }
        }
        automaton.vocabulary = self.vocabulary;
        Some(automaton)
    }

    fn transitions(&self, set: &[u32]) -> (BTreeMap<u32, Vec<u32>>, Vec<u32>) {
        let nodes = || set.iter().map(|&node| &self.nodes[node as usize]);
        let other: Vec<u32> = nodes().flat_map(|node| node.by_any.iter().copied()).collect();
        let mut by_word: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for &(word, to) in nodes().flat_map(|node| &node.by_word) {
            by_word.entry(word).or_insert_with(|| other.clone()).push(to);
        }
        (by_word, other)
    }

    /// The nodes and all nodes reachable from them without reading a word, in order.
    fn closure(&self, mut nodes: Vec<u32>) -> Vec<u32> {
        let mut known = HashSet::new();
        let mut closed = Vec::new();
        while let Some(node) = nodes.pop() {
            if known.insert(node) {
                let place = &self.nodes[node as usize];
                nodes.extend(&place.free);
                // Nodes with only free transitions would make equal states look different.
                if place.end.is_some() || !place.by_word.is_empty() || !place.by_any.is_empty() {
                    closed.push(node);
                }
            }
        }
        closed.sort_unstable();
        closed
    }
}

/// The states found so far, and the state of each set of targets; most words of a list lead to the same targets.
#[derive(Default)]
struct States {
    by_targets: HashMap<Vec<u32>, u32>,
    ids: HashMap<Vec<u32>, u32>,
    sets: Vec<Vec<u32>>,
}

impl States {
    fn reached_by(&mut self, mut targets: Vec<u32>, graph: &Graph) -> u32 {
        targets.sort_unstable();
        targets.dedup();
        if let Some(&id) = self.by_targets.get(&targets) {
            return id;
        }
        let set = graph.closure(targets.clone());
        let fresh = index(self.sets.len());
        let id = *self.ids.entry(set.clone()).or_insert(fresh);
        if id == fresh {
            self.sets.push(set);
        }
        self.by_targets.insert(targets, id);
        id
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
    fn phrases_too_entangled_for_the_table_are_refused() {
        let phrase = Phrase::parse("start ..8 (a|b) ..8 (a|c) y", &Lists::new()).unwrap();
        let build = |ceiling| Automaton::build(std::iter::once(phrase.items.as_slice()), ceiling);
        assert!(build(10_000).is_some());
        assert!(build(10).is_none());
    }
}
