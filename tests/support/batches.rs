//! A server with a batch interface: what was created stays, whoever goes away. `OpenAI`'s files and batches below `/v1`,
//! Anthropic's message batches beside them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    answer::Answer,
    server::{Arrival, FaultServer},
};

/// From taking a request to answering it.
const HEARD_AFTER: Duration = Duration::from_millis(30);

/// What becomes of an item.
pub type ItemScript = Box<dyn Fn(&Value) -> Value + Send + Sync>;

/// What the server holds.
#[derive(Debug, Default)]
pub struct Shelf {
    files: BTreeMap<String, Vec<Value>>,
    /// Batches in the order in which they were created.
    pub batches: Vec<Shelved>,
    /// How often a batch is still at work when it is asked after.
    pub busy: usize,
    /// The next message batch is created, and its answer lost.
    pub lose_next: bool,
    /// The most items that all batches at work may have together: a larger one fails, as those of `OpenAI` do for their tokens,
    /// or is refused, as Anthropic's are for their size.
    pub room: Option<usize>,
}

/// A batch.
#[derive(Debug, Clone)]
pub struct Shelved {
    id: String,
    is_refused: bool,
    metadata: Value,
    created_at: String,
    items: Vec<Value>,
    asked: usize,
}

impl Shelf {
    /// Items of all batches that were taken.
    pub fn items(&self) -> usize {
        self.batches.iter().filter(|batch| !batch.is_refused).map(|batch| batch.items.len()).sum()
    }

    /// Puts a batch of someone else on the shelf, with as many items.
    pub fn put_foreign(&mut self, id: &str, items: usize) {
        let items = (0..items).map(|n| json!({"custom_id": format!("theirs-{n}")})).collect();
        self.add(id.to_owned(), Value::Null, items);
    }

    fn add(&mut self, id: String, metadata: Value, items: Vec<Value>) -> Shelved {
        let created_at = humantime::format_rfc3339_micros(std::time::SystemTime::now()).to_string();
        let batch = Shelved { id, is_refused: false, metadata, created_at, items, asked: 0 };
        self.batches.push(batch.clone());
        batch
    }
}

/// The server, and its shelf.
pub fn serve(item: ItemScript) -> (FaultServer, Arc<Mutex<Shelf>>) {
    serve_beside(item, |_| Answer::error(404, "no such thing"))
}

/// The same with answers to what is asked outside batches.
pub fn serve_beside(
    item: ItemScript,
    ordinary: impl Fn(&Arrival) -> Answer + Send + Sync + 'static,
) -> (FaultServer, Arc<Mutex<Shelf>>) {
    let shelf = Arc::new(Mutex::new(Shelf::default()));
    let shared = Arc::clone(&shelf);
    let server = FaultServer::start(move |arrival| {
        let mut shelf = shared.lock().expect("not poisoned");
        // What was taken is taken before its answer is heard: there is time to go away in between.
        Answer::Later(HEARD_AFTER, Box::new(answer(&mut shelf, arrival, &item, &ordinary)))
    });
    (server, shelf)
}

