//! Experiments that load, and what they resolve to.

use crate::support::Folder;

#[test]
fn the_least_that_loads() {
    let experiment = Folder::new().load().unwrap();
    assert_eq!(experiment.counselors, ["structured"]);
    assert_eq!(experiment.items.len(), 11);
}
