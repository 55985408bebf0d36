//! Order in which a judge sees the items of a session: drawn from the seed for each recorded session and the same for
//! all its arms, so that the order cannot distinguish arms.

use crate::domain::{Digest, ItemId, SessionId};

/// The items in the order for this source.
pub fn order(seed: u64, source: &SessionId, items: &[ItemId]) -> Vec<ItemId> {
    let mut drawn: Vec<(Digest, &ItemId)> =
        items.iter().map(|item| (Digest::of_value(&("item-order", seed, source, item)), item)).collect();
    drawn.sort();
    drawn.into_iter().map(|(_, item)| item.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_once_in_an_order_that_differs_between_sources_and_seeds() {
        let items: Vec<ItemId> = ('a'..='k').map(|c| ItemId::new(c).expect("id")).collect();
        let source = |id: &str| SessionId::new(id).expect("id");
        let one = order(1, &source("s1"), &items);
        let mut sorted = one.clone();
        sorted.sort();
        assert_eq!(sorted, items);
        assert_eq!(one, order(1, &source("s1"), &items), "the same again");
        assert_ne!(one, order(1, &source("s2"), &items));
        assert_ne!(one, order(2, &source("s1"), &items));
    }

    #[test]
    fn no_item_is_favoured() {
        let items: Vec<ItemId> = ["a", "b", "c", "d"].map(|c| ItemId::new(c).expect("id")).to_vec();
        let firsts = (0..2000)
            .filter(|n| order(7, &SessionId::new(format!("s{n}")).expect("id"), &items)[0].as_str() == "a");
        let share = firsts.count() as f64 / 2000.0;
        assert!((share - 0.25).abs() < 0.04, "{share}");
    }
}