fn answer(
    shelf: &mut Shelf,
    arrival: &Arrival,
    item: &ItemScript,
    ordinary: &impl Fn(&Arrival) -> Answer,
) -> Answer {
    let path = arrival.path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.trim_start_matches("/v1/").split('/').collect();
    match (arrival.method.as_str(), &parts[..]) {
        ("POST", ["files"]) => {
            let id = format!("file-{}", shelf.files.len());
            shelf.files.insert(id.clone(), lines_of_upload(&arrival.raw));
            Answer::json(200, &json!({"id": id, "object": "file", "purpose": "batch"}))
        }
        ("POST", ["batches"]) => {
            let file = arrival.body["input_file_id"].as_str().expect("a file");
            let items = shelf.files[file].clone();
            let id = format!("batch_{}", shelf.batches.len());
            let busy = shelf.busy;
            let at_work = shelf.batches.iter().filter(|batch| !batch.is_refused && batch.asked <= busy);
            let before: usize = at_work.map(|batch| batch.items.len()).sum();
            let is_refused = shelf.room.is_some_and(|room| before + items.len() > room);
            let made = shelf.add(id, arrival.body["metadata"].clone(), items);
            shelf.batches.last_mut().expect("added").is_refused = is_refused;
            Answer::json(200, &openai(&made, 0))
        }
        ("GET", ["batches"]) => {
            let data: Vec<Value> = shelf.batches.iter().rev().map(|batch| openai(batch, 0)).collect();
            Answer::json(200, &json!({"object": "list", "data": data, "has_more": false}))
        }
        ("GET", ["batches", id]) => {
            let busy = shelf.busy;
            let batch = look(shelf, id);
            Answer::json(200, &openai(batch, busy))
        }
        ("GET", ["files", name, "content"]) => {
            let batch = shelf.batches.iter().find(|batch| format!("out-{}", batch.id) == *name);
            results(batch.expect("a batch"), item, |key, result| match result.get("error") {
                Some(error) => json!({"id": "r", "custom_id": key, "response": null, "error": error}),
                None => json!({"id": "r", "custom_id": key, "error": null,
                    "response": {"status_code": result["status"], "request_id": "q", "body": result["body"]}}),
            })
        }
        ("POST", ["messages", "batches"]) => {
            let items = arrival.body["requests"].as_array().expect("requests").clone();
            if shelf.room.is_some_and(|room| items.len() > room) {
                return Answer::error(413, "request_too_large");
            }
            let id = format!("msgbatch_{}", shelf.batches.len());
            let made = shelf.add(id, Value::Null, items);
            if std::mem::take(&mut shelf.lose_next) {
                return Answer::Reset;
            }
            Answer::json(200, &anthropic(&made, usize::MAX))
        }
        ("GET", ["messages", "batches"]) => {
            let busy = shelf.busy;
            let data: Vec<Value> = shelf.batches.iter().rev().map(|batch| anthropic(batch, busy)).collect();
            Answer::json(200, &json!({"data": data, "has_more": false, "first_id": null, "last_id": null}))
        }
        ("GET", ["messages", "batches", id]) => {
            let busy = shelf.busy;
            let batch = look(shelf, id);
            Answer::json(200, &anthropic(batch, busy))
        }
        ("GET", ["messages", "batches", id, "results"]) => {
            let batch = shelf.batches.iter().find(|batch| batch.id == *id);
            results(batch.expect("a batch"), item, |key, result| match result.get("error") {
                Some(_) => json!({"custom_id": key, "result": {"type": "expired"}}),
                None if result["status"] == 200 => {
                    json!({"custom_id": key, "result": {"type": "succeeded", "message": result["body"]}})
                }
                None => json!({"custom_id": key, "result": {"type": "errored", "error": result["body"]}}),
            })
        }
        _ => ordinary(arrival),
    }
}

fn look<'s>(shelf: &'s mut Shelf, id: &str) -> &'s Shelved {
    let batch = shelf.batches.iter_mut().find(|batch| batch.id == id).expect("a batch");
    batch.asked += 1;
    batch
}

fn openai(batch: &Shelved, busy: usize) -> Value {
    if batch.is_refused {
        let error = json!({"code": "token_limit_exceeded", "message": "Enqueued token limit reached"});
        return json!({"id": batch.id, "object": "batch", "metadata": batch.metadata, "status": "failed",
            "errors": {"object": "list", "data": [error]}});
    }
    let is_done = batch.asked > busy;
    json!({"id": batch.id, "object": "batch", "metadata": batch.metadata,
        "status": if is_done { "completed" } else { "in_progress" },
        "output_file_id": is_done.then(|| format!("out-{}", batch.id)), "error_file_id": null,
        "request_counts": {"total": batch.items.len(), "completed": if is_done { batch.items.len() } else { 0 },
            "failed": 0}})
}

fn anthropic(batch: &Shelved, busy: usize) -> Value {
    let is_done = batch.asked > busy;
    let (done, left) = if is_done { (batch.items.len(), 0) } else { (0, batch.items.len()) };
    json!({"id": batch.id, "type": "message_batch", "created_at": batch.created_at,
        "processing_status": if is_done { "ended" } else { "in_progress" },
        "results_url": "https://elsewhere.example/steal",
        "request_counts": {"processing": left, "succeeded": done, "errored": 0, "canceled": 0, "expired": 0}})
}

/// One line an item, the last first: results come in any order.
fn results(batch: &Shelved, item: &ItemScript, line: impl Fn(&Value, &Value) -> Value) -> Answer {
    let lines = batch.items.iter().rev().map(|wanted| {
        let body = wanted.get("body").or_else(|| wanted.get("params")).unwrap_or(&Value::Null);
        line(&wanted["custom_id"], &item(body)).to_string() + "\n"
    });
    Answer::bytes(200, "application/x-jsonl", lines.collect::<String>())
}

/// The lines of the file in a multipart body.
fn lines_of_upload(raw: &[u8]) -> Vec<Value> {
    let text = String::from_utf8_lossy(raw);
    assert!(text.contains("name=\"purpose\"\r\n\r\nbatch\r\n"), "the purpose is said");
    let objects = text.lines().filter(|line| line.starts_with('{'));
    objects.map(|line| serde_json::from_str(line).expect("JSON")).collect()
}
