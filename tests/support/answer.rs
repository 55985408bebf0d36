//! What the fault server can do with a request: answer it well, badly, late, half or not at all.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Value, json};

/// One answer.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A whole response.
    Response(Response),
    /// The same after a wait.
    Later(Duration, Box<Answer>),
    /// A whole response in five pieces, with this wait before each.
    Slow(Duration, Response),
    /// A whole response whose head comes in five pieces, with this wait before each.
    SlowHead(Duration, Response),
    /// Half of the body, then the connection closes in order.
    CutMidway(Response),
    /// Half of the body, then the connection is reset.
    ResetMidway(Response),
    /// The whole response, and at once the same bytes again.
    Twice(Response),
    /// These bytes as they are, then the connection closes in order.
    Raw(Vec<u8>),
    /// The head and half of the body, then silence.
    StallMidway(Response),
    /// Nothing, ever.
    Stall,
    /// The request is read, then the connection is reset.
    Reset,
    /// This many bytes of JSON text, announced in the head or not.
    Oversized { bytes: usize, announced: bool },
}

/// A response, written as it is: its headers may lie.
#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// What this server says unless told otherwise: a function of the request's body and of nothing else.
    pub fn usual(request: &Value) -> Self {
        Self::reply(request, &usual_text(request), "stop")
    }

    /// A completion with this text.
    pub fn text(request: &Value, text: &str) -> Self {
        Self::reply(request, text, "stop")
    }

    /// A completion with this text and reason to end.
    pub fn reply(request: &Value, text: &str, finish: &str) -> Self {
        Self::message(request, &json!({"role": "assistant", "content": text}), finish)
    }

    /// A completion with this message.
    pub fn message(request: &Value, message: &Value, finish: &str) -> Self {
        let words = |text: &str| text.split_whitespace().count();
        let prompt = words(&request["messages"].to_string());
        let said = words(message["content"].as_str().unwrap_or_default());
        Self::json(
            200,
            &json!({
                "id": "chatcmpl-0", "object": "chat.completion", "model": request["model"],
                "choices": [{"index": 0, "message": message, "finish_reason": finish}],
                "usage": {"prompt_tokens": prompt, "completion_tokens": said, "total_tokens": prompt + said}
            }),
        )
    }

    /// Any JSON with any status.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::bytes(status, "application/json", body.to_string())
    }

    /// An error as `OpenAI` writes it.
    pub fn error(status: u16, code: &str) -> Self {
        Self::json(status, &json!({"error": {"code": code, "type": "test_error", "message": "no"}}))
    }

    /// Any bytes with any status.
    pub fn bytes(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self::Response(Response { status, headers, body: body.into() })
    }

    /// With one more header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Response(response) = &mut self {
            response.headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// The response of a plain answer, to be sent in another way.
    pub fn response(self) -> Response {
        match self {
            Self::Response(response) => response,
            other => panic!("{other:?} is not a plain response"),
        }
    }

    /// Compressed.
    pub fn gzip(self) -> Self {
        let response = self.response();
        let body = gzip(&response.body);
        Self::Response(Response { body, ..response }).header("content-encoding", "gzip")
    }
}

/// Text that depends on the whole body: JSON that fits the schema where one is asked for.
pub fn usual_text(request: &Value) -> String {
    let mut seed = crc32(request.to_string().as_bytes());
    match request.pointer("/response_format/json_schema/schema") {
        Some(schema) => fitting(schema, &mut seed).to_string(),
        None => format!("Reply {seed:08x}. What matters most to you here?"),
    }
}

/// A value that fits a simple schema, chosen by the seed.
fn fitting(schema: &Value, seed: &mut u32) -> Value {
    *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    let choice = u64::from(*seed >> 8);
    if let Some(constant) = schema.get("const") {
        return constant.clone();
    }
    if let Some(options) = schema["enum"].as_array().or_else(|| schema["anyOf"].as_array()) {
        let index = usize::try_from(choice).expect("24 bits") % options.len();
        let option = options[index].clone();
        return if schema.get("enum").is_some() { option } else { fitting(&option, seed) };
    }
    match schema["type"].as_str() {
        Some("object") => {
            let properties: BTreeMap<String, Value> =
                serde_json::from_value(schema["properties"].clone()).unwrap_or_default();
            properties.into_iter().map(|(name, schema)| (name, fitting(&schema, seed))).collect()
        }
        Some("array") => {
            let count = schema["minItems"].as_u64().unwrap_or(0);
            (0..count).map(|_| fitting(&schema["items"], seed)).collect()
        }
        Some("integer" | "number") => {
            let low = schema["minimum"].as_i64().unwrap_or(0);
            let high = schema["maximum"].as_i64().unwrap_or(low + 6);
            json!(low + i64::try_from(choice).expect("24 bits") % (high - low + 1))
        }
        Some("boolean") => json!(choice.is_multiple_of(2)),
        Some("null") => Value::Null,
        _ => json!("as it was said"),
    }
}

/// A gzip file of one stored block per 65,535 bytes.
fn gzip(data: &[u8]) -> Vec<u8> {
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let blocks: Vec<&[u8]> = data.chunks(65_535).collect();
    for (index, block) in blocks.iter().enumerate() {
        let length = u16::try_from(block.len()).expect("at most 65,535");
        file.push(u8::from(index + 1 == blocks.len()));
        file.extend(length.to_le_bytes());
        file.extend((!length).to_le_bytes());
        file.extend_from_slice(block);
    }
    file.extend(crc32(data).to_le_bytes());
    file.extend(u32::try_from(data.len()).expect("small").to_le_bytes());
    file
}

fn crc32(data: &[u8]) -> u32 {
    let step = |mut crc: u32, byte: &u8| {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
        crc
    };
    !data.iter().fold(u32::MAX, step)
}
