//! Reads a Chat Completions response. Every field may be absent, null or of another type; what cannot be
//! done without is the first choice's message.

use serde_json::{Value, json};

use crate::{
    chat::{Reply, Usage},
    provider::{
        Response,
        ending::{Absent, corrected, stated},
        failure::malformed,
        reading::{Instead, count, ended, list, logprobs, nonempty, sound, success, without},
    },
};

/// The reply, or what the response means instead.
pub(crate) fn decode(response: &Response) -> Result<Reply, Instead> {
    let status = response.status;
    let body = success(response)?;
    let Some(choice) = body.pointer("/choices/0").filter(|choice| choice.is_object()) else {
        return Err(without("the body has no choices", &body, response));
    };
    sound(choice, response)?;
    let ending = stated(choice.get("finish_reason"), status, Absent::Unreported)?;
    let ending = corrected(ending, choice.get("native_finish_reason"), status)?;
    let message = match choice.get("message").filter(|message| message.is_object()) {
        Some(message) => message,
        // As the older interface for completions answers.
        None if choice.get("text").is_some_and(Value::is_string) => &json!({"content": choice["text"]}),
        // A filter may leave nothing.
        None if ending.may_be_wordless() => &Value::Null,
        None => return Err(malformed(status, "the first choice has no message").into()),
    };
    sound(message, response)?;
    let content = content(message).ok_or_else(|| malformed(status, "the message's content is not text"))?;
    let reasoning = stated_reasoning(message).or(content.reasoning);
    let refusal =
        nonempty(message.get("refusal")).or(content.refusal).or_else(|| ending.is_refusal.then(String::new));
    let is_text = message.get("content").is_some_and(Value::is_string) || !content.text.is_empty();
    let is_void = !is_text && reasoning.is_none() && refusal.is_none();
    Ok(Reply {
        text: content.text,
        reasoning,
        refusal,
        finish: ended(ending, is_void),
        answered_by: nonempty(body.get("model")),
        usage: body.get("usage").map(usage).unwrap_or_default(),
        logprobs: choice.pointer("/logprobs/content").and_then(Value::as_array).and_then(|l| logprobs(l)),
    })
}

#[derive(Default)]
struct MessageContent {
    text: String,
    reasoning: Option<String>,
    refusal: Option<String>,
}

/// Text, null or a list of parts; none for anything else.
fn content(message: &Value) -> Option<MessageContent> {
    match message.get("content") {
        None | Some(Value::Null) => Some(beside(message)),
        Some(Value::String(text)) if text.is_empty() => Some(beside(message)),
        Some(Value::String(text)) => Some(MessageContent { text: text.clone(), ..MessageContent::default() }),
        Some(Value::Array(parts)) => {
            let (mut content, mut thought) = (MessageContent::default(), Vec::new());
            for part in parts {
                match part.get("type").and_then(Value::as_str) {
                    Some("refusal") => content.refusal = nonempty(part.get("refusal")),
                    Some("text" | "output_text") | None => {
                        content.text.push_str(part.get("text").and_then(Value::as_str)?);
                    }
                    Some("thinking" | "reasoning" | "reasoning_text") => thought.extend(texts(part)),
                    // Images, audio and what is not invented yet: not said.
                    Some(_) => {}
                }
            }
            content.reasoning = (!thought.is_empty()).then(|| thought.join("\n\n"));
            Some(content)
        }
        Some(_) => None,
    }
}

/// An answer in a field beside an empty `content`: as text, or read into the form that was asked for.
fn beside(message: &Value) -> MessageContent {
    let text = ["text", "output_text"].iter().find_map(|name| nonempty(message.get(name)));
    let parsed = message.get("parsed").filter(|parsed| parsed.is_object()).map(ToString::to_string);
    MessageContent { text: text.or(parsed).unwrap_or_default(), ..MessageContent::default() }
}

