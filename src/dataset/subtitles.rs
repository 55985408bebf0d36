//! Reads subtitle files, `WebVTT` and `SubRip`, as lines of speech with their speakers: without numbers, times, settings,
//! notes and mark-up.

use std::borrow::Cow;

use super::{
    problem::Problem,
    rows::{unix_lines, without_bom},
    speaker_text::Line,
    timestamp,
};

/// Blocks of `WebVTT` that nobody says.
const SILENT: [&str; 3] = ["NOTE", "STYLE", "REGION"];

/// The lines that somebody says. A voice tag, `<v Name>`, names the speaker; otherwise the line may start with a label.
pub(super) fn lines(path: &str, text: &str) -> Result<Vec<Line<'static>>, Vec<Problem>> {
    let text = unix_lines(without_bom(text));
    let mut found: Vec<Line<'static>> = Vec::new();
    let mut problems = Vec::new();
    let mut cues = 0_usize;
    let all: Vec<&str> = text.split('\n').collect();
    let mut at = 0;
    while at < all.len() {
        let first = all[at].trim();
        let end = at + all[at..].iter().take_while(|line| !line.trim().is_empty()).count();
        if first.is_empty() {
            at += 1;
            continue;
        }
        let silent = SILENT.iter().any(|word| first == *word || first.starts_with(&format!("{word} ")));
        let header = at == 0 && first.starts_with("WEBVTT");
        let times = all[at..end].iter().take(2).position(|line| line.contains("-->"));
        match times {
            _ if silent || header => {}
            Some(offset) => {
                cues += 1;
                let start = all[at + offset].split("-->").next().unwrap_or_default();
                match start_of(start) {
                    Ok(time) => said(&all[at + offset + 1..end], at + offset + 2, time, &mut found),
                    Err(message) => problems.push(Problem::at(path, at + offset + 1, message)),
                }
            }
            None => {
                let message = "a block without the times of a cue (`00:00:01.000 --> 00:00:02.000`)";
                problems.push(Problem::at(path, at + 1, message));
            }
        }
        at = end;
    }
    if cues == 0 && problems.is_empty() {
        problems.push(Problem::of(path, "no cue in this file"));
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

fn start_of(written: &str) -> Result<Option<i64>, String> {
    timestamp::parse(&written.replace(',', ".")).map(Some).map_err(|error| format!("time of a cue: {error}"))
}

fn said(words: &[&str], first: usize, time: Option<i64>, found: &mut Vec<Line<'static>>) {
    for (number, line) in (first..).zip(words) {
        for (voice, words) in voices(line) {
            let words = words.trim();
            let words = words.strip_prefix("- ").or_else(|| words.strip_prefix(">> ")).unwrap_or(words);
            if !words.is_empty() {
                found.push(Line { number, text: Cow::Owned(words.to_owned()), voice, time });
            }
        }
    }
}

/// Parts of a line by voice tag, without mark-up.
fn voices(line: &str) -> Vec<(Option<String>, String)> {
    let mut parts = vec![(None, String::new())];
    let mut rest = line;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        parts.last_mut().expect("one part").1.push_str(before);
        let known = |tag: &str| {
            let name = tag.trim_start_matches('/');
            name.starts_with(|c: char| c.is_ascii_digit())
                || ["v", "c", "i", "b", "u", "ruby", "rt", "lang", "font"].iter().any(|known| {
                    name.strip_prefix(known)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '.']))
                })
        };
        let Some(inner) = tag[1..].find('>').map(|end| &tag[1..=end]).filter(|inner| known(inner)) else {
            parts.last_mut().expect("one part").1.push('<');
            rest = &tag[1..];
            continue;
        };
        if let Some(name) = inner.strip_prefix('v').filter(|rest| !rest.is_empty())
            && let Some((_, name)) = name.split_once(' ')
        {
            parts.push((Some(name.trim().to_owned()), String::new()));
        }
        rest = &tag[inner.len() + 2..];
    }
    parts.last_mut().expect("one part").1.push_str(rest);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cues_are_lines_with_voice_and_time() {
        let text = "\u{feff}WEBVTT - made by hand\r\nKind: captions\r\n\r\nNOTE\r\nnobody says this\r\n\r\n1\r\n00:01.500 --> 00:02.000 align:start\r\n\
                    <v.loud Ann Lee>I <i>see</i> 3 < 4</v> <v Bo>Hm\r\n\r\n00:00:03,000 --> 00:00:04,000\r\n- Ann: go on\r\nmore\r\n";
        let found = lines("a.vtt", text).expect("readable");
        let told: Vec<(usize, Option<&str>, &str, Option<i64>)> =
            found.iter().map(|l| (l.number, l.voice.as_deref(), l.text.as_ref(), l.time)).collect();
        assert_eq!(
            told,
            [
                (9, Some("Ann Lee"), "I see 3 < 4", Some(1500)),
                (9, Some("Bo"), "Hm", Some(1500)),
                (12, None, "Ann: go on", Some(3000)),
                (13, None, "more", Some(3000)),
            ]
        );
    }

    #[test]
    fn what_is_no_cue_is_a_problem_with_its_line() {
        let problems =
            lines("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nA: x\n\nB: stray\n").expect_err("stray");
        assert_eq!(problems[0].line, Some(5));
        assert_eq!(lines("a.srt", "").expect_err("empty").len(), 1);
        assert_eq!(lines("a.srt", "a --> b\nx").expect_err("no time")[0].line, Some(1));
    }
}
