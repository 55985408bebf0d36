//! Pure mathematics: slices of numbers in, estimates out.

pub mod estimate;
pub mod table;

pub use estimate::{Estimate, Interval, Undefined};
pub use table::{Complete, Pairs, Table};
