//! `ledger`: lists, shows, exports, imports and prunes recorded calls.

use serde_json::json;

use super::{
    super::{
        diagnostic::Diagnostic,
        exit::Exit,
        ledger_args::{LedgerArgs, LedgerVerb},
        output,
    },
    run::runtime,
};
use crate::cli::diagnostic::CommandResult;
use crate::{
    domain::visible::visible,
    pipeline::ledger::{self, Listing},
    store::{CallSummary, LedgerSummary, PruneReport, Pruning, StoredCall, TransferCount},
};

pub(super) fn ledger(args: &LedgerArgs) -> CommandResult {
    let runtime = runtime()?;
    match &args.what {
        LedgerVerb::List { limit, failures } => {
            let what = Listing { newest: *limit, failures_only: *failures };
            let (summary, calls) = runtime.block_on(ledger::list(&args.runs, what))?;
            list(args.json, summary, &calls);
        }
        LedgerVerb::Show { call, request } => {
            let found = runtime.block_on(ledger::show(&args.runs, call))?;
            output::data(&if args.json {
                whole(&found, *request).to_string()
            } else {
                shown(&found, *request)
            });
        }
        LedgerVerb::Export { file } => {
            let moved = runtime.block_on(ledger::export(&args.runs, file))?;
            moved_calls(args.json, "exported", moved);
            output::note(&format!(
                "{} holds transcripts in clear: keep it as the ledger is kept",
                file.display()
            ));
        }
        LedgerVerb::Import { files } => {
            moved_calls(args.json, "imported", runtime.block_on(ledger::import(&args.runs, files))?);
        }
        LedgerVerb::Prune { superseded, failures, before, dry_run } => {
            let before = before.as_deref().map(moment).transpose()?;
            let what = Pruning { superseded: *superseded, failures: *failures, before, dry_run: *dry_run };
            pruned(args.json, *dry_run, runtime.block_on(ledger::prune(&args.runs, &what))?);
        }
        LedgerVerb::Path => output::data(&ledger::path(&args.runs).display().to_string()),
    }
    Ok(Exit::Ok)
}

/// Parses a date or time into the ledger's form.
fn moment(text: &str) -> Result<String, Diagnostic> {
    let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    match humantime::parse_rfc3339_weak(&whole) {
        Ok(moment) => Ok(humantime::format_rfc3339_millis(moment).to_string()),
        Err(_) => Err(Diagnostic::usage(format!("error: --before `{text}` is no day such as 2026-01-31"))),
    }
}

fn list(machine: bool, summary: LedgerSummary, calls: &[CallSummary]) {
    if machine {
        output::data(
            &json!({"format": "corater-ledger-list/1", "summary": summary, "calls": calls}).to_string(),
        );
        return;
    }
    let mut lines = vec![format!(
        "{} calls, {} with a reply, {} without; {} different questions, {} texts; {} prompt and {} generated tokens",
        summary.calls,
        summary.replies,
        summary.failures,
        summary.keys,
        summary.texts,
        summary.tokens.prompt,
        summary.tokens.completion
    )];
    lines.extend(calls.iter().map(|call| {
        let outcome = call.failure.as_ref().map_or("reply".to_owned(), ToString::to_string);
        format!(
            "{}  {}  {}  {} {}  {} in {} ms  {outcome}",
            call.id,
            call.started_at,
            call.key.as_str().get(..8).unwrap_or_default(),
            call.model,
            call.purpose,
            output::count(call.attempts as usize, "try").replace("trys", "tries"),
            call.latency_ms
        )
    }));
    output::data(&lines.join("\n"));
}

/// A call with its texts, for people.
fn shown(call: &StoredCall, with_request: bool) -> String {
    let record = &call.record;
    let outcome = record.outcome.as_ref().map_or_else(ToString::to_string, |_| "reply".to_owned());
    let mut lines = vec![
        format!("call {} of key {}", call.id, record.key),
        format!("{} of {} at {}, {}", record.purpose, record.model, record.endpoint, record.started_at),
        outcome,
    ];
    if with_request {
        lines.extend(
            record
                .request
                .messages
                .iter()
                .map(|message| format!("\n{:?}:\n{}", message.role, message.content)),
        );
    }
    let said = record.raw.as_deref().unwrap_or("(no body came)");
    lines.push(format!("\nthe server said:\n{said}"));
    visible(&lines.join("\n")).into_owned()
}

/// A call with its texts as JSON.
fn whole(call: &StoredCall, with_request: bool) -> serde_json::Value {
    let record = &call.record;
    let mut whole = json!({
        "format": "corater-ledger-call/1", "id": call.id, "key": record.key, "endpoint": record.endpoint,
        "model": record.model, "purpose": record.purpose, "attempts": record.attempts, "started_at": record.started_at,
        "latency_ms": record.latency_ms, "failure": record.outcome.as_ref().err(), "body": record.raw,
    });
    if with_request {
        whole["request"] = json!(record.request);
    }
    whole
}

fn moved_calls(machine: bool, what: &str, moved: TransferCount) {
    if machine {
        output::data(&json!(moved).to_string());
        return;
    }
    let kept = match moved.kept {
        0 => String::new(),
        kept => format!(", {kept} left out: known already, or older than the reply that is here"),
    };
    output::data(&format!("{what}: {} calls, {} texts{kept}", moved.calls, moved.texts));
}

fn pruned(machine: bool, dry_run: bool, pruned: PruneReport) {
    if machine {
        output::data(&json!(pruned).to_string());
        return;
    }
    let what = if dry_run { "would be taken out" } else { "taken out" };
    output::data(&format!("{what}: {} calls, {} texts", pruned.calls, pruned.texts));
}
