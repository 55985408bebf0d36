//! Owns one evaluator per golden file.

pub(crate) mod calibration;
pub(crate) mod categorical;
pub(crate) mod comparison;
pub(crate) mod pairs;
pub(crate) mod planning;
pub(crate) mod policy;
pub(crate) mod prediction;
pub(crate) mod reliability;
pub(crate) mod resampling;
pub(crate) mod spans;
