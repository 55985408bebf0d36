//! What every page needs: its style, its templates and its tables.

use minijinja::{Environment, UndefinedBehavior, Value, syntax::SyntaxConfig, value::Serde};

use crate::report::{ReportError, table::Table, tables::PlacedTable};

pub(super) const STYLE: &str = include_str!("../assets/style.css");
/// A table as the page places it.
#[derive(Debug, serde::Serialize)]
pub(super) struct ShownTable<'t> {
    /// Whether it stands there without a click.
    pub(super) open: bool,
    pub(super) table: &'t Table,
}
impl<'t> From<&'t PlacedTable> for ShownTable<'t> {
    fn from(placed: &'t PlacedTable) -> Self {
        Self { open: placed.open, table: &placed.table }
    }
}
/// Converts a view to a template value.
pub(super) fn value(view: &impl serde::Serialize) -> Value {
    Value::from(Serde(view))
}
/// The templates, with escaping and strict variable names.
pub(super) fn environment() -> Result<Environment<'static>, ReportError> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    for (name, text) in [
        ("parts.html", include_str!("../assets/parts.html")),
        ("overview.html", include_str!("../assets/overview.html")),
        ("results.html", include_str!("../assets/results.html")),
        ("method.html", include_str!("../assets/method.html")),
        ("source.html", include_str!("../assets/source.html")),
        ("reading.html", include_str!("../assets/reading.html")),
        ("transcripts.html", include_str!("../assets/transcripts.html")),
        ("report.html", include_str!("../assets/report.html")),
        ("operations.html", include_str!("../assets/operations.html")),
        ("probe.html", include_str!("../assets/probe.html")),
    ] {
        env.add_template(name, text)?;
    }
    Ok(env)
}
