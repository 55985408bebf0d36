//! What a server's own account of an error means, by its codes first and its sentences second. The words are those of
//! vendors, local servers and gateways; gateways put the name of an upstream's class into the message.

use super::{
    phrases::{
        BAD_JSON, BAD_JSON_SAID, CUT, CUT_SAID, DAILY_SAID, DOES_NOT_LOAD_SAID, FILTERED, FILTERED_SAID,
        FILTERING_STATUSES, KEY_HOLDERS, KEY_REFUSED, LARGER_THAN_A_MINUTE, OUT_OF_CREDIT,
        OUT_OF_CREDIT_SAID, PER_MINUTE, STOPPED_SAID, STOPPED_WHAT, TOO_LONG, TOO_LONG_SAID, UNKNOWN_MODEL,
        UNKNOWN_SAID, WITHDRAWN,
    },
    remedy::remedy,
    server_error::ServerError,
};

/// What an error means, where it says more than its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ErrorMeaning {
    /// A filter stopped the prompt or the reply: an outcome.
    Filtered,
    /// The reply was cut by the token limit: an outcome.
    Cut,
    /// The model wrote JSON that its server did not take: an unusable answer.
    BadJson,
    /// Credit, budget or a quota per day is used up.
    OutOfCredit,
    /// The key is no good any more.
    KeyRefused,
    /// The request does not fit into the context.
    TooLong,
    /// The request is larger than what a whole minute allows.
    LargerThanAMinute,
    /// The server does not know the model, or not for this key.
    UnknownModel,
    /// The server cannot load the model.
    DoesNotLoad,
    /// A limit that is free again soon, under a status that says otherwise.
    Passing,
}

impl ErrorMeaning {
    /// True where every later call to the model would fail alike.
    pub(super) fn is_about_the_model(self) -> bool {
        matches!(self, Self::UnknownModel | Self::DoesNotLoad)
    }
}

/// What the error means beyond its status; none where the status says all there is.
pub(super) fn meaning(status: u16, error: &ServerError) -> Option<ErrorMeaning> {
    if !(400..600).contains(&status) {
        return None;
    }
    let is_client = status < 500;
    let found = [
        (error.is(&["openrouter_in_flight_budget"]), ErrorMeaning::Passing),
        (error.is(&FILTERED) && !matches!(status, 401 | 402 | 429), ErrorMeaning::Filtered),
        (is_client && is_out_of_credit(status, error), ErrorMeaning::OutOfCredit),
        (is_client && is_key_refused(status, error), ErrorMeaning::KeyRefused),
        (FILTERING_STATUSES.contains(&status) && tells_of_a_filter(error), ErrorMeaning::Filtered),
        (is_client && (error.is(&CUT) || error.says(&CUT_SAID)), ErrorMeaning::Cut),
        (
            is_client && (error.generated.is_some() || error.is(&BAD_JSON) || error.says(&BAD_JSON_SAID)),
            ErrorMeaning::BadJson,
        ),
        (is_client && is_larger_than_a_minute(error), ErrorMeaning::LargerThanAMinute),
        (is_client && is_daily(error), ErrorMeaning::OutOfCredit),
        (status != 429 && is_too_long(error), ErrorMeaning::TooLong),
        (is_client && status != 429 && is_unknown_model(status, error), ErrorMeaning::UnknownModel),
        (!is_client && error.says(&DOES_NOT_LOAD_SAID), ErrorMeaning::DoesNotLoad),
    ];
    found.into_iter().find_map(|(is, meaning)| is.then_some(meaning))
}

fn is_out_of_credit(status: u16, error: &ServerError) -> bool {
    // Google says the same sentence of a quota per minute, with its name beside it.
    let plan = error.says(&["check your plan and billing"]) && !error.is(&["RESOURCE_EXHAUSTED"]);
    let nothing_allowed = status == 429 && error.says(&["limit: 0,", "limit: 0 ", "limit: 0\n"]);
    error.is(&OUT_OF_CREDIT) || error.says(&OUT_OF_CREDIT_SAID) || plan || nothing_allowed
}

fn is_daily(error: &ServerError) -> bool {
    error.daily
        || error.says(&DAILY_SAID)
        || error.words().any(|word| word.to_lowercase().contains("per_day"))
}

fn is_key_refused(status: u16, error: &ServerError) -> bool {
    let said = error.says(&KEY_HOLDERS) && error.says(&WITHDRAWN);
    error.is(&KEY_REFUSED) || (matches!(status, 400 | 401 | 403) && said)
}

fn tells_of_a_filter(error: &ServerError) -> bool {
    error.says(&FILTERED_SAID) || (error.says(&STOPPED_WHAT) && error.says(&STOPPED_SAID)) || error.is_flagged
}

fn is_larger_than_a_minute(error: &ServerError) -> bool {
    let asks_too_much = || {
        let (limit, requested) = (error.number_after("limit "), error.number_after("requested "));
        limit.zip(requested).is_some_and(|(limit, requested)| requested > limit)
    };
    error.says(&PER_MINUTE) && (error.says(&LARGER_THAN_A_MINUTE) || asks_too_much())
}

fn is_too_long(error: &ServerError) -> bool {
    error.is(&TOO_LONG) || error.says(&TOO_LONG_SAID)
}

/// By its code; else by a sentence, or by the status alone, where no parameter is to blame.
fn is_unknown_model(status: u16, error: &ServerError) -> bool {
    let said = error.says(&["model", "deployment"]) && error.says(&UNKNOWN_SAID);
    error.is(&UNKNOWN_MODEL) || ((status == 404 || said) && remedy(error).is_none())
}
