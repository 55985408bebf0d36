//! What a file of sessions seems to hold: its format, columns, speakers and language.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{
        cell::whole,
        json::{Fields, scalar},
        jsonl::other_form,
        problem::{Problem, count, name},
        rows::without_bom,
        source::{RoleMap, SessionFormat, TableOptions},
        timestamp,
    },
    Sample, counted, listed, normal, sample,
};

/// Columns by what they seem to hold; none where no column has a known name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guesses {
    /// Session id.
    pub session: Option<String>,
    /// Who speaks.
    pub speaker: Option<String>,
    /// The words.
    pub text: Option<String>,
    /// Position in the session.
    pub order: Option<String>,
    /// When it was said.
    pub time: Option<String>,
}

/// What a file of sessions seems to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionsSurvey {
    /// Format.
    pub format: SessionFormat,
    /// How the table is read.
    pub table: TableOptions,
    /// Columns or fields.
    pub fields: Vec<String>,
    /// What they hold.
    pub columns: Guesses,
    /// Labels of speakers with their numbers of utterances.
    pub labels: Vec<(String, usize)>,
    /// Whose labels they are. A side without a label is empty.
    pub roles: RoleMap,
    /// Session ids.
    pub sessions: BTreeSet<String>,
    /// BCP 47, by the commonest words.
    pub language: Option<&'static str>,
}

const SESSION: &[&str] = &[
    "session",
    "sessionid",
    "transcriptid",
    "transcript",
    "conversationid",
    "convid",
    "dialogueid",
    "dialogid",
    "chatid",
    "caseid",
    "case",
    "textid",
    "id",
    "file",
    "filename",
];
const SPEAKER: &[&str] =
    &["speaker", "role", "interlocutor", "fromthinker", "author", "sender", "participant", "who", "from"];
const TEXT: &[&str] = &[
    "text",
    "utterancetext",
    "utterance",
    "message",
    "content",
    "words",
    "transcript",
    "body",
    "sentence",
    "said",
];
const ORDER: &[&str] = &[
    "order",
    "utteranceid",
    "utteranceindex",
    "turn",
    "turnid",
    "turnindex",
    "messageid",
    "index",
    "position",
    "sequence",
    "seq",
    "line",
];
const TIME: &[&str] = &["time", "timestamp", "start", "starttime", "begin", "createdat", "sentat", "date"];
const CLIENT: &[&str] =
    &["client", "patient", "thinker", "user", "seeker", "helpseeker", "interviewee", "c", "p"];
const COUNSELOR: &[&str] = &[
    "counselor",
    "counsellor",
    "therapist",
    "helper",
    "assistant",
    "chatbot",
    "bot",
    "supporter",
    "listener",
    "interviewer",
    "clinician",
    "psychologist",
    "t",
];

/// Looks at the text of a file.
///
/// # Errors
/// The file is empty, or not of a form that sessions have.
pub fn survey(path: &str, text: &str, sheet: Option<&str>) -> Result<SessionsSurvey, Problem> {
    let start = without_bom(text).trim_start();
    if start.is_empty() {
        return Err(Problem::of(path, "the file is empty"));
    }
    if start.starts_with(['{', '[']) {
        return match other_form(path, start) {
            Some(problem) => Err(problem),
            None => lines(path, start),
        };
    }
    let (table, read) = sample(path, text, sheet)?;
    let columns = guesses(&read);
    let has = |name: &str| read.column(&[name]).is_some();
    if ["sessionid", "messageid", "message", "fromthinker", "timestamp", "offset"].into_iter().all(has) {
        return Ok(of_table(SessionFormat::Study, table, read, columns));
    }
    if columns.text.is_none() && columns.speaker.is_none() {
        match speakers(path, text) {
            Ok(found) => return Ok(found),
            Err(problem) if read.header.len() < 3 => return Err(problem),
            Err(_) => {}
        }
    }
    Ok(of_table(SessionFormat::Csv, table, read, columns))
}

/// JSON Lines: one object per message.
fn lines(path: &str, text: &str) -> Result<SessionsSurvey, Problem> {
    let (mut header, mut objects): (Vec<String>, Vec<BTreeMap<String, String>>) = (Vec::new(), Vec::new());
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let fields: Fields<'_> = serde_json::from_str(line).map_err(|error| {
            Problem::at(path, number, format!("not a JSON object (column {})", error.column()))
        })?;
        let mut names: Vec<&str> = fields.names().collect();
        names.sort_unstable();
        let new: Vec<String> =
            names.iter().filter(|name| !header.iter().any(|h| h == *name)).map(|n| (*n).to_owned()).collect();
        header.extend(new);
        let value = |name: &&str| Some(((*name).to_owned(), scalar(fields.get(name)?)?.text));
        objects.push(names.iter().filter_map(value).collect());
    }
    let row = |object: &BTreeMap<String, String>| {
        header.iter().map(|name| object.get(name).cloned().unwrap_or_default()).collect()
    };
    let read = Sample { rows: objects.iter().map(row).collect(), header };
    let columns = guesses(&read);
    Ok(of_table(SessionFormat::Jsonl, TableOptions::default(), read, columns))
}

