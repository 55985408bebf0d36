//! Searches the files of a folder for words of a forgotten session, whatever program wrote them.

use std::{
    collections::{BTreeSet, HashSet},
    fs::{self, File},
    io::BufReader,
    path::{Path, PathBuf},
};

use aho_corasick::AhoCorasick;
use unicode_segmentation::UnicodeSegmentation;

use super::StoreError;
use crate::domain::Session;

/// Least weight of a line that is searched for: four words, or eight characters of a script without spaces.
const TELLING: usize = 8;

/// Weight of a text: two for each word, one for each character in a script without spaces.
pub(super) fn weight(text: &str) -> usize {
    let of = |word: &str| if word.is_ascii() || word.chars().nth(1).is_some() { 2 } else { 1 };
    text.unicode_words().map(of).sum()
}

/// Lines that only the client said. Never log them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needles(BTreeSet<String>);

impl Needles {
    /// The lines of these texts that are long enough to be searched for.
    pub(super) fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let lines = texts.into_iter().flat_map(|text| text.split('\n')).map(str::trim);
        Self(lines.filter(|line| weight(line) >= TELLING).map(str::to_owned).collect())
    }

    /// Starts a watch for lines that also occur in texts that may stay.
    pub fn watch(&self) -> FolderWatch {
        let lines: Vec<&String> = self.0.iter().collect();
        FolderWatch { automaton: automaton(&lines), seen: HashSet::new() }
    }

    /// Removes the lines that were seen in texts that may stay.
    pub fn spare(&mut self, watch: &FolderWatch) {
        let mut place = 0..;
        self.0.retain(|_| place.next().is_some_and(|place| !watch.seen.contains(&place)));
    }

    /// Files below a folder that contain any of the lines, either plain or as JSON or HTML write them.
    ///
    /// # Errors
    /// A folder or file cannot be read.
    pub fn search(&self, root: &Path) -> Result<Vec<PathBuf>, StoreError> {
        let forms: Vec<String> = self.0.iter().flat_map(|line| forms(line)).collect();
        let mut found = Vec::new();
        if !forms.is_empty() && root.is_dir() {
            search(root, &automaton(&forms), &mut found)?;
        }
        found.sort();
        Ok(found)
    }
}

/// Tracks which lines occur in texts that may stay: others say them too, or a prompt contains them.
#[derive(Debug)]
pub struct FolderWatch {
    automaton: AhoCorasick,
    /// Indices of the lines seen.
    seen: HashSet<usize>,
}

impl FolderWatch {
    /// Searches one text.
    pub fn see(&mut self, text: impl AsRef<[u8]>) {
        let found = self.automaton.find_overlapping_iter(text.as_ref());
        self.seen.extend(found.map(|found| found.pattern().as_usize()));
    }

    /// Searches every turn of a session.
    pub fn see_session(&mut self, session: &Session) {
        session.turns.iter().for_each(|turn| self.see(turn.shown()));
    }
}

fn automaton(lines: &[impl AsRef<[u8]>]) -> AhoCorasick {
    AhoCorasick::new(lines).expect("plain texts make an automaton")
}

fn search(folder: &Path, automaton: &AhoCorasick, found: &mut Vec<PathBuf>) -> Result<(), StoreError> {
    for entry in fs::read_dir(folder).map_err(StoreError::io("read", folder))? {
        let entry = entry.map_err(StoreError::io("read", folder))?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(StoreError::io("read", folder))?);
        if kind.is_dir() {
            search(&path, automaton, found)?;
        } else if kind.is_file() && holds(&path, automaton)? {
            found.push(path);
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "store owns runs/")]
fn holds(path: &Path, automaton: &AhoCorasick) -> Result<bool, StoreError> {
    let file = match File::open(path) {
        // Another process may have removed its temporary file.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        file => file.map_err(StoreError::io("read", path))?,
    };
    match automaton.stream_find_iter(BufReader::new(file)).next() {
        None => Ok(false),
        Some(hit) => hit.map(|_| true).map_err(StoreError::io("read", path)),
    }
}

/// The forms a line can have in files: plain, in JSON with or without escapes, in a table, in HTML.
fn forms(line: &str) -> BTreeSet<String> {
    let quoted = serde_json::Value::from(line).to_string();
    let json = quoted[1..quoted.len() - 1].to_owned();
    let ascii = |digits: fn(u16) -> String| -> String {
        let mut units = [0; 2];
        let escaped = |c: char| -> String {
            if c.is_ascii() {
                c.to_string()
            } else {
                c.encode_utf16(&mut units).iter().map(|unit| digits(*unit)).collect()
            }
        };
        json.chars().map(escaped).collect()
    };
    let html = line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let html_of = |quote: &str, apostrophe: &str| html.replace('"', quote).replace('\'', apostrophe);
    BTreeSet::from([
        line.to_owned(),
        line.replace('"', "\"\""),
        ascii(|unit| format!("\\u{unit:04x}")),
        ascii(|unit| format!("\\u{unit:04X}")),
        html_of("&quot;", "&#39;"),
        html_of("&quot;", "&#x27;"),
        html_of("\"", "'"),
        json,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_signs_weigh() {
        assert_eq!(weight("my cat Bibo died"), 8);
        assert_eq!(weight("I don't know."), 6);
        assert_eq!(weight("我妹妹把我离婚的事告诉了全村"), 14);
    }

    #[expect(clippy::disallowed_methods, reason = "a test makes files")]
    #[test]
    fn a_line_is_found_in_every_spelling_and_what_others_say_is_not() {
        let line = "she said \"née\" & left the café";
        let spellings = [
            line.to_owned(),
            serde_json::Value::from(line).to_string(),
            r#""she said \"n\u00e9e\" & left the caf\u00E9""#.replace("00E9", "00e9"),
            "she said &quot;née&quot; &amp; left the café".to_owned(),
            "\"she said \"\"née\"\" & left the café\"".to_owned(),
        ];
        for spelling in spellings {
            let folder = tempfile::tempdir().expect("a folder");
            let inner = folder.path().join("deep");
            fs::create_dir(&inner).expect("made");
            fs::write(inner.join(".hidden.tmp"), format!("…{spelling}…")).expect("written");
            let mut needles = Needles::of([line, "short"]);
            assert_eq!(needles.search(folder.path()), Ok(vec![inner.join(".hidden.tmp")]), "{spelling}");
            let mut watch = needles.watch();
            watch.see("well, she said \"née\" & left the café, too");
            needles.spare(&watch);
            assert_eq!(needles.search(folder.path()), Ok(Vec::new()));
        }
    }
}
