//! The names of months, without accents, and the words for days.

use std::{collections::HashMap, sync::LazyLock};

/// How sure a word is to be a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Month {
    /// Nothing else.
    Sure,
    /// The same in a language that writes the day first.
    Foreign,
    /// A short form, written with a full stop or a hyphen.
    Short,
    /// An English word too: with a capital, an ordinal or a year only.
    AlsoWord,
    /// Short in another language, where other words are as short: with a year and a mark only.
    Doubtful,
}

const SURE: &str = "january february april june july august september october november december";
const FOREIGN: &str = "januar feber jaenner janner februar marz maerz juni juli oktober dezember \
    enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre \
    janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre \
    gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre \
    janeiro fevereiro maio junho julho setembro outubro novembro dezembro \
    januari februari maart mei augustus \
    stycznia lutego marca kwietnia maja czerwca lipca sierpnia wrzesnia pazdziernika listopada grudnia \
    styczen luty marzec kwiecien czerwiec lipiec sierpien wrzesien pazdziernik listopad grudzien \
    ledna unora brezna dubna kvetna cervna cervence srpna zari rijna listopadu prosince \
    ocak subat mart nisan mayis haziran temmuz agustos eylul ekim kasim aralik \
    januari februari april maj juni juli augusti marts august oktober \
    tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesakuuta heinakuuta elokuuta syyskuuta lokakuuta \
    marraskuuta joulukuuta \
    января февраля марта апреля мая июня июля августа сентября октября ноября декабря \
    январь февраль март апрель маи июнь июль август сентябрь октябрь ноябрь декабрь \
    січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня \
    ιανουαριου φεβρουαριου μαρτιου απριλιου μαιου ιουνιου ιουλιου αυγουστου σεπτεμβριου οκτωβριου νοεμβριου \
    δεκεμβριου يناير فبراير مارس ابريل مايو يونيو يوليو اغسطس سبتمبر اكتوبر نوفمبر ديسمبر \
    ינואר פברואר מרץ אפריל מאי יוני יולי אוגוסט ספטמבר אוקטובר נובמבר דצמבר";
const SHORT: &str = "jan feb apr jun jul aug sept sep oct nov dec mrz okt dez";
const ALSO_WORD: &str = "may march mar";
const DOUBTFUL: &str = "ene abr ago dic gen mag giu lug set ott fev avr juil out jui marco fevr janv";

static MONTHS: LazyLock<HashMap<&'static str, Month>> = LazyLock::new(|| {
    let lists = [
        (DOUBTFUL, Month::Doubtful),
        (FOREIGN, Month::Foreign),
        (SURE, Month::Sure),
        (SHORT, Month::Short),
        (ALSO_WORD, Month::AlsoWord),
    ];
    // A word of several lists is what the last of them says; `mai` is a month wherever it is one.
    let words = lists
        .into_iter()
        .flat_map(|(list, month)| list.split_ascii_whitespace().map(move |word| (word, month)));
    words.collect()
});

/// What a word (in lower case, without accents) says of a month.
pub(super) fn month(word: &str) -> Option<Month> {
    MONTHS.get(word).copied()
}

/// Words between a day, a month and a year.
pub(super) fn is_between(word: &str) -> bool {
    matches!(
        word,
        "of" | "the"
            | "de"
            | "del"
            | "d"
            | "do"
            | "den"
            | "der"
            | "di"
            | "anno"
            | "year"
            | "im"
            | "год"
            | "г"
    )
}

/// What follows a number in figures to make it a day.
pub(super) fn is_ordinal_end(word: &str) -> bool {
    matches!(
        word,
        "st" | "nd"
            | "rd"
            | "th"
            | "ter"
            | "ten"
            | "te"
            | "er"
            | "e"
            | "eme"
            | "o"
            | "a"
            | "го"
            | "й"
            | "и"
            | "ое"
    )
}

const ENGLISH: &str = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth \
    fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth";
const GERMAN: &str = "erst zweit dritt viert funft fuenft sechst siebt siebent acht neunt zehnt elft zwolft zwoelft \
    dreizehnt vierzehnt funfzehnt fuenfzehnt sechzehnt siebzehnt achtzehnt neunzehnt zwanzigst dreissigst";

/// A day in an ordinal word, English or German.
pub(super) fn is_ordinal(word: &str) -> bool {
    let german = |word: &str| {
        let stem = ["en", "er", "em", "es", "e"].iter().find_map(|end| word.strip_suffix(end));
        stem.is_some_and(|stem| {
            let unit = stem.split_once("und").map_or(stem, |(_, tens)| tens);
            GERMAN.split_ascii_whitespace().any(|day| day == unit)
        })
    };
    ENGLISH.split_ascii_whitespace().any(|day| day == word) || german(word)
}