/// Speaker text: `label: words`.
fn speakers(path: &str, text: &str) -> Result<SessionsSurvey, Problem> {
    const LONGEST: usize = 30;
    let label = |line: &'_ str| {
        let (label, _) = line.split_once(':')?;
        let is_label = label.chars().count() <= LONGEST
            && label.starts_with(char::is_alphabetic)
            && !label.contains(['.', ',', '?', '!', '"']);
        is_label.then(|| label.trim().to_owned())
    };
    let found: Vec<String> = text.lines().filter_map(label).collect();
    let mut labels = counted(found.iter().map(String::as_str));
    labels.retain(|(label, number)| *number > 1 || side(label).is_some());
    if labels.is_empty() {
        return Err(Problem::of(
            path,
            "neither a table nor JSON Lines, and no line begins with a speaker's label",
        )
        .hint("docs/formats/sessions.md lists the formats"));
    }
    let stem = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    Ok(SessionsSurvey {
        format: SessionFormat::Text,
        table: TableOptions::default(),
        fields: Vec::new(),
        columns: Guesses::default(),
        roles: roles(&labels),
        labels,
        sessions: BTreeSet::from([stem.to_owned()]),
        language: language(text),
    })
}

fn of_table(format: SessionFormat, table: TableOptions, read: Sample, columns: Guesses) -> SessionsSurvey {
    let at =
        |name: &Option<String>| name.as_ref().and_then(|name| read.header.iter().position(|h| h == name));
    let labels = at(&columns.speaker).map(|column| read.counted(column)).unwrap_or_default();
    let sessions = at(&columns.session)
        .map(|column| read.values(column).map(str::to_owned).collect())
        .unwrap_or_default();
    let language =
        at(&columns.text).and_then(|column| language(&read.values(column).collect::<Vec<&str>>().join(" ")));
    let roles = roles(&labels);
    SessionsSurvey { format, table, fields: read.header, columns, labels, roles, sessions, language }
}

fn guesses(read: &Sample) -> Guesses {
    let name = |column: Option<usize>| column.map(|column| read.header[column].clone());
    let session = read.column(SESSION);
    let text = read.column(TEXT).filter(|text| Some(*text) != session);
    // An order is whole and unique within a session, a time can be read.
    let order = read.column(ORDER).filter(|order| {
        let mut seen = BTreeSet::new();
        session.is_some_and(|session| {
            read.rows.iter().all(|row| {
                whole(&row[*order]).is_some_and(|order| seen.insert((row[session].as_str(), order)))
            })
        })
    });
    let time = read.column(TIME).filter(|time| read.values(*time).all(|time| timestamp::parse(time).is_ok()));
    Guesses {
        session: name(session),
        speaker: name(read.column(SPEAKER)),
        text: name(text),
        order: name(order),
        time: name(time.filter(|time| Some(*time) != order)),
    }
}

/// True for the client, false for the counselor.
fn side(label: &str) -> Option<bool> {
    let label = normal(label);
    let is = |names: &[&str]| names.contains(&label.as_str());
    if is(CLIENT) { Some(true) } else { is(COUNSELOR).then_some(false) }
}

fn roles(labels: &[(String, usize)]) -> RoleMap {
    let of = |wanted: bool| -> Vec<String> {
        labels
            .iter()
            .filter(|(label, _)| side(label) == Some(wanted))
            .map(|(label, _)| label.clone())
            .collect()
    };
    RoleMap { client: of(true), counselor: of(false) }
}

/// The language whose commonest words are the most, where they are many.
fn language(text: &str) -> Option<&'static str> {
    const WORDS: [(&str, &[&str]); 5] = [
        ("en", &["the", "and", "you", "that", "is", "to", "it", "of", "with", "what"]),
        ("de", &["ich", "und", "das", "nicht", "ist", "die", "sie", "der", "es", "mit"]),
        ("fr", &["je", "et", "que", "est", "pas", "vous", "le", "les", "des", "une"]),
        ("es", &["que", "no", "y", "es", "el", "los", "una", "por", "con", "pero"]),
        ("nl", &["ik", "en", "het", "niet", "dat", "een", "je", "van", "maar", "wat"]),
    ];
    const LEAST: f64 = 0.08;
    const FEWEST: usize = 15;
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
    let share = |known: &[&str]| {
        #[expect(clippy::cast_precision_loss, reason = "a share of the words of a file")]
        let share =
            words.iter().filter(|word| known.contains(word)).count() as f64 / words.len().max(1) as f64;
        share
    };
    let most = WORDS.iter().map(|(tag, known)| (*tag, share(known))).max_by(|a, b| a.1.total_cmp(&b.1))?;
    (most.1 >= LEAST && words.len() >= FEWEST).then_some(most.0)
}

