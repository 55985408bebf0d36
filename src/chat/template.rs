//! Prompt templates: strict rendering, and the variables a template needs, which are checked before money is spent.

use std::{collections::BTreeSet, sync::Arc};

use minijinja::{AutoEscape, Environment, UndefinedBehavior};

/// Engine and major version. Part of every call key, because rendering rules affect the request.
pub const TEMPLATE_ENGINE: &str = "minijinja-3";

/// Why a template cannot be used. Never contains values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}", line.map(|l| format!(" (line {l} of the template)")).unwrap_or_default())]
pub struct TemplateError {
    /// What is wrong.
    pub message: String,
    /// Line in the template, from 1, if known.
    pub line: Option<usize>,
}

impl From<minijinja::Error> for TemplateError {
    fn from(error: minijinja::Error) -> Self {
        let message = match error.detail() {
            Some(detail) => format!("{}: {detail}", error.kind()),
            None => error.kind().to_string(),
        };
        Self { message, line: error.line() }
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_fuel(Some(200_000));
    environment
}

/// The variables a template needs and does not set itself, with nested names such as `settings.agenda`.
///
/// # Errors
/// The template does not parse.
pub fn variables(source: &str) -> Result<BTreeSet<String>, TemplateError> {
    let environment = environment();
    let template = environment.template_from_str(source)?;
    Ok(template.undeclared_variables(true).into_iter().collect())
}

/// Renders a template; an undefined variable is an error, never an empty string.
///
/// # Errors
/// The template does not parse, uses an undefined variable, or exceeds its limit of instructions.
pub fn render(source: &str, values: &impl serde::Serialize) -> Result<String, TemplateError> {
    Ok(environment().render_str(source, minijinja::value::Value::from(minijinja::value::Serde(values)))?)
}

/// A template that is rendered often and parsed once.
#[derive(Clone)]
pub struct Template {
    source: Arc<str>,
    environment: Environment<'static>,
}

/// Name of the only template in its environment.
const ONLY: &str = "";

impl Template {
    /// Parses a template.
    ///
    /// # Errors
    /// The template does not parse.
    pub fn new(source: &str) -> Result<Self, TemplateError> {
        let mut environment = environment();
        environment.add_template_owned(ONLY, source.to_owned())?;
        Ok(Self { source: source.into(), environment })
    }

    /// The template as written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Like the function [`render`].
    ///
    /// # Errors
    /// The template uses an undefined variable, or exceeds its limit of instructions.
    pub fn render(&self, values: &impl serde::Serialize) -> Result<String, TemplateError> {
        let template = self.environment.get_template(ONLY)?;
        Ok(template.render(minijinja::value::Value::from(minijinja::value::Serde(values)))?)
    }
}

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl std::fmt::Debug for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.source)
    }
}

impl serde::Serialize for Template {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_undefined_variable_is_an_error() {
        let values = serde_json::json!({"a": 1});
        assert_eq!(render("{{ a }}", &values), Ok("1".into()));
        assert!(render("{{ transcript }}", &values).is_err());
        let names: Vec<String> = variables("{{ a }} {{ settings.b }}").expect("parses").into_iter().collect();
        assert_eq!(names, ["a", "settings.b"]);
    }
}
