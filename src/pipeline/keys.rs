//! API keys, by the name of the variable that the experiment declares, from the environment handed in.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::config::{Environment, Experiment};

/// The keys that are set, by endpoint id, without the white space that files and shells leave around them: what is kept
/// here is what is sent, and so what is masked. A call whose key is missing fails with an error that names the variable.
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
