//! The `init --sessions` verb: looks at files of sessions and ratings and writes an experiment for them, with blanks where only a
//! person can say what is right.

use std::path::{Path, PathBuf};

use super::{PipelineError, input_file};
use crate::{
    config::{
        self, ConfigSource,
        starter::{self, BLANK},
    },
    dataset::{
        source::{QuoteRule, RatingLayout, RoleMap, SessionFormat, TableOptions},
        survey::{ratings, sessions},
    },
    domain::Rubric,
};

/// The rubric of the starter.
const RUBRIC: &str = "builtin:ctrs";

/// Options of the command line.
#[derive(Debug, Clone, Copy)]
pub struct DraftRequest<'r> {
    /// Where the experiment will stand.
    pub folder: &'r Path,
    /// Files of sessions.
    pub sessions: &'r [PathBuf],
    /// The table of ratings.
    pub ratings: Option<&'r Path>,
    /// Sheet to read, if a file is a workbook with several.
    pub sheet: Option<&'r str>,
}

/// A drafted experiment.
#[derive(Debug, Clone)]
pub struct ExperimentDraft {
    /// The experiment and the files beside it, relative to the folder.
    pub files: Vec<(PathBuf, Vec<u8>)>,
    /// What was found, for people.
    pub told: Vec<String>,
}

/// Looks at the files and drafts the experiment. Nothing is written.
///
/// # Errors
/// A file cannot be read, or is not of a form that sessions or ratings have.
pub fn draft(request: &DraftRequest<'_>) -> Result<ExperimentDraft, PipelineError> {
    let mut told = Vec::new();
    let (survey, paths) = surveyed(request, &mut told)?;
    let mut paragraphs = vec![
        ("description", starter_description(&paths)),
        ("sessions", session_source(&survey, &paths)),
        ("ratings", String::new()),
    ];
    if let Some(path) = request.ratings {
        let rubric = config::load_rubric(&ConfigSource::of_argument(RUBRIC))?;
        let text = text(path, "ratings", request.sheet)?;
        let found =
            ratings::survey(&path.display().to_string(), &text, request.sheet, &survey.sessions, &rubric)
                .map_err(|problem| PipelineError::Data(vec![problem]))?;
        told.extend(found.told(&rubric).into_iter().map(|line| format!("{}: {line}", path.display())));
        let known = found.items.iter().filter(|(_, item)| item.is_some()).count();
        let is_other = known * 2 < found.items.len();
        paragraphs[2].1 = rating_source(&found, &relative(request.folder, path), &rubric, is_other);
        if is_other {
            told.push(
                "few items are of the rubric ctrs: name the rubric of these ratings under `rubric`"
                    .to_owned(),
            );
            paragraphs.push(("rubric", other_rubric(&found)));
        }
    }
    let text = starter::with_paragraphs(&paragraphs);
    let files = starter::files(text);
    Ok(ExperimentDraft {
        files: files.into_iter().filter(|(path, _)| !path.starts_with("synthetic")).collect(),
        told,
    })
}

fn starter_description(paths: &[String]) -> String {
    let first = paths.first().map_or("", String::as_str);
    let name = Path::new(first).file_name().map(|name| name.to_string_lossy().into_owned());
    format!(
        "description: {}\ntags: {{study: draft}}\nseed: 1 # of every random choice",
        scalar(&format!("Sessions of {}", name.unwrap_or_default()))
    )
}

/// The file's sessions; several files of speaker text are one source.
fn surveyed(
    request: &DraftRequest<'_>,
    told: &mut Vec<String>,
) -> Result<(sessions::SessionsSurvey, Vec<String>), PipelineError> {
    let mut found: Option<sessions::SessionsSurvey> = None;
    let mut paths = Vec::new();
    for path in request.sessions {
        let text = text(path, "sessions", request.sheet)?;
        let next = sessions::survey(&path.display().to_string(), &text, request.sheet)
            .map_err(|problem| PipelineError::Data(vec![problem]))?;
        paths.push(relative(request.folder, path));
        match &mut found {
            None => found = Some(next),
            Some(before) if before.format == SessionFormat::Text && next.format == SessionFormat::Text => {
                before.join(next);
            }
            Some(_) => {
                let message = "several files of sessions: only speaker text has one session per file";
                return Err(PipelineError::usage(message));
            }
        }
    }
    let found = found.ok_or_else(|| PipelineError::usage("no file of sessions is named"))?;
    let first = request.sessions[0].display();
    told.extend(found.told().into_iter().map(|line| format!("{first}: {line}")));
    Ok((found, paths))
}

