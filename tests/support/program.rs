//! The real program in a folder of its own: what goes in, and exit code, stdout and stderr that come out.

use std::{
    collections::HashSet,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::OnceLock,
};

use tempfile::TempDir;

/// The sessions that the quickstart is made of.
const SYNTHETIC: &str = include_str!("../../configs/synthetic/sessions.jsonl");

/// The quickstart, small: one session under one condition, one item, no ratings.
pub const SMALL: [&str; 12] = [
    "builtin:quickstart",
    "--limit",
    "1",
    "--filter-models",
    "warm",
    "--filter-prompts",
    "helpert",
    "--filter-items",
    "agenda",
    "--set",
    "ratings=[]",
    "--set",
];
/// What follows [`SMALL`].
pub const FEW_RESAMPLES: &str = "run.bootstrap=100";

/// A folder that goes away with the test.
pub struct Folder(TempDir);

impl Folder {
    /// With nothing in it.
    pub fn empty() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    /// With one more file.
    pub fn file(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a file in the folder")).expect("a folder");
        std::fs::write(path, bytes).expect("written");
        self
    }

    /// Where a file is.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(name)
    }

    /// A file's text.
    pub fn read(&self, name: impl AsRef<Path>) -> String {
        let path = self.path(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Names in a folder, sorted.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.path(folder)) else { return Vec::new() };
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("an entry").file_name();
        let mut names: Vec<String> =
            entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The one run in it.
    pub fn run(&self) -> PathBuf {
        let runs: Vec<String> =
            self.names("runs").into_iter().filter(|name| !name.starts_with("ledger.db")).collect();
        assert_eq!(runs.len(), 1, "one run: {runs:?}");
        self.path("runs").join(&runs[0])
    }

    /// Takes back that the one run is finished, so that it is made again from the ledger.
    pub fn reopen(&self) {
        std::fs::remove_file(self.run().join("finished.json")).expect("the run was finished");
    }

    /// A text file of the one run.
    pub fn of_run(&self, name: &str) -> String {
        self.read(self.run().join(name))
    }

    /// A JSON file of the one run.
    pub fn json_of_run(&self, name: &str) -> serde_json::Value {
        serde_json::from_str(&self.of_run(name)).expect("JSON")
    }

    /// The records of a JSONL file of the one run, without its first line.
    pub fn lines_of_run(&self, name: &str) -> Vec<serde_json::Value> {
        let text = self.of_run(name);
        text.lines().skip(1).map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// The rows of a CSV file of the one run, each by column.
    pub fn rows_of_run(&self, name: &str) -> Vec<Row> {
        rows(&self.of_run(name))
    }

    /// The program, to be run in this folder, without any variable of the test's environment.
    pub fn corater<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Call {
        let mut command = Command::new(env!("CARGO_BIN_EXE_corater"));
        command.args(arguments).current_dir(self.0.path()).env_clear();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Call(command)
    }

    /// The program with arguments that hold no spaces.
    pub fn words(&self, line: &str) -> Call {
        self.corater(line.split_whitespace())
    }

    /// A verb over the small quickstart.
    pub fn small(&self, verb: &str) -> Call {
        self.words(verb).more(SMALL).more([FEW_RESAMPLES])
    }
}

/// One row of a table.
pub type Row = std::collections::BTreeMap<String, String>;

/// The rows of a CSV text.
pub fn rows(text: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

/// The program about to be run.
#[must_use]
pub struct Call(Command);

impl Call {
    /// With more arguments.
    pub fn more<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.0.args(arguments);
        self
    }

    /// With a variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    /// Runs it to its end.
    pub fn ended(mut self) -> Ended {
        Ended::of(self.0.output().expect("the program starts"))
    }

    /// Runs it: it must succeed and say nothing on stderr. What it prints.
    pub fn prints(self) -> String {
        let ended = self.ended();
        assert!(ended.code == Some(0) && ended.stderr.is_empty(), "{ended}");
        ended.stdout
    }

    /// Runs it: it must fail with this code and print nothing. What it says on stderr.
    pub fn fails(self, code: i32) -> String {
        let ended = self.ended();
        assert!(ended.code == Some(code) && ended.stdout.is_empty(), "{ended}");
        ended.stderr
    }

    /// Runs it: it must end with this code, whatever it says.
    pub fn ends(self, code: i32) -> Ended {
        let ended = self.ended();
        assert_eq!(ended.code, Some(code), "{ended}");
        ended
    }

    /// The command itself, for tests that arrange its streams.
    pub fn into_command(self) -> Command {
        self.0
    }

    /// Starts it.
    pub fn start(mut self) -> Child {
        self.0.spawn().expect("the program starts")
    }
}

/// What the program came to. Whatever the test, stderr holds no panic and no text of a session.
pub struct Ended {
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Data.
    pub stdout: String,
    /// Everything else.
    pub stderr: String,
}

impl Ended {
    /// Of a program that has ended.
    pub fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let ended =
            Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
        assert!(!ended.stderr.contains("panicked at"), "{ended}");
        assert!(!ended.stderr.contains("this is a fault of corater"), "{ended}");
        let stretches = stretches(&ended.stderr);
        let quoted = stretches.iter().find(|stretch| of_sessions().contains(*stretch));
        assert_eq!(quoted, None, "text of a session on stderr: {ended}");
        ended
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let code = self.code.map_or("by a signal".to_owned(), |code| code.to_string());
        write!(f, "exit {code}\n--- stdout\n{}--- stderr\n{}", self.stdout, self.stderr)
    }
}

/// Five words in a row, of the sessions that are embedded in the program.
fn of_sessions() -> &'static HashSet<String> {
    static STRETCHES: OnceLock<HashSet<String>> = OnceLock::new();
    STRETCHES.get_or_init(|| {
        let message = |line: &str| -> serde_json::Value { serde_json::from_str(line).expect("JSON") };
        SYNTHETIC.lines().flat_map(|line| stretches(message(line)["text"].as_str().expect("text"))).collect()
    })
}

/// Every five words in a row, folded.
pub fn stretches(text: &str) -> HashSet<String> {
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.windows(5).map(|five| five.join(" ")).collect()
}

/// With the digits of run names masked: they change with every prompt and rubric.
pub fn without_digits(text: &str) -> String {
    let digits = regex_lite::Regex::new("-[0-9a-f]{8}\\b").expect("a pattern");
    digits.replace_all(text, "-[plan]").into_owned()
}
