//! Resolves the privacy options of an experiment: redaction, its enforcement, and `local_only`.

use std::collections::BTreeMap;

use super::Context;
use crate::{
    config::{
        document::At,
        experiment::{Endpoint, Model, Route},
        file::{ExperimentFile, RedactFile, SessionsFile},
        path::YamlPath,
    },
    dataset::source::Redaction,
    domain::IdentifierKind,
};

/// Resolves `redact` of a source; names come from the list and from the file, one per line.
pub(super) fn redaction(
    cx: &mut Context<'_>,
    path: &YamlPath,
    file: &SessionsFile,
    required: bool,
) -> Option<Redaction> {
    let at = path.key("redact");
    let Some(redact) = &file.redact else {
        if required && !file.redacted {
            let advice = "add `redact: {names: […]}`, or `redacted: true` where it was done before";
            cx.document.report(
                path,
                At::Value,
                "the source is not redacted, and `require_redacted` is set",
                advice,
            );
        }
        return None;
    };
    let names = names(cx, &at, redact);
    check_ids(cx, &at.key("ids"), &redact.ids);
    let mut kinds = redact.kinds.clone().unwrap_or_else(|| IdentifierKind::ALL.to_vec());
    kinds.sort_unstable();
    kinds.dedup();
    if required && !file.redacted {
        if kinds.len() < IdentifierKind::ALL.len() {
            let advice = "leave `kinds` out to look for all of them";
            cx.at(&at.key("kinds"), "some kinds are left in the text, and `require_redacted` is set", advice);
        }
        if names.is_empty() && !cx.document.is_tainted(&at.key("names_file")) {
            let advice = "list the names in `names` or `names_file`: nothing finds names that are not listed";
            cx.at(&at, "no names are listed, and `require_redacted` is set", advice);
        }
    }
    Some(Redaction { kinds, names, ids: redact.ids.clone() })
}

fn names(cx: &mut Context<'_>, at: &YamlPath, redact: &RedactFile) -> Vec<String> {
    let mut names = redact.names.clone();
    if let Some(file) = &redact.names_file {
        let path = at.key("names_file");
        // The list is not recorded as an input in the manifest, because a digest of a short list reveals its names.
        match cx.files.read(file).map(|bytes| String::from_utf8(bytes.into_owned())) {
            Ok(Ok(text)) => names.extend(text.trim_start_matches('\u{feff}').lines().map(str::to_owned)),
            Ok(Err(_)) => cx.at(&path, "the file is not UTF-8 text", "save it as UTF-8"),
            Err(fault) => {
                let message = format!("{}: {}", fault.message, cx.quoted(&path));
                cx.at(&path, message, fault.advice);
            }
        }
    }
    names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn check_ids(cx: &mut Context<'_>, path: &YamlPath, ids: &[String]) {
    for (index, pattern) in ids.iter().enumerate() {
        let at = path.index(index);
        match regex_lite::Regex::new(pattern) {
            Err(_) => cx.at(&at, "not a regular expression", "such as `MRN-[0-9]{6}`"),
            Ok(found) if found.is_match("") => {
                cx.at(&at, "the pattern matches the empty text", "write what an id cannot be without");
            }
            Ok(_) => {}
        }
    }
}

/// With `local_only`, checks that every endpoint in use is on this machine.
pub(super) fn local_only(
    cx: &mut Context<'_>,
    file: &ExperimentFile,
    models: &[Model],
    endpoints: &BTreeMap<String, Endpoint>,
) {
    if !file.run.local_only {
        return;
    }
    for (id, endpoint) in endpoints {
        let used =
            |model: &&Model| matches!(&model.route, Route::Endpoint { endpoint, .. } if endpoint == id);
        let Some(model) = models.iter().find(used) else { continue };
        if endpoint.base_url.is_empty() || endpoint.is_local() {
            continue;
        }
        let root = YamlPath::root();
        let at = if file.endpoints.contains_key(id) {
            root.key("endpoints").key(id).key("base_url")
        } else {
            let declared = file.models.iter().position(|declared| declared.id == model.id);
            declared.map_or_else(|| root.key("judges"), |index| root.key("models").index(index).key("model"))
        };
        let message = format!("endpoint `{id}` is not on this machine, and `local_only` is set");
        cx.at(&at, message, "use an address such as http://127.0.0.1:8080/v1, or leave `local_only` out");
    }
}