fn text(path: &Path, role: &str, sheet: Option<&str>) -> Result<String, PipelineError> {
    let is_book = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("xlsx"));
    let sheet = sheet.filter(|_| is_book).map(str::to_owned);
    let options = TableOptions { sheet, ..TableOptions::default() };
    Ok(input_file::table(path, role, &options)?.0)
}

/// The path as the experiment in this folder names it.
fn relative(folder: &Path, path: &Path) -> String {
    let here = folder == Path::new(".") || folder.as_os_str().is_empty();
    let found = if here || path.is_absolute() {
        path.to_owned()
    } else if let Ok(inside) = path.strip_prefix(folder) {
        inside.to_owned()
    } else {
        std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
    };
    found.display().to_string()
}

fn session_source(found: &sessions::SessionsSurvey, paths: &[String]) -> String {
    let format = match found.format {
        SessionFormat::Jsonl => "jsonl",
        SessionFormat::Csv => "csv",
        SessionFormat::Text => "text",
        SessionFormat::Chat => "chat",
        SessionFormat::Webvtt => "webvtt",
        SessionFormat::Srt => "srt",
        SessionFormat::Study => "study",
    };
    let mut lines = vec!["sessions:".to_owned(), "  - id: recorded".to_owned()];
    lines.push(match paths {
        [one] => format!("    path: {}", scalar(one)),
        several => format!("    paths: {}", list(several)),
    });
    lines.push(format!("    format: {format}"));
    let columns = &found.columns;
    if matches!(found.format, SessionFormat::Jsonl | SessionFormat::Csv) {
        let must = [("session", &columns.session), ("speaker", &columns.speaker), ("text", &columns.text)];
        let may = [("order", &columns.order), ("time", &columns.time)];
        let must = must.map(|(key, name)| (key, Some(name.as_deref().unwrap_or(BLANK))));
        let may = may.map(|(key, name)| (key, name.as_deref()));
        lines.push(format!("    columns: {}", mapping(must.into_iter().chain(may))));
    }
    if found.format != SessionFormat::Study {
        lines.push(format!("    roles: {}", roles(&found.roles)));
    }
    lines.extend([
        format!("    counselor: {BLANK} # who wrote the counselor's turns: human or ai"),
        format!("    client: {BLANK} # who wrote the client's turns: human or simulated"),
        match found.language {
            Some(tag) => format!("    language: {tag} # by the commonest words"),
            None => format!("    language: {BLANK} # such as en"),
        },
        format!("    consent: {BLANK} # the basis on which the text may be used, or `licence:`"),
        "    public: false # true where anyone may read the text".to_owned(),
    ]);
    lines.extend(table(&found.table));
    lines.join("\n")
}

fn roles(found: &RoleMap) -> String {
    let side = |labels: &[String]| if labels.is_empty() { list(&[BLANK.to_owned()]) } else { list(labels) };
    format!("{{client: {}, counselor: {}}}", side(&found.client), side(&found.counselor))
}

fn rating_source(found: &ratings::RatingsSurvey, path: &str, rubric: &Rubric, is_other: bool) -> String {
    let layout = match found.layout {
        RatingLayout::Long => "long",
        RatingLayout::WideRaters => "wide_raters",
        RatingLayout::WideItems => "wide_items",
        RatingLayout::Study => "study",
    };
    let mut lines = vec![
        "ratings:".to_owned(),
        "  - id: clinicians".to_owned(),
        format!("    path: {}", scalar(path)),
        format!("    layout: {layout}"),
    ];
    if found.layout != RatingLayout::Study {
        let has_item = matches!(found.layout, RatingLayout::Long | RatingLayout::WideRaters);
        let item = found.item.as_deref().or(has_item.then_some(BLANK));
        let columns = [
            ("session", Some(found.session.as_deref().unwrap_or(BLANK))),
            ("item", item),
            ("rater", found.rater.as_deref()),
            ("score", found.score.as_deref()),
        ];
        lines.push(format!("    columns: {}", mapping(columns.into_iter())));
    }
    if found.layout == RatingLayout::WideRaters {
        let names: Vec<String> = found.raters.iter().map(|(name, _)| name.clone()).collect();
        lines.push(format!("    raters: {}", list(&names)));
    }
    if !is_other {
        let renamed = found.items.iter().filter(|(name, item)| item.as_ref() != Some(name));
        let renamed: Vec<String> = renamed
            .map(|(name, item)| format!("{}: {}", scalar(name), scalar(item.as_deref().unwrap_or(BLANK))))
            .collect();
        lines.extend((!renamed.is_empty()).then(|| format!("    items: {{{}}}", renamed.join(", "))));
    }
    let alike: Vec<String> = found
        .unknown
        .iter()
        .filter_map(|(id, like)| Some(format!("{}: {}", scalar(id), scalar(like.as_ref()?))))
        .collect();
    if !alike.is_empty() {
        lines
            .push(format!("    session_ids: {{{}}} # they look alike; are they the same?", alike.join(", ")));
    }
    let (min, max) =
        if is_other { observed(found) } else { (rubric.scale.min.to_string(), rubric.scale.max.to_string()) };
    lines.push(format!("    scale: {{min: {min}, max: {max}}} # must be the rubric's"));
    lines.extend(table(&found.table));
    lines.join("\n")
}

