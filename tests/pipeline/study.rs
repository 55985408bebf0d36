//! A small study of sessions made up here, with a counselor behind a server.

use std::collections::BTreeMap;

use crate::support::{program::Folder, server::FaultServer};

/// Four sessions of three exchanges; the third is opened by the counselor.
const SESSIONS: &str = "\
session,speaker,text
one,client,I keep counting the stairs on my way to work.
one,helper,What goes through your mind while you count?
one,client,That something breaks if I get to an odd number.
one,helper,And how much do you believe that right now?
one,client,About half. In the morning it is more.
one,helper,What did you do the last time the number was odd?
two,client,My sister stopped answering me in May.
two,helper,What was the last thing the two of you wrote about?
two,client,A birthday that I forgot. I felt like the worst brother.
two,helper,Which thought made that feeling so strong?
two,client,That people leave when you slip once.
two,helper,Is there anyone who stayed after a slip of yours?
three,helper,Good evening. What would you like to look at today?
three,client,I froze in front of the whole class again.
three,helper,What did you tell yourself while it happened?
three,client,That everyone could hear my heart.
three,helper,Did somebody say so afterwards?
three,client,Nobody did. They asked about the homework instead.
three,helper,What do you make of that?
four,client,Since the move I sleep four hours at most.
four,helper,What keeps you awake when you lie there?
four,client,I go through every bill in my head.
four,helper,Which bill comes first?
four,client,The heating. It always comes first.
four,helper,What would happen if it came tomorrow?
";

/// Two clinicians who rate these sessions.
pub(crate) const RATINGS: &str = "\
session,item,rater,score
one,agenda,C1,2
one,agenda,C2,3
two,agenda,C1,4
two,agenda,C2,4
three,agenda,C1,1
three,agenda,C2,2
four,agenda,C1,5
four,agenda,C2,6
";

/// The files of a run that do not tell how it went.
const DERIVED: [&str; 9] = [
    "manifest.json",
    "sessions.jsonl",
    "ratings.csv",
    "ratings.jsonl",
    "flags.jsonl",
    "findings.json",
    "estimates.csv",
    "report.md",
    "report.html",
];

/// A study under construction: the model counsels under one prompt, a script judges one item.
#[must_use]
pub(crate) struct Study {
    base_url: String,
    prompts: &'static str,
    judge: &'static str,
    items: &'static str,
    ratings: Option<String>,
    only: &'static str,
}

impl Study {
    /// With the model behind this server.
    pub(crate) fn at(server: &FaultServer) -> Self {
        Self::at_url(&server.base_url())
    }

    /// With the model at an address.
    pub(crate) fn at_url(base_url: &str) -> Self {
        Self {
            base_url: base_url.to_owned(),
            prompts: "{id: helpert, file: \"builtin:helpert\"}",
            judge: "baseline/judge",
            items: "agenda",
            ratings: None,
            only: "",
        }
    }

    /// The model judges too.
    pub(crate) fn judged_by_the_model(mut self) -> Self {
        self.judge = "small";
        self
    }

    /// Two prompts and two items.
    pub(crate) fn wide(mut self) -> Self {
        self.prompts =
            "{id: helpert, file: \"builtin:helpert\"}, {id: brief, file: \"builtin:helpert-brief\"}";
        self.items = "agenda, feedback";
        self
    }

    /// With clinicians' ratings.
    pub(crate) fn rated(mut self, table: impl Into<String>) -> Self {
        self.ratings = Some(table.into());
        self
    }

    /// Of one session only.
    pub(crate) fn of_one_session(mut self) -> Self {
        self.only = "\n    only: [one]";
        self
    }

    /// Written into a folder.
    pub(crate) fn folder(self) -> Folder {
        let Self { base_url, prompts, judge, items, ratings, only } = self;
        let columns = match &ratings {
            Some(table) if table.starts_with("session,arm,") => {
                ", columns: {session: session, arm: arm, item: item, rater: rater, score: score, text_digest: text_digest}"
            }
            _ => "",
        };
        let table = ratings.as_ref().map_or(String::new(), |_| {
            format!("ratings: [{{id: c, path: ratings.csv, scale: {{min: 0, max: 6}}{columns}}}]\n")
        });
        let experiment = format!(
            "endpoints:
  local: {{base_url: \"{base_url}\", limits: {{concurrency: 4, timeout_seconds: 20, max_retries: 0}}}}
models: [{{id: small, model: openai-api/local/small}}]
prompts: [{prompts}]
sessions:
  - id: own
    path: sessions.csv
    format: csv
    roles: {{client: [client], counselor: [helper]}}
    counselor: human
    client: human
    language: en
    licence: invented
    public: true{only}
judges: [{{id: judge, model: {judge}}}]
rubric: {{file: \"builtin:ctrs\", items: [{items}]}}
flags: {{lexicons: [\"builtin:deceptive-empathy\"]}}
run: {{name: demo, bootstrap: 100}}
{table}"
        );
        let folder = Folder::empty().file("sessions.csv", SESSIONS).file("experiment.yaml", experiment);
        folder.file("ratings.csv", ratings.unwrap_or_default())
    }
}

/// What every run of a study starts with.
pub(crate) const RUN: &str = "run experiment.yaml --display none";

/// The derived files of the one run, by name.
pub(crate) fn derived(folder: &Folder) -> BTreeMap<&'static str, String> {
    DERIVED.into_iter().map(|name| (name, folder.of_run(name))).collect()
}

/// Both runs left the same bytes.
#[track_caller]
pub(crate) fn assert_same(one: &BTreeMap<&'static str, String>, other: &BTreeMap<&'static str, String>) {
    for (name, text) in one {
        if let Some((number, (left, right))) =
            text.lines().zip(other[name].lines()).enumerate().find(|(_, (left, right))| left != right)
        {
            panic!("{name}:{}: {} / {}", number + 1, clipped(left, right), clipped(right, left));
        }
        assert!(*text == other[name], "{name}: one is longer");
    }
}

/// The part of a line around its first difference.
fn clipped(line: &str, other: &str) -> String {
    let same = line.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    line.chars().skip(same.saturating_sub(60)).take(200).collect()
}
