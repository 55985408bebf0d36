//! `agree`: agreement in any ratings table.

use super::super::{agree_args::AgreeArgs, exit::Exit, output};
use crate::cli::diagnostic::CommandResult;
use crate::{
    pipeline::{self, outputs},
    report,
};

pub(super) fn agree(args: &AgreeArgs) -> CommandResult {
    outputs::check(&args.output, &outputs::OF_AGREE)?;
    let (findings, table) = pipeline::agree::agree(&args.file, &args.request()?)?;
    for note in &table.notes {
        output::note(&format!("note: {}: {}", note.path, note.message));
    }
    for path in &args.output {
        pipeline::report::write_agree(&findings, path)?;
    }
    if args.json {
        output::bytes(&report::json::agree(&findings));
    } else {
        output::data(&report::text::agree(&findings));
    }
    Ok(Exit::Ok)
}