/// The least and the largest whole score.
fn observed(found: &ratings::RatingsSurvey) -> (String, String) {
    let whole: Vec<i64> = found.scores.iter().filter_map(|(score, _)| score.parse().ok()).collect();
    let blank = || format!("{BLANK:?}");
    let of = |number: Option<&i64>| number.map_or_else(blank, i64::to_string);
    (of(whole.iter().min()), of(whole.iter().max()))
}

fn other_rubric(found: &ratings::RatingsSurvey) -> String {
    let items: Vec<String> = found.items.iter().map(|(item, _)| scalar(item)).collect();
    format!("rubric:\n  file: {BLANK} # a copy of rubrics/ctrs.yaml with the items {}", items.join(", "))
}

/// What a table declares beside the defaults.
fn table(options: &TableOptions) -> Option<String> {
    let delimiter = match options.delimiter {
        ',' => None,
        '\t' => Some("tab"),
        ';' => Some("semicolon"),
        _ => Some("pipe"),
    };
    let quote = match options.quote {
        QuoteRule::Double => None,
        QuoteRule::Backslash => Some("backslash"),
        QuoteRule::None => Some("none"),
    };
    let header = options.header_row.map(|line| line.to_string());
    let skip = (options.skip_rows > 0).then(|| options.skip_rows.to_string());
    let entries = [
        ("delimiter", delimiter.map(str::to_owned)),
        ("quote", quote.map(str::to_owned)),
        ("decimal_comma", options.decimal_comma.then(|| "true".to_owned())),
        ("header_row", header),
        ("skip_rows", skip),
        ("sheet", options.sheet.as_deref().map(scalar)),
    ];
    let entries: Vec<String> =
        entries.into_iter().filter_map(|(key, value)| Some(format!("{key}: {}", value?))).collect();
    (!entries.is_empty()).then(|| format!("    table: {{{}}}", entries.join(", ")))
}

fn mapping<'e>(entries: impl Iterator<Item = (&'e str, Option<&'e str>)>) -> String {
    let entries: Vec<String> =
        entries.filter_map(|(key, value)| Some(format!("{key}: {}", scalar(value?)))).collect();
    format!("{{{}}}", entries.join(", "))
}

fn list(values: &[String]) -> String {
    format!("[{}]", values.iter().map(|value| scalar(value)).collect::<Vec<String>>().join(", "))
}

/// A text as YAML: plain where it can be taken for nothing else.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'))
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | "null"
        );
    if plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_yaml_would_take_for_something_else_are_quoted() {
        for (text, written) in [
            ("a_b", "a_b"),
            ("402e12", "\"402e12\""),
            ("No", "\"No\""),
            ("a: b", "\"a: b\""),
            (BLANK, "\"???\""),
        ] {
            assert_eq!(scalar(text), written);
        }
    }

    #[test]
    fn paths_are_those_seen_from_the_experiment() {
        assert_eq!(relative(Path::new("."), Path::new("data/s.csv")), "data/s.csv");
        assert_eq!(relative(Path::new("study"), Path::new("study/s.csv")), "s.csv");
        assert!(Path::new(&relative(Path::new("study"), Path::new("s.csv"))).is_absolute());
    }
}
