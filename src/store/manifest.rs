//! The manifest of a run: what was run, on which inputs, by which version. It does not depend on time, so the same plan
//! always writes the same bytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    StoreError,
    format::{FLAGS, FileHeader, MANIFEST, RATINGS, RATINGS_TABLE, SESSIONS},
    run::MANIFEST_FILE,
};
use crate::domain::{Digest, ItemId, SourceRedaction};

/// Where the run was computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platform {
    /// Operating system, such as `linux`.
    pub os: String,
    /// Processor family, such as `x86_64`.
    pub arch: String,
}

impl Platform {
    /// The platform this program was compiled for.
    pub fn current() -> Self {
        Self { os: std::env::consts::OS.to_owned(), arch: std::env::consts::ARCH.to_owned() }
    }
}

/// A file the run was computed from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputDigest {
    /// Purpose, such as `experiment` or `sessions demo`.
    pub role: String,
    /// The path as written.
    pub path: String,
    /// Digest of its bytes.
    pub digest: Digest,
}

/// `manifest.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// `corater-manifest/1`.
    pub format: String,
    /// Version of the program.
    pub corater: String,
    /// The run's name without the digest.
    pub name: String,
    /// Digest of the plan.
    pub plan: Digest,
    /// The platform it was computed on.
    pub platform: Platform,
    /// True if any session or rating is invented for demonstration.
    pub synthetic: bool,
    /// The experiment's YAML before interpolation.
    pub source_text: String,
    /// The resolved experiment.
    pub experiment: serde_json::Value,
    /// Digest of each judge: its model, decoding, prompt and draws. Empty in runs of versions before calibrations.
    #[serde(default)]
    pub judges: BTreeMap<String, Digest>,
    /// Digest of the instructions the clinicians rated by.
    #[serde(default)]
    pub instructions: Option<Digest>,
    /// The order in which judges see the items, by recorded session; drawn from the seed.
    #[serde(default)]
    pub item_order: BTreeMap<String, Vec<ItemId>>,
    /// Results of redaction for each source: counts by kind, never text.
    #[serde(default)]
    pub redaction: Vec<SourceRedaction>,
    /// Every file the run was computed from.
    pub inputs: Vec<InputDigest>,
    /// Formats of the run's files that cannot name their own.
    pub formats: BTreeMap<String, String>,
}

impl Manifest {
    /// A manifest of this program and platform.
    pub fn new(name: &str, plan: Digest, source_text: &str, experiment: serde_json::Value) -> Self {
        let files = [
            ("sessions.jsonl", SESSIONS),
            ("flags.jsonl", FLAGS),
            ("ratings.jsonl", RATINGS),
            ("ratings.csv", RATINGS_TABLE),
        ];
        Self {
            format: MANIFEST.to_string(),
            corater: env!("CARGO_PKG_VERSION").to_owned(),
            name: name.to_owned(),
            plan,
            platform: Platform::current(),
            synthetic: false,
            source_text: source_text.to_owned(),
            experiment,
            judges: BTreeMap::new(),
            instructions: None,
            item_order: BTreeMap::new(),
            redaction: Vec::new(),
            inputs: Vec::new(),
            formats: files.iter().map(|(file, format)| ((*file).to_owned(), format.to_string())).collect(),
        }
    }

    /// The bytes of `manifest.json`; inputs in a fixed order.
    ///
    /// # Panics
    /// Never: the fields serialize to JSON.
    pub fn encode(&self) -> Vec<u8> {
        let mut ordered = self.clone();
        ordered.inputs.sort_by(|a, b| (&a.role, &a.path).cmp(&(&b.role, &b.path)));
        let mut bytes = serde_json::to_vec_pretty(&ordered).expect("a manifest serializes to JSON");
        bytes.push(b'\n');
        bytes
    }

    /// Reads `manifest.json`. Fields of a newer minor version are ignored.
    ///
    /// # Errors
    /// It is not JSON, or has another format or a newer major version.
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let header: FileHeader = serde_json::from_slice(bytes).map_err(|error| bad(&error))?;
        MANIFEST.check(MANIFEST_FILE, &header.format)?;
        serde_json::from_slice(bytes).map_err(|error| bad(&error))
    }
}

/// Only the position, because serde's message could quote a value.
fn bad(error: &serde_json::Error) -> StoreError {
    StoreError::BadLine {
        file: MANIFEST_FILE.to_owned(),
        line: error.line(),
        column: error.column(),
        expected: "a manifest",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let input = |role: &str| InputDigest {
            role: role.into(),
            path: "x.yaml".into(),
            digest: Digest::of_bytes(role.as_bytes()),
        };
        let mut manifest =
            Manifest::new("demo", Digest::of_bytes(b"plan"), "models: {}", serde_json::json!({"seed": 7}));
        manifest.inputs = vec![input("sessions demo"), input("experiment")];
        manifest
    }

    #[test]
    fn the_bytes_do_not_depend_on_the_order_of_inputs() {
        let mut turned = manifest();
        turned.inputs.reverse();
        assert_eq!(turned.encode(), manifest().encode());
        assert_eq!(Manifest::decode(&manifest().encode()).expect("read").inputs[0].role, "experiment");
    }

    #[test]
    fn a_newer_minor_version_is_read_and_a_newer_major_one_refused() {
        let text = String::from_utf8(manifest().encode()).expect("UTF-8");
        let with = |version: &str| {
            text.replace("\"corater-manifest/1\",", &format!("\"corater-manifest/{version}\", \"new\": 1,"))
        };
        assert_eq!(Manifest::decode(with("1.4").as_bytes()).expect("readable").plan, manifest().plan);
        let error = Manifest::decode(with("2").as_bytes()).expect_err("refused");
        assert_eq!(
            error.to_string(),
            "manifest.json has format \"corater-manifest/2\", expected corater-manifest/1"
        );
        assert!(Manifest::decode(b"{").is_err());
    }
}
