//! What is checked across sources.

use super::*;
use crate::{
    dataset::{
        ratings::{self, RatingContext},
        sessions,
        source::{
            ColumnMap, Opening, OutOfScalePolicy, RatingColumns, RatingLayout, RatingSource, RoleMap,
            ScoreWords, SessionFormat, TableOptions, UnknownLabels,
        },
    },
    domain::{ClientAuthor, CounselorAuthor, Provenance, Scale},
};

fn source(id: &str, consent: Option<&str>, licence: Option<&str>) -> SessionSource {
    SessionSource {
        id: id.into(),
        paths: Vec::new(),
        format: SessionFormat::Text,
        columns: ColumnMap::of(SessionFormat::Csv),
        roles: RoleMap { client: vec!["client".into()], counselor: vec!["counselor".into()] },
        provenance: Provenance {
            source_set: id.into(),
            counselor: CounselorAuthor::Human,
            client: ClientAuthor::Human,
            language: "en".into(),
            consent: consent.map(Into::into),
            licence: licence.map(Into::into),
            public: false,
            synthetic: false,
        },
        opening: Opening::Original,
        strip_backchannel: false,
        unknown_labels: UnknownLabels::Remark,
        notes: None,
        selected: None,
        redact: None,
        redacted: false,
        table: TableOptions::default(),
        only: Vec::new(),
    }
}

fn dataset(sources: &[&SessionSource]) -> Dataset {
    let mut dataset = Dataset::default();
    for source in sources {
        let files = [("s1.txt".to_owned(), "client: a\ncounselor: b".to_owned())];
        dataset.add_sessions(sessions::read(source, &files, &sessions::Beside::default()).expect("sound"));
    }
    dataset
}

fn panel(dataset: &Dataset, text: &str) -> RatingsRead {
    let scale = Scale { min: 0, max: 6 };
    let source = RatingSource {
        id: "panel".into(),
        path: "r.csv".into(),
        layout: RatingLayout::Long,
        columns: RatingColumns::default(),
        raters: Vec::new(),
        items: BTreeMap::new(),
        rater_ids: BTreeMap::new(),
        session_ids: BTreeMap::new(),
        words: ScoreWords::default(),
        scale,
        out_of_scale: OutOfScalePolicy::Exclude,
        synthetic: true,
        instructions: None,
        table: TableOptions::default(),
    };
    let items = BTreeSet::from([ItemId::new("agenda").expect("id")]);
    let context = RatingContext {
        items,
        scale,
        sessions: dataset.digests(),
        by_ai: BTreeSet::new(),
        names: BTreeMap::new(),
        subscales: Vec::new(),
        skip_bad_rows: 0,
    };
    ratings::read(&source, "r.csv", text, &context).expect("sound")
}

fn messages(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_source_needs_consent_or_a_licence_unless_it_is_waived() {
    let bare = source("demo", None, Some(" "));
    let problems = check(&dataset(&[&bare]), std::slice::from_ref(&bare), false);
    assert_eq!(messages(&problems), ["demo: the source declares neither `consent` nor `licence`"]);
    assert!(problems[0].hint.as_deref().is_some_and(|hint| hint.contains("--allow-unconsented")));
    assert_eq!(check(&dataset(&[&bare]), &[bare], true), []);
    for declared in [source("a", Some("written"), None), source("a", None, Some("CC0-1.0"))] {
        assert_eq!(check(&dataset(&[&declared]), &[declared], false), []);
    }
}

#[test]
fn a_session_id_belongs_to_one_source() {
    let (one, two) = (source("one", Some("yes"), None), source("two", Some("yes"), None));
    let problems = check(&dataset(&[&one, &two]), &[], false);
    assert_eq!(messages(&problems), ["two: session \"s1\" is also in source \"one\""]);
}

#[test]
fn ratings_need_their_session_and_come_once() {
    let one = source("one", Some("yes"), None);
    let mut dataset = dataset(&[&one]);
    assert!(!dataset.is_synthetic());
    let text = "session,item,rater,score\ns1,agenda,C1,1\ns1,agenda,C2,\n";
    dataset.add_ratings(panel(&dataset, text));
    assert_eq!((check(&dataset, &[], false), dataset.missing), (Vec::new(), 1));
    assert!(dataset.is_synthetic());
    dataset.add_ratings(panel(&dataset, "session,item,rater,score\ns1,agenda,C1,2\n"));
    assert_eq!(
        messages(&check(&dataset, &[], false)),
        ["ratings: session \"s1\", item \"agenda\", rater \"C1\" is rated 2 times"]
    );
    dataset.sessions.clear();
    assert_eq!(
        messages(&check(&dataset, &[], false))[0],
        "ratings: 3 ratings of session \"s1\", which no source has"
    );
}
