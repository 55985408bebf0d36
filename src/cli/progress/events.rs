//! Progress for programs: one JSON object per line on stderr (docs/formats/events.md).

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::time::Instant;

use super::meter::{Meter, WorkForecast};
use crate::cli::progress::show::ProgressView;
use crate::{
    cli::output,
    execute::{AnswerSource, Event, Subject},
};

/// Interval at which the whole state is printed.
const EVERY: Duration = Duration::from_secs(1);

/// Prints events to stderr.
pub(super) struct Events {
    start: Instant,
    state: Mutex<(Meter, Duration)>,
}

impl Events {
    pub(super) fn new(expected: WorkForecast) -> Self {
        let meter = Meter::new(expected);
        tell(&json!({
            "event": "start",
            "format": "corater-events/1",
            "progress": meter.view(Duration::ZERO),
        }));
        Self { start: Instant::now(), state: Mutex::new((meter, Duration::ZERO)) }
    }
}

fn tell(value: &Value) {
    output::line(&value.to_string());
}

/// An event as a JSON object; `None` for events that only affect counts.
fn object(event: &Event) -> Option<Value> {
    let of = |name: &str, subject: &Subject| json!({"event": name, "model": subject.model, "purpose": subject.purpose});
    let with = |mut object: Value, fields: Value| {
        if let (Some(object), Value::Object(fields)) = (object.as_object_mut(), fields) {
            object.extend(fields);
        }
        object
    };
    Some(match event {
        Event::CallFinished { subject, source, usage, .. } => {
            with(with(of("reply", subject), answered(Some(*source))), json!({"usage": usage}))
        }
        Event::CallFailed { subject, kind, source } => {
            with(with(of("failure", subject), answered(*source)), json!({"kind": kind}))
        }
        Event::Retried { subject, kind, attempt, wait } => {
            let fields = json!({"kind": kind, "attempt": attempt, "wait_ms": milliseconds(*wait)});
            with(of("retry", subject), fields)
        }
        Event::RateLimited { endpoint, wait } => {
            json!({"event": "pause", "endpoint": endpoint, "wait_ms": milliseconds(*wait)})
        }
        Event::Batch { endpoint, done, total } => {
            json!({"event": "batch", "endpoint": endpoint, "done": done, "total": total})
        }
        Event::Unusable { judge, unusable, answers, reasons } => json!({
            "event": "unusable", "judge": judge, "unusable": unusable, "answers": answers, "reasons": reasons,
        }),
        Event::CallStarted { .. }
        | Event::Queued { .. }
        | Event::Sent { .. }
        | Event::Landed { .. }
        | Event::Damaged { .. } => return None,
    })
}

/// Source of an answer: a call with its attempts, the ledger, or null if nothing was sent.
fn answered(source: Option<AnswerSource>) -> Value {
    match source {
        Some(AnswerSource::Call { attempts, latency }) => {
            json!({"from": "call", "attempts": attempts, "latency_ms": milliseconds(latency)})
        }
        Some(AnswerSource::Ledger) => json!({"from": "ledger"}),
        None => json!({"from": null}),
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl ProgressView for Events {
    fn event(&self, event: &Event) {
        let now = self.start.elapsed();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0.absorb(now, event);
        if let Some(object) = object(event) {
            tell(&object);
        }
        if now >= state.1 + EVERY {
            state.1 = now;
            tell(&json!({"event": "progress", "progress": state.0.view(now)}));
        }
    }

    fn note(&self, text: &str) {
        tell(&json!({"event": "note", "text": text}));
    }

    fn error(&self, text: &str) {
        tell(&json!({"event": "error", "text": text}));
    }

    fn end(&self) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        tell(&json!({"event": "end", "progress": state.0.view(self.start.elapsed())}));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_that_is_told_names_itself_and_whose_it_is() {
        let subject = Subject { model: "m".into(), purpose: "rating".into() };
        let failed = Event::CallFailed {
            subject: subject.clone(),
            kind: serde_json::from_value(json!("transient")).expect("a kind"),
            source: Some(AnswerSource::Call { attempts: 3, latency: Duration::from_millis(40) }),
        };
        insta::assert_snapshot!(object(&failed).expect("told"), @r#"{"attempts":3,"event":"failure","from":"call","kind":"transient","latency_ms":40,"model":"m","purpose":"rating"}"#);
        assert_eq!(object(&Event::CallStarted { subject }), None);
    }
}
