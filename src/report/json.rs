//! `findings.json`: the findings for programs, which can be read back.

use serde::Serialize;

use super::outer_lines::OuterLines;

use crate::analysis::alignment::AlignmentFindings;
use crate::analysis::calibration::{self, Calibration, CalibrationCheck};
use crate::analysis::compare::RunComparison;
use crate::analysis::findings::agree::AgreeFindings;
use crate::analysis::findings::{self, Findings};
use crate::analysis::gate::GateFinding;
use crate::analysis::label_budget::LabelBudget;
use crate::analysis::measure_check::MeasureFinding;
use crate::analysis::probe::{self, ProbeFindings};

/// Why bytes are not findings that this version can read.
#[derive(Debug, thiserror::Error)]
pub enum FindingsError {
    /// They are not JSON, or not of the declared shape.
    #[error("not readable: line {line}, column {column}")]
    Shape {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// They have another format or version.
    #[error(
        "expected the format {expected}, found {found:?}; run the command that wrote it again: calls that are known are not made again"
    )]
    Format {
        /// The format that this version reads.
        expected: &'static str,
        /// The format in the file.
        found: String,
    },
}

impl From<serde_json::Error> for FindingsError {
    fn from(error: serde_json::Error) -> Self {
        Self::Shape { line: error.line(), column: error.column() }
    }
}

/// The findings of a run.
pub fn run(findings: &Findings) -> Vec<u8> {
    bytes(findings)
}

/// Writes the findings of a run like [`run`], without holding all bytes in memory.
///
/// # Errors
/// Writing to `out` failed.
pub fn write_run(findings: &Findings, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    write(findings, out)
}

/// JSON of a check of rule-based measures.
pub fn measure_check(found: &[MeasureFinding]) -> Vec<u8> {
    bytes(&found)
}

/// JSON of a calibration.
pub fn calibration(calibration: &Calibration) -> Vec<u8> {
    bytes(calibration)
}

/// JSON of the check of a calibration.
pub fn calibration_check(check: &CalibrationCheck) -> Vec<u8> {
    bytes(check)
}

/// JSON of a label budget.
pub fn label_budget(budget: &LabelBudget) -> Vec<u8> {
    bytes(budget)
}

/// JSON of a comparison of two runs.
pub fn comparison(comparison: &RunComparison) -> Vec<u8> {
    bytes(comparison)
}

/// JSON of the findings of probes.
pub fn probe(findings: &ProbeFindings) -> Vec<u8> {
    bytes(findings)
}

/// JSON of the findings about an aligner.
pub fn alignment(findings: &AlignmentFindings) -> Vec<u8> {
    bytes(findings)
}

/// JSON of the outcome of a gate.
pub fn gate(finding: &GateFinding) -> Vec<u8> {
    bytes(finding)
}

/// JSON of the findings of a ratings table.
pub fn agree(findings: &AgreeFindings) -> Vec<u8> {
    bytes(findings)
}

fn bytes(findings: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(findings, &mut bytes).expect("findings hold no map with other keys than text");
    bytes
}

fn write(findings: &impl Serialize, mut out: &mut dyn std::io::Write) -> std::io::Result<()> {
    findings.serialize(&mut serde_json::Serializer::with_formatter(&mut out, OuterLines::default()))?;
    out.write_all(b"\n")
}

#[derive(serde::Deserialize)]
struct FindingsHeader {
    format: String,
}

fn check(bytes: &[u8], expected: &'static str) -> Result<(), FindingsError> {
    let header: FindingsHeader = serde_json::from_slice(bytes)?;
    if header.format == expected {
        Ok(())
    } else {
        Err(FindingsError::Format { expected, found: header.format })
    }
}

/// Reads the findings of a run back.
///
/// # Errors
/// The bytes are not JSON of this shape, or have another format version.
pub fn read_run(bytes: &[u8]) -> Result<Findings, FindingsError> {
    check(bytes, findings::FORMAT)?;
    Ok(serde_json::from_slice(bytes)?)
}

/// Reads the findings of a probe back.
///
/// # Errors
/// The bytes are not JSON of this shape, or have another format version.
pub fn read_probe(bytes: &[u8]) -> Result<ProbeFindings, FindingsError> {
    check(bytes, probe::FORMAT)?;
    Ok(serde_json::from_slice(bytes)?)
}

/// Reads a calibration back.
///
/// # Errors
/// The bytes are not JSON of this shape, or have another format version.
pub fn read_calibration(bytes: &[u8]) -> Result<Calibration, FindingsError> {
    check(bytes, calibration::FORMAT)?;
    Ok(serde_json::from_slice(bytes)?)
}

/// Reads the outcome of a calibration's check back.
///
/// # Errors
/// The bytes are not JSON of this shape, or have another format version.
pub fn read_calibration_check(bytes: &[u8]) -> Result<CalibrationCheck, FindingsError> {
    check(bytes, calibration::CHECK_FORMAT)?;
    Ok(serde_json::from_slice(bytes)?)
}