impl SessionsSurvey {
    /// Adds what another file of the same source holds.
    pub fn join(&mut self, other: Self) {
        for (label, number) in other.labels {
            match self.labels.iter_mut().find(|(known, _)| *known == label) {
                Some((_, known)) => *known += number,
                None => self.labels.push((label, number)),
            }
        }
        self.roles = roles(&self.labels);
        self.sessions.extend(other.sessions);
        self.language = self.language.or(other.language);
    }

    /// What was found, for people. No word of a session is in it.
    pub fn told(&self) -> Vec<String> {
        let format = match self.format {
            SessionFormat::Jsonl => "JSON Lines",
            SessionFormat::Chat => "chat data",
            SessionFormat::Webvtt | SessionFormat::Srt => "subtitles",
            SessionFormat::Csv | SessionFormat::Study => "a table",
            SessionFormat::Text => "speaker text",
        };
        let utterances: usize = self.labels.iter().map(|(_, number)| number).sum();
        let (n, m) = (count(self.sessions.len(), "session"), count(utterances, "utterance"));
        let mut told = vec![format!("{format} of {n} and {m}")];
        if !self.fields.is_empty() {
            let fields: Vec<String> = self.fields.iter().map(|field| name(field)).collect();
            told.push(format!("columns: {}", fields.join(", ")));
        }
        told.push(format!("speakers: {}", listed(&self.labels)));
        let unknown: Vec<String> = self
            .labels
            .iter()
            .filter(|(label, _)| side(label).is_none())
            .map(|(label, _)| name(label))
            .collect();
        if !unknown.is_empty() {
            told.push(format!("neither client nor counselor by name: {}", unknown.join(", ")));
        }
        told.push(self.language.map_or_else(
            || "language: not known by its words".to_owned(),
            |tag| format!("language: {tag}, by its commonest words"),
        ));
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_by_the_names_of_its_columns() {
        let text = "case_id;turn;Speaker;start;utterance\nk1;1;Therapist;0:01;What is it that brings you to me?\n\
                    k1;2;Patient;0:04;It is the noise, and that you hear it.\nk2;1;Therapist;0:00;And the night?\n";
        let found = survey("t.csv", text, None).expect("a table");
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(found.table.delimiter, ';');
        assert_eq!(
            found.columns,
            Guesses {
                session: name("case_id"),
                speaker: name("Speaker"),
                text: name("utterance"),
                order: name("turn"),
                time: name("start")
            }
        );
        assert_eq!(
            found.roles,
            RoleMap { client: vec!["Patient".into()], counselor: vec!["Therapist".into()] }
        );
        assert_eq!((found.sessions.len(), found.language), (2, Some("en")));
    }

    #[test]
    fn what_cannot_be_known_is_left_open() {
        let twice = "session,order,speaker,text\na,1,Ann,x\na,1,Bob,y\n";
        let found = survey("t.csv", twice, None).expect("a table");
        assert_eq!(found.columns.order, None, "an order that is there twice is none");
        assert_eq!(found.roles, RoleMap { client: vec![], counselor: vec![] });
        assert_eq!(found.language, None);
        assert!(found.told().contains(&"neither client nor counselor by name: \"Ann\", \"Bob\"".to_owned()));
    }

    #[test]
    fn json_lines_and_speaker_text_are_told_apart() {
        let json = "{\"id\": \"a\", \"role\": \"user\", \"content\": \"x\"}\n{\"id\": \"a\", \"role\": \"assistant\", \"content\": \"y\"}\n";
        let found = survey("t.jsonl", json, None).expect("JSON Lines");
        assert_eq!((found.format, found.columns.text.as_deref()), (SessionFormat::Jsonl, Some("content")));
        let text = "Client: one, two, three, four\nand, well, you, know\nTherapist: four\nClient: five\n";
        let found = survey("folder/k7.txt", text, None).expect("speaker text");
        assert_eq!((found.format, found.labels.len()), (SessionFormat::Text, 2));
        assert_eq!(found.sessions, BTreeSet::from(["k7".to_owned()]));
        assert!(survey("t.txt", "no label here\n", None).is_err());
        assert!(survey("t.json", "[\n{}\n]", None).is_err());
    }
}
