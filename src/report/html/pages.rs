//! Placement of transcripts: on the report's own page or, if that would be too large for a browser, on numbered pages
//! beside it.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::analysis::findings::Findings;
use crate::analysis::phrase;
use crate::domain::Session;

/// Maximum number of sessions on one page (about 20 KB each with their evidence); a recorded session is never divided.
const MOST_SESSIONS: usize = 200;

/// The sessions that belong to one recorded session, in the order of the arms.
pub(super) type SourceSessions<'a> = (&'a str, Vec<&'a Session>);

/// A page with transcripts.
#[derive(Debug)]
pub(super) struct TranscriptPage<'a> {
    /// Its file; `None` for the report's own page.
    pub(super) file: Option<String>,
    /// The sessions on it.
    pub(super) sources: Vec<SourceSessions<'a>>,
    /// Number of its first session among all, from 1.
    pub(super) first: usize,
}

/// A line of the report's list of pages.
#[derive(Debug, Serialize)]
pub(super) struct PageLink<'a> {
    pub(super) file: &'a str,
    first: &'a str,
    last: &'a str,
    sources: String,
    sessions: String,
}

impl TranscriptPage<'_> {
    fn sessions(&self) -> usize {
        self.sources.iter().map(|(_, own)| own.len()).sum()
    }

    /// Its line in the list of pages; `None` for the report's own page.
    pub(super) fn link(&self) -> Option<PageLink<'_>> {
        Some(PageLink {
            file: self.file.as_deref()?,
            first: self.sources.first()?.0,
            last: self.sources.last()?.0,
            sources: phrase::count(self.sources.len(), "recorded session"),
            sessions: phrase::count(self.sessions(), "session"),
        })
    }
}

/// The pages of a run. Their file names contain the run's name, so that those of two runs can be in one folder.
pub(super) fn pages<'a>(findings: &Findings, sessions: &'a [Session], run: &str) -> Vec<TranscriptPage<'a>> {
    let sources = by_source(findings, sessions);
    if !needs_pages(sessions.len()) {
        return vec![TranscriptPage { file: None, sources, first: 1 }];
    }
    let mut pages: Vec<TranscriptPage<'a>> = Vec::new();
    let mut first = 1;
    for source in sources {
        let count = source.1.len();
        match pages.last_mut() {
            Some(page) if page.sessions() + count <= MOST_SESSIONS => page.sources.push(source),
            _ => pages.push(TranscriptPage {
                file: Some(file(run, pages.len() + 1)),
                sources: vec![source],
                first,
            }),
        }
        first += count;
    }
    pages
}

/// Whether this many sessions need pages of their own.
pub fn needs_pages(sessions: usize) -> bool {
    sessions > MOST_SESSIONS
}

/// The file of a page, numbered from 1.
fn file(run: &str, number: usize) -> String {
    format!("{run}-transcripts-{number:03}.html")
}

/// Whether a file of a run is a page of transcripts.
pub fn is_page(name: &str) -> bool {
    let number = name.strip_suffix(".html").and_then(|name| name.rsplit_once("-transcripts-"));
    number.is_some_and(|(_, number)| number.chars().all(|c| c.is_ascii_digit()))
}

/// Sessions in page order: by source, and within a source by arm.
fn by_source<'a>(findings: &Findings, sessions: &'a [Session]) -> Vec<SourceSessions<'a>> {
    let mut sources: BTreeMap<&str, Vec<&Session>> = BTreeMap::new();
    for session in sessions {
        sources.entry(session.source.as_str()).or_default().push(session);
    }
    let place = |session: &Session| {
        let arm = session.arm.to_string();
        findings.arms.iter().position(|a| a.id == arm).unwrap_or(usize::MAX)
    };
    for own in sources.values_mut() {
        own.sort_by_key(|session| (place(session), session.epoch, session.id.as_str()));
    }
    sources.into_iter().collect()
}

/// The anchor of a session by its number among all, from 1.
pub(super) fn anchor(number: usize) -> String {
    format!("s{number}")
}

/// Link to each session, by its id, for other sections.
pub(super) fn addresses<'a>(pages: &[TranscriptPage<'a>]) -> HashMap<&'a str, String> {
    let mut addresses = HashMap::new();
    for page in pages {
        let file = page.file.as_deref().unwrap_or_default();
        let sessions = page.sources.iter().flat_map(|(_, own)| own);
        for (session, number) in sessions.zip(page.first..) {
            addresses.insert(session.id.as_str(), format!("{file}#{}", anchor(number)));
        }
    }
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::Study;
    use crate::domain::SessionId;

    fn study(sources: usize) -> Study {
        let mut study = Study::small();
        let one = study.sessions[0].clone();
        study.sessions = (0..sources)
            .flat_map(|n| {
                let source = SessionId::new(format!("s{n:04}")).expect("id");
                let session = |epoch| Session {
                    id: SessionId::new(format!("s{n:04}.{epoch}")).expect("id"),
                    source: source.clone(),
                    epoch,
                    ..one.clone()
                };
                [session(1), session(2), session(3)]
            })
            .collect();
        study
    }

    #[test]
    fn few_sessions_stand_on_the_report_and_many_on_pages_that_divide_no_source() {
        let few = study(66);
        let findings = Study::small().analyse();
        let all = pages(&findings, &few.sessions, "demo");
        assert_eq!((all.len(), all[0].file.clone(), all[0].sessions()), (1, None, 198));
        let many = study(140);
        let all = pages(&findings, &many.sessions, "demo");
        let shown: Vec<(&str, usize, usize)> =
            all.iter().map(|p| (p.file.as_deref().unwrap_or(""), p.first, p.sessions())).collect();
        assert_eq!(
            shown,
            [
                ("demo-transcripts-001.html", 1, 198),
                ("demo-transcripts-002.html", 199, 198),
                ("demo-transcripts-003.html", 397, 24)
            ]
        );
        assert!(shown.iter().all(|(file, ..)| is_page(file)) && !is_page(super::super::REPORT_FILE));
        let addresses = addresses(&all);
        assert_eq!(addresses.len(), many.sessions.len());
        assert_eq!(addresses["s0066.1"], "demo-transcripts-002.html#s199");
    }
}
