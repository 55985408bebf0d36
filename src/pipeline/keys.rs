//! Owns fetching API keys: by the name of the variable the experiment declares, from the environment handed in.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::config::{Environment, Experiment};

/// The keys that are set, by endpoint id. One that is missing fails the calls that need it, by name of its variable.
pub fn keys(experiment: &Experiment, environment: &Environment) -> BTreeMap<String, SecretString> {
    let key = |variable: &String| environment.get(variable).map(|value| SecretString::from(value.to_owned()));
    experiment
        .endpoints
        .values()
        .filter_map(|endpoint| Some((endpoint.id.clone(), endpoint.api_key_env.as_ref().and_then(key)?)))
        .collect()
}
