//! Resolves the sources of sessions and ratings. Checks that their files exist, without reading them.

use std::path::PathBuf;

use super::{Context, privacy};
use crate::{
    config::{
        document::At,
        file::{ExperimentFile, NotesFile, RatingsFile, SessionsFile},
        hints,
        path::YamlPath,
    },
    dataset::source::{
        NotesSource, RatingLayout, RatingSource, RoleMap, ScoreWords, SessionFormat, SessionSource,
        TableOptions,
    },
    domain::{Digest, Provenance, Rubric, SessionId},
};

/// Resolves `sessions`.
pub(super) fn sessions(cx: &mut Context<'_>, file: &ExperimentFile) -> Vec<SessionSource> {
    let (files, run) = (&file.sessions, &file.run);
    let base = YamlPath::root().key("sessions");
    cx.check_ids(&base, "session sources", files.iter().map(|source| source.id.as_str()));
    let mut sources = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let path = base.index(index);
        check_roles(cx, &path, file);
        check_columns(cx, &path.key("columns"), file);
        check_language(cx, &path.key("language"), &file.language);
        check_table(cx, &path.key("table"), &file.table);
        check_only(cx, &path.key("only"), &file.only);
        let undeclared = is_blank(file.consent.as_ref()) && is_blank(file.licence.as_ref());
        let unsure = ["consent", "licence"].iter().any(|key| cx.document.is_tainted(&path.key(*key)));
        if undeclared && !unsure && !run.allow_unconsented {
            let advice = "say on what basis the text may be used: `consent: …` or `licence: …` \
                          (`run: {allow_unconsented: true}` does without)";
            cx.document.report(&path, At::Value, "the source declares neither consent nor licence", advice);
        }
        let redact = privacy::redaction(cx, &path, file, run.require_redacted);
        let notes =
            file.notes.as_ref().and_then(|notes| notes_source(cx, &path.key("notes"), notes, file.format));
        let selected = file.selected.as_ref().and_then(|name| existing(cx, &path.key("selected"), name));
        let paths = session_paths(cx, &path, file);
        sources.push(SessionSource { notes, selected, redact, ..session_source(file, paths) });
    }
    sources
}

fn is_blank(text: Option<&String>) -> bool {
    text.is_none_or(|text| text.trim().is_empty())
}

fn session_source(file: &SessionsFile, paths: Vec<PathBuf>) -> SessionSource {
    let provenance = Provenance {
        source_set: file.id.clone(),
        counselor: file.counselor,
        client: file.client,
        language: file.language.clone(),
        consent: file.consent.clone(),
        licence: file.licence.clone(),
        public: file.public,
        synthetic: file.synthetic,
    };
    SessionSource {
        id: file.id.clone(),
        paths,
        format: file.format,
        columns: file.columns.resolved(file.format),
        roles: file.roles.clone().unwrap_or(RoleMap { client: Vec::new(), counselor: Vec::new() }),
        provenance,
        opening: file.opening,
        strip_backchannel: file.strip_backchannel,
        unknown_labels: file.unknown_labels,
        notes: None,
        selected: None,
        redact: None,
        redacted: file.redacted,
        table: file.table.clone(),
        only: file.only.clone(),
    }
}

fn notes_source(
    cx: &mut Context<'_>,
    path: &YamlPath,
    notes: &NotesFile,
    format: SessionFormat,
) -> Option<NotesSource> {
    if notes.fields.as_ref().is_some_and(Vec::is_empty) {
        cx.at(&path.key("fields"), "no column is named", "leave it out for `[Event]`");
    }
    let session = if format == SessionFormat::Study { "SessionID" } else { "session" };
    Some(NotesSource {
        path: existing(cx, &path.key("path"), &notes.path)?,
        session: notes.session.clone().unwrap_or_else(|| session.to_owned()),
        fields: notes.fields.clone().unwrap_or_else(|| vec!["Event".to_owned()]),
    })
}

