//! `init`: writes a starter experiment with copies to edit.

use super::super::{args::InitArgs, exit::Exit, output};
use crate::cli::diagnostic::Ended;
use crate::{config::starter, pipeline};

pub(super) fn init(args: &InitArgs) -> Ended {
    for path in pipeline::starter::write(&args.folder, &starter::starter())? {
        output::data(&path.display().to_string());
    }
    output::note("hint: corater run experiment.yaml");
    Ok(Exit::Ok)
}
