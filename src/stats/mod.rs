//! Pure mathematics: slices of numbers in, estimates out.

pub mod adjust;
pub mod alt_test;
pub mod auc;
pub mod bland_altman;
pub mod bootstrap;
pub mod calibrate;
pub mod chance_corrected;
pub mod concordance;
pub mod correlation;
pub mod descriptive;
pub mod distributions;
pub mod estimate;
pub mod icc;
pub mod icc_sums;
pub mod internal;
pub mod kappa;
pub mod krippendorff;
pub mod leave_one_out;
pub mod pair;
pub mod paired;
pub mod pooled;
pub mod power;
pub mod ppi;
pub mod prevalence;
pub mod reml;
pub mod repeatability;
pub mod spans;
pub mod stability;
pub mod table;
pub mod unitizing;

pub use estimate::{Estimate, Interval, Undefined};
pub use table::{Pairs, RatingMatrix};