fn session_paths(cx: &mut Context<'_>, path: &YamlPath, file: &SessionsFile) -> Vec<PathBuf> {
    let several = path.key("paths");
    let named: Vec<(YamlPath, &String)> = match (&file.path, file.paths.as_slice()) {
        (Some(one), []) => vec![(path.key("path"), one)],
        (None, []) => {
            cx.document.report(path, At::Value, "the source names no file", "add `path: FILE`");
            return Vec::new();
        }
        (Some(_), _) => {
            cx.document.report(&several, At::Key, "both `path` and `paths` are given", "keep one");
            return Vec::new();
        }
        (None, paths) => paths.iter().enumerate().map(|(n, name)| (several.index(n), name)).collect(),
    };
    let found: Vec<PathBuf> = named.into_iter().flat_map(|(at, name)| every(cx, &at, name)).collect();
    let one = matches!(file.format, SessionFormat::Jsonl | SessionFormat::Csv | SessionFormat::Study);
    if one && found.len() > 1 {
        let advice = "tables and JSON Lines have many sessions in one file; declare one source per file";
        cx.document.report(&several, At::Key, "this format takes one file", advice);
    }
    found
}

/// The files that a name, a folder or a pattern stands for.
fn every(cx: &mut Context<'_>, at: &YamlPath, name: &str) -> Vec<PathBuf> {
    match cx.files.expand(name) {
        Ok(paths) => paths,
        Err(fault) => {
            let message = format!("{}: {}", fault.message, cx.quoted(at));
            cx.document.report(at, At::Value, message, fault.advice);
            Vec::new()
        }
    }
}

/// The path of a file, which must exist.
pub(super) fn existing(cx: &mut Context<'_>, at: &YamlPath, name: &str) -> Option<PathBuf> {
    match cx.files.check(name) {
        Ok(path) => Some(path),
        Err(fault) => {
            let message = format!("{}: {}", fault.message, cx.quoted(at));
            cx.document.report(at, At::Value, message, fault.advice);
            None
        }
    }
}

fn check_columns(cx: &mut Context<'_>, path: &YamlPath, file: &SessionsFile) {
    if file.format != SessionFormat::Chat && file.columns.messages.is_some() {
        cx.at(&path.key("messages"), "only `format: chat` has a list of messages", "write `format: chat`");
    }
}

fn check_roles(cx: &mut Context<'_>, source: &YamlPath, file: &SessionsFile) {
    let path = &source.key("roles");
    let roles = match (&file.roles, file.format) {
        (Some(_), SessionFormat::Study) => {
            cx.at(path, "`format: study` has its own columns and roles", "leave `roles` out");
            return;
        }
        (None, SessionFormat::Study) => return,
        (None, _) => {
            let advice = "name the speakers, such as `roles: {client: [thinker], counselor: [helper]}`";
            cx.document.report(source, At::Value, "missing key `roles`", advice);
            return;
        }
        (Some(roles), _) => roles,
    };
    for (key, labels) in [("client", &roles.client), ("counselor", &roles.counselor)] {
        if labels.is_empty() {
            cx.at(&path.key(key), "no speaker has this role", "list the speaker labels, such as `[thinker]`");
        }
    }
    for (index, label) in roles.counselor.iter().enumerate() {
        let at = path.key("counselor").index(index);
        if roles.client.contains(label) {
            cx.at(&at, format!("{} is both client and counselor", cx.quoted(&at)), "a label has one role");
        }
    }
}

fn check_language(cx: &mut Context<'_>, path: &YamlPath, language: &str) {
    let fits = |part: &str| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric());
    let primary = language.split('-').next().unwrap_or_default();
    if !language.split('-').all(fits)
        || primary.len() < 2
        || !primary.chars().all(|c| c.is_ascii_alphabetic())
    {
        cx.at(path, "not a language tag", "write a BCP 47 tag, such as `en` or `pt-BR`");
    }
}

fn check_table(cx: &mut Context<'_>, path: &YamlPath, table: &TableOptions) {
    let at = path.key("delimiter");
    if !table.delimiter.is_ascii() || matches!(table.delimiter, '"' | '\n' | '\r') {
        cx.at(&at, "not a usable delimiter", "one of `,` `;` `|` or a tab written \"\\t\"");
    } else if table.decimal_comma && table.delimiter == ',' {
        cx.at(&at, "fields and decimals cannot both use the comma", "give `delimiter: \";\"`");
    }
}

