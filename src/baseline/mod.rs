//! Scripted counselors and an observable-features judge: no network, no language model.
