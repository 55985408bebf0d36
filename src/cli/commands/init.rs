//! `init`: writes a starter experiment with copies to edit.

use super::super::{args::InitArgs, exit::Exit, output};
use crate::cli::diagnostic::CommandResult;
use crate::{config::starter, pipeline};

pub(super) fn init(args: &InitArgs) -> CommandResult {
    if args.sessions.is_empty() {
        for path in pipeline::starter::write(&args.folder, &starter::starter())? {
            output::data(&path.display().to_string());
        }
        output::note("hint: corater run experiment.yaml");
        return Ok(Exit::Ok);
    }
    let draft = pipeline::draft::draft(&pipeline::draft::DraftRequest {
        folder: &args.folder,
        sessions: &args.sessions,
        ratings: args.ratings.as_deref(),
        sheet: args.sheet.as_deref(),
    })?;
    let written = pipeline::starter::write(&args.folder, &draft.files)?;
    for line in &draft.told {
        output::note(&format!("note: {line}"));
    }
    for path in written {
        output::data(&path.display().to_string());
    }
    output::note(&format!(
        "hint: replace each `{}` in experiment.yaml; corater validate experiment.yaml names them",
        starter::BLANK
    ));
    Ok(Exit::Ok)
}
