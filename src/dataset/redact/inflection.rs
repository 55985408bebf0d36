//! The forms of a listed name: the endings and prefixes that scripts and languages write together with it.

use crate::text::script::Script;

/// How a language writes endings, as far as it decides what is still the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Endings {
    /// Genitive or plural `s`.
    Few,
    /// Endings change the last letters of a name: Polish, Czech, Croatian, Lithuanian and their like.
    Declined,
    /// Endings of any number are added: Turkish, Finnish, Hungarian and their like.
    Added,
}

impl Endings {
    /// What a source's language does with names in Latin letters.
    pub(super) fn of(language: &str) -> Self {
        let primary = language.split(['-', '_']).next().unwrap_or_default().to_lowercase();
        match primary.as_str() {
            "pl" | "cs" | "sk" | "sl" | "hr" | "sr" | "bs" | "sh" | "lt" | "lv" | "la" | "ro" | "sq" => {
                Self::Declined
            }
            "tr" | "az" | "fi" | "et" | "hu" | "eu" | "uz" | "tk" | "kk" | "ku" => Self::Added,
            _ => Self::Few,
        }
    }
}

const LATIN_ENDINGS: &[&str] = &[
    "a", "u", "e", "i", "y", "o", "owi", "em", "iem", "om", "am", "ami", "ach", "ie", "ego", "emu", "m",
    "im", "ym", "mi", "ich", "ych", "ow", "ej", "iej", "iego", "iemu", "imi", "ymi", "ou", "ovi", "ove",
    "ova", "u", "s", "as", "os", "is", "es", "j", "ia", "iu", "io",
];
const CYRILLIC_ENDINGS: &[&str] = &[
    "а", "я", "у", "ю", "е", "и", "ы", "о", "ь", "ом", "ем", "ым", "им", "ои", "еи", "ою", "ею", "ов", "ев",
    "ам", "ям", "ами", "ями", "ах", "ях", "ого", "его", "ому", "ему", "ых", "их", "ыми", "ими", "ую", "юю",
    "ая", "яя", "ие", "ые", "ии", "ию", "ия", "иеи", "еви", "ові", "ові", "і", "ії", "ію", "єю", "ін", "ына",
];
const GREEK_ENDINGS: &[&str] = &["οσ", "ου", "ο", "ε", "α", "ασ", "η", "ησ", "οι", "ων", "ουσ", "εσ", "υ"];
const KOREAN_PARTICLES: &[&str] = &[
    "은",
    "는",
    "이",
    "가",
    "을",
    "를",
    "의",
    "에",
    "에게",
    "에게서",
    "한테",
    "한테서",
    "께",
    "께서",
    "와",
    "과",
    "랑",
    "이랑",
    "도",
    "만",
    "까지",
    "부터",
    "로",
    "으로",
    "야",
    "아",
    "씨",
    "씨가",
    "씨는",
    "씨를",
    "씨의",
    "씨도",
    "님",
    "님이",
    "님은",
    "님을",
    "이는",
    "이가",
    "이를",
    "이의",
    "이도",
    "이랑은",
    "이한테",
    "네",
    "처럼",
    "보다",
    "하고",
    "이고",
    "라고",
    "이라고",
    "예요",
    "이에요",
    "입니다",
    "이다",
    "인데",
    "군",
    "양",
    "형",
    "언니",
    "오빠",
    "누나",
];
/// Prefixes of Arabic (and, of, in, to, like, the) and of Hebrew.
const ARABIC_PREFIX: &str = "وفبلكاس";
const HEBREW_PREFIX: &str = "ובלכמשה";

/// True when a word that goes on after a name with `rest` is a form of the name.
pub(super) fn goes_on(script: Script, endings: Endings, name: &str, rest: &str) -> bool {
    let length = name.chars().count();
    match script {
        Script::Latin => {
            let genitive = length >= 3 && rest == "s" || name.ends_with(['s', 'x', 'z']) && rest == "ens";
            genitive
                || length >= 3 && rest == "es" && name.ends_with(['s', 'x', 'z', 'h'])
                || match endings {
                    Endings::Few => false,
                    Endings::Declined => length >= 3 && LATIN_ENDINGS.contains(&rest),
                    Endings::Added => length >= 4 && rest.chars().count() <= 6,
                }
        }
        Script::Cyrillic => length >= 3 && CYRILLIC_ENDINGS.contains(&rest),
        Script::Hangul => {
            length >= 3 && rest.chars().count() <= 6 || length >= 2 && KOREAN_PARTICLES.contains(&rest)
        }
        // Case marks are written together with the word in most of these.
        Script::Other => length >= 3 && rest.chars().count() <= 6,
        Script::Greek => length >= 3 && rest == "σ",
        Script::Joined | Script::Hebrew | Script::Arabic => false,
    }
}

/// True when letters before a name are words that the script writes together with it.
pub(super) fn is_prefix(script: Script, name: &str, before: &str) -> bool {
    let letters = match script {
        Script::Arabic => ARABIC_PREFIX,
        Script::Hebrew => HEBREW_PREFIX,
        _ => return false,
    };
    name.chars().count() >= 3 && before.chars().count() <= 4 && before.chars().all(|c| letters.contains(c))
}

/// What stays of a name when its ending changes, with what the ending may become.
pub(super) fn stems(script: Script, endings: Endings, name: &str) -> Vec<String> {
    let mut stems = Vec::new();
    match script {
        Script::Latin if endings == Endings::Declined => {
            let bare = name.trim_end_matches(['a', 'o', 'e', 'i', 'y', 's']);
            stems.push(bare.to_owned());
            stems.push(drop_last(name, "aoeiy"));
            for (last, becomes) in [("t", "c"), ("d", "dz"), ("r", "rz"), ("k", "c"), ("g", "dz"), ("h", "z")]
            {
                stems.extend(bare.strip_suffix(last).map(|start| format!("{start}{becomes}")));
            }
            stems.extend(without_last_vowel(name, "eo"));
        }
        Script::Cyrillic => {
            let one = drop_last(name, "аяеоиыьіїйє");
            stems.push(drop_last(&one, "аяеоиыіє"));
            stems.push(one);
            stems.extend(without_last_vowel(name, "ео"));
        }
        Script::Greek => {
            stems.push(drop_last(name.trim_end_matches('σ'), "αεηιουω"));
        }
        _ => {}
    }
    stems.retain(|stem| stem.chars().count() >= 3);
    stems.sort();
    stems.dedup();
    stems
}

/// True when a stem with this ending is a form of the name it comes from.
pub(super) fn is_ending(script: Script, rest: &str) -> bool {
    match script {
        Script::Latin => LATIN_ENDINGS.contains(&rest),
        Script::Cyrillic => CYRILLIC_ENDINGS.contains(&rest),
        Script::Greek => GREEK_ENDINGS.contains(&rest),
        _ => false,
    }
}

fn drop_last(name: &str, letters: &str) -> String {
    name.strip_suffix(|c| letters.contains(c)).unwrap_or(name).to_owned()
}

/// `Павел` without its last vowel, as in `Павла`.
fn without_last_vowel(name: &str, vowels: &str) -> Option<String> {
    let mut letters: Vec<char> = name.chars().collect();
    let at = letters.len().checked_sub(2)?;
    let ends = letters.last().is_some_and(|last| !"аяеоиыьaeiouy".contains(*last));
    (ends && vowels.contains(letters[at])).then(|| {
        letters.remove(at);
        letters.into_iter().collect()
    })
}
