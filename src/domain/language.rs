//! Lookup by language: which of several texts or word lists is in the language of a session.

/// The entry for a language tag, as BCP 47 looks it up: the tag as it stands, then without its last subtag, until one
/// is found. Case does not count. `en-US` finds `en`; `en` does not find `en-US`.
pub fn of_language<'e, T>(entries: &'e [T], tag: impl Fn(&T) -> &str, wanted: &str) -> Option<&'e T> {
    let mut range = wanted;
    loop {
        if let Some(entry) = entries.iter().find(|entry| tag(entry).eq_ignore_ascii_case(range)) {
            return Some(entry);
        }
        range = range.rsplit_once('-')?.0;
        // A subtag of one character says what kind the next is and does not stand at the end.
        if let Some((before, last)) = range.rsplit_once('-')
            && last.len() == 1
        {
            range = before;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subtags_fall_off_from_the_right() {
        let tags = ["en", "pt-BR", "zh-Hant"];
        let found = |wanted: &str| of_language(&tags, |tag| tag, wanted).copied();
        for (wanted, expected) in [
            ("en", Some("en")),
            ("en-US", Some("en")),
            ("EN-gb-oxendict", Some("en")),
            ("en-x-clinic", Some("en")),
            ("zh-hant-TW", Some("zh-Hant")),
            ("pt-br", Some("pt-BR")),
            ("pt", None),
            ("zh-Hans", None),
            ("eng", None),
            ("", None),
        ] {
            assert_eq!(found(wanted), expected, "{wanted}");
        }
    }
}
