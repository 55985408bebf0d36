//! The item that a column or a cell names.

use super::RatingContext;
use crate::{
    dataset::source::{RatingLayout, RatingSource},
    domain::ItemId,
};

/// The rubric's item that a name of the table means.
pub(super) fn item_of(source: &RatingSource, context: &RatingContext, name: &str) -> Option<ItemId> {
    let mapped = source.items.get(name).map_or(name, String::as_str);
    if source.layout == RatingLayout::Study && !source.items.contains_key(name) {
        return item(context, name);
    }
    ItemId::new(mapped).ok().filter(|item| context.items.contains(item))
}

/// The rubric's item that a column means: by id or by name, in any case, with any marks between the words; a name may be
/// shorter than the rubric's.
pub(super) fn item(context: &RatingContext, column: &str) -> Option<ItemId> {
    let wanted = words(column);
    if wanted.is_empty() {
        return None;
    }
    let exact = context.items.iter().find(|id| words(id.as_str()) == wanted);
    let named = || {
        let mut fits = context.names.iter().filter(|(_, name)| words(name).starts_with(&wanted));
        fits.next().filter(|_| fits.next().is_none()).map(|(id, _)| id)
    };
    exact.or_else(named).cloned()
}

pub(super) fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let parts = lower.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}
