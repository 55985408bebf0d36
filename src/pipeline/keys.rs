//! API keys, read from the given environment by the variable names that the experiment declares.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::config::{Environment, Experiment};

/// API keys by endpoint id, without the white space that files and shells add, so that the key sent is also the one
/// that is masked. A call whose key is missing fails with an error that names the variable.
pub fn keys(experiment: &Experiment, environment: &Environment) -> BTreeMap<String, SecretString> {
    let key = |variable: &String| {
        let key = environment.get(variable)?.trim();
        (!key.is_empty()).then(|| SecretString::from(key.to_owned()))
    };
    experiment
        .endpoints
        .values()
        .filter_map(|endpoint| Some((endpoint.id.clone(), endpoint.api_key_env.as_ref().and_then(key)?)))
        .collect()
}