/// The texts of a part of thinking: one text, or a list of parts of its own.
fn texts(part: &Value) -> Vec<String> {
    let fields = ["thinking", "reasoning", "text", "summary"].iter().filter_map(|name| part.get(name));
    let texts = fields.flat_map(|field| match field {
        Value::Array(parts) => parts.iter().filter_map(|part| nonempty(part.get("text"))).collect(),
        text => nonempty(Some(text)).into_iter().collect::<Vec<_>>(),
    });
    texts.collect()
}

fn stated_reasoning(message: &Value) -> Option<String> {
    let named = ["reasoning_content", "reasoning", "thinking"];
    let details = || -> Vec<String> { list(message, "/reasoning_details").iter().flat_map(texts).collect() };
    let stated = named.iter().find_map(|name| nonempty(message.get(name)));
    stated.or_else(|| Some(details().join("\n\n")).filter(|text| !text.is_empty()))
}

fn usage(usage: &Value) -> Usage {
    let count = |pointer: &str| count(usage, pointer);
    Usage {
        prompt_tokens: count("/prompt_tokens"),
        cached_tokens: count("/prompt_tokens_details/cached_tokens")
            .or_else(|| count("/prompt_cache_hit_tokens")),
        cache_write_tokens: count("/prompt_tokens_details/cache_write_tokens"),
        completion_tokens: count("/completion_tokens"),
        reasoning_tokens: count("/completion_tokens_details/reasoning_tokens"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        chat::{Decoding, Failure, FailureKind, Finish, Message, OutputFormat, Request, TokenLogprob},
        provider::Dialect,
    };

    fn request(output: OutputFormat) -> Request {
        Request {
            model: "m".into(),
            messages: vec![Message::user("Something that a client said in confidence.")],
            decoding: Decoding::default(),
            output,
            logprobs: None,
            repeat: 0,
        }
    }

    fn read(body: impl Into<Vec<u8>>) -> Result<Reply, Failure> {
        let response = Response { status: 200, retry_after: None, body: body.into() };
        Dialect::OpenaiChat.decode(&request(OutputFormat::Text), &response)
    }

    fn said(message: &Value) -> Reply {
        let choice = json!({"message": message, "finish_reason": "stop"});
        read(json!({"choices": [choice]}).to_string()).expect("a reply")
    }

    #[test]
    fn a_whole_reply() {
        let body = json!({
            "id": "chatcmpl-1", "object": "chat.completion", "model": "small-2026",
            "choices": [{"index": 0, "finish_reason": "length",
                "message": {"role": "assistant", "content": "4", "refusal": null},
                "logprobs": {"content": [{"token": "4", "logprob": -0.1, "bytes": [52],
                    "top_logprobs": [{"token": "3", "logprob": -2.5}, {"token": "4", "logprob": -0.1}]}]}}],
            "usage": {"prompt_tokens": 663, "completion_tokens": 12.0, "total_tokens": 675,
                "prompt_tokens_details": {"cached_tokens": 647, "cache_write_tokens": 100},
                "completion_tokens_details": {"reasoning_tokens": 5}}
        });
        let expected = Reply {
            text: "4".into(),
            reasoning: None,
            refusal: None,
            finish: Finish::Length,
            answered_by: Some("small-2026".into()),
            usage: Usage {
                prompt_tokens: Some(663),
                cached_tokens: Some(647),
                cache_write_tokens: Some(100),
                completion_tokens: Some(12),
                reasoning_tokens: Some(5),
            },
            logprobs: Some(vec![TokenLogprob {
                token: "4".into(),
                logprob: -0.1,
                top: vec![("4".into(), -0.1), ("3".into(), -2.5)],
            }]),
        };
        assert_eq!(read(body.to_string()), Ok(expected));
    }

    #[test]
    fn a_minimal_reply_has_absences_and_no_defaults() {
        let reply = read(r#"{"choices":[{"message":{"content":"Yes."}}]}"#).expect("a reply");
        let expected = Reply { finish: Finish::Other("unreported".into()), ..Reply::text("Yes.") };
        assert_eq!(reply, expected);
    }

    #[test]
    fn reasoning_is_stored_apart_wherever_it_comes_from() {
        for message in [
            json!({"content": "Go on.", "reasoning_content": "hm"}),
            json!({"content": "Go on.", "reasoning": "hm"}),
            json!({"content": "<think>hm</think>Go on."}),
            json!({"content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Go on."}],
                "reasoning": "hm"}),
        ] {
            let reply = said(&message);
            assert_eq!((reply.text.as_str(), reply.reasoning.as_deref()), ("Go on.", Some("hm")));
        }
        let cut =
            read(r#"{"choices":[{"finish_reason":"length","message":{"content":"<think>hm, the client"}}]}"#);
        let cut = cut.expect("a reply");
        assert_eq!((cut.text.as_str(), cut.finish), ("", Finish::Length));
    }

    #[test]
    fn a_rating_may_quote_a_reasoning_mark() {
        let text = r#"{"quote":"he wrote <think> on it"}"#;
        let body = json!({"choices": [{"message": {"content": text}}]}).to_string().into_bytes();
        let output = OutputFormat::Json { name: "rating".into(), schema: json!({}).into() };
        let response = Response { status: 200, retry_after: None, body };
        assert_eq!(Dialect::OpenaiChat.decode(&request(output), &response).expect("a reply").text, text);
    }

    #[test]
    fn refusals_and_filters_are_replies() {
        assert_eq!(said(&json!({"content": null, "refusal": "No."})).refusal.as_deref(), Some("No."));
        let part = json!({"content": [{"type": "refusal", "refusal": "No."}]});
        assert_eq!(said(&part).refusal.as_deref(), Some("No."));
        let filtered = read(r#"{"choices":[{"finish_reason":"content_filter","message":{"content":null}}]}"#);
        assert_eq!(filtered.expect("a reply").finish, Finish::ContentFilter);
        let natural = read(r#"{"choices":[{"finish_reason":"eos","message":{"content":"a"}}]}"#);
        assert_eq!(natural.expect("a reply").finish, Finish::Stop);
    }

    #[test]
    fn a_success_with_another_body_is_malformed_and_quotes_nothing() {
        for body in [
            "",
            " \n",
            "<html><body>Something secret</body></html>",
            r#"{"choices":[{"message":{"content":"Something se"#,
            r#"{"choices": Something secret}"#,
            r#"["Something secret"]"#,
            r#"{"choices":[]}"#,
            r#"{"choices":["Something secret"]}"#,
            r#"{"choices":[{"message":{"content":{"Something":"secret"}}}]}"#,
        ] {
            let failure = read(body).expect_err(body);
            assert_eq!(failure.kind, FailureKind::Malformed, "{body}");
            assert!(!failure.message.contains("Something"), "{}", failure.message);
        }
    }

    #[test]
    fn a_body_cut_anywhere_is_malformed() {
        let body = r#"{"model":"s","choices":[{"message":{"content":"Höre <think>a</think>"}}],"usage":{}}"#;
        for cut in 0..body.len() {
            let failure = read(&body.as_bytes()[..cut]).expect_err("half a body");
            assert_eq!(failure.kind, FailureKind::Malformed, "{cut}");
        }
        read(body).expect("the whole body");
    }

    #[test]
    fn an_upstream_error_inside_a_success_keeps_its_status() {
        let failure = read(r#"{"error":{"code":429,"message":"slow down"}}"#).expect_err("an error");
        assert_eq!((failure.kind, failure.status), (FailureKind::RateLimited, Some(429)));
    }

    #[test]
    fn log_probabilities_with_holes_are_unavailable() {
        let choice =
            json!({"message": {"content": "a"}, "logprobs": {"content": [{"token": "a", "logprob": null}]}});
        let reply = read(json!({"choices": [choice]}).to_string()).expect("a reply");
        assert_eq!(reply.logprobs, None);
    }
}