fn check_only(cx: &mut Context<'_>, path: &YamlPath, only: &[String]) {
    for (index, id) in only.iter().enumerate() {
        let at = path.index(index);
        if let Err(error) = SessionId::new(id.clone()) {
            cx.at(&at, format!("not a session id: {error}"), "write it as the source does, in quotes");
        }
        if only[..index].contains(id) {
            cx.at(&at, format!("{} is listed twice", cx.quoted(&at)), "keep one");
        }
    }
}

/// Resolves `ratings`.
pub(super) fn ratings(
    cx: &mut Context<'_>,
    file: &ExperimentFile,
    rubric: Option<&Rubric>,
) -> Vec<RatingSource> {
    let base = YamlPath::root().key("ratings");
    cx.check_ids(&base, "rating tables", file.ratings.iter().map(|source| source.id.as_str()));
    let mut sources = Vec::new();
    for (index, table) in file.ratings.iter().enumerate() {
        let path = base.index(index);
        check_raters(cx, &path.key("raters"), table, file);
        check_table(cx, &path.key("table"), &table.table);
        if let Some(rubric) = rubric {
            check_against(cx, &path, table, rubric);
        }
        let instructions = table.instructions.as_ref().and_then(|name| {
            let role = format!("instructions of ratings {}", table.id);
            cx.read(&path.key("instructions"), name, &role)
        });
        if let Some(found) = existing(cx, &path.key("path"), &table.path) {
            sources.push(RatingSource {
                instructions: instructions.map(|text| Digest::of_bytes(&text)),
                ..rating_source(table, found)
            });
        }
    }
    sources
}

fn rating_source(file: &RatingsFile, path: PathBuf) -> RatingSource {
    RatingSource {
        id: file.id.clone(),
        path,
        layout: file.layout,
        columns: file.columns.clone(),
        raters: file.raters.clone(),
        items: file.items.clone(),
        rater_ids: file.rater_ids.clone(),
        session_ids: file.session_ids.clone(),
        words: ScoreWords { values: file.values.clone(), not_assessable: file.not_assessable.clone() },
        scale: file.scale,
        out_of_scale: file.out_of_scale,
        synthetic: file.synthetic,
        instructions: None,
        table: file.table.clone(),
    }
}

/// Resolves `calibration`.
pub(super) fn calibration(cx: &mut Context<'_>, name: Option<&String>) -> Option<PathBuf> {
    existing(cx, &YamlPath::root().key("calibration"), name?)
}

fn check_raters(cx: &mut Context<'_>, path: &YamlPath, table: &RatingsFile, file: &ExperimentFile) {
    if table.layout == RatingLayout::WideRaters && table.raters.is_empty() {
        cx.at(path, "`wide_raters` needs the raters' columns", "list them: `raters: [C1, C2]`");
    }
    for (index, rater) in table.raters.iter().enumerate() {
        let at = path.index(index);
        // Marks that no id may hold are written otherwise when the table is read.
        if rater.trim().is_empty() || rater.chars().any(char::is_control) {
            cx.at(&at, "not a rater's name", "write it as the table does");
        }
        if table.raters[..index].contains(rater) {
            cx.at(&at, format!("{} is listed twice", cx.quoted(&at)), "keep one");
        }
        let rater = table.rater_ids.get(rater).unwrap_or(rater);
        if file.judges.iter().any(|judge| judge.id == *rater) {
            cx.at(&at, format!("{} is also the id of a judge", cx.quoted(&at)), "give the judge another id");
        }
    }
}

fn check_against(cx: &mut Context<'_>, path: &YamlPath, table: &RatingsFile, rubric: &Rubric) {
    let (found, wanted) = (table.scale, rubric.scale);
    if found != wanted {
        let message = format!(
            "the table's scale is {} to {}, the rubric's is {} to {}",
            found.min, found.max, wanted.min, wanted.max
        );
        cx.at(&path.key("scale"), message, "ratings can be compared on one scale only");
    }
    let known: Vec<&str> = rubric.items.iter().map(|item| item.id.as_str()).collect();
    for (name, item) in &table.items {
        let at = path.key("items").key(name);
        if !known.contains(&item.as_str()) {
            let message = format!("the rubric has no item {}", cx.quoted(&at));
            cx.at(&at, message, hints::for_reference(item, &known));
        }
    }
}
