//! A run with more transcripts than a browser can hold on one page.

use crate::support::program::Folder;

/// Sessions of one exchange each.
fn sessions(count: usize) -> String {
    let line = |n: usize, speaker: &str, text: &str, order: u32| {
        serde_json::json!({"session": format!("s{n:03}"), "speaker": speaker, "text": text, "order": order})
            .to_string()
            + "\n"
    };
    let session = |n: usize| {
        line(n, "thinker", &format!("I gave talk number {n} and my hands shook."), 1)
            + &line(n, "helper", "What did the shaking hands tell you about yourself?", 2)
    };
    (1..=count).map(session).collect()
}

const EXPERIMENT: &str = "
models: [{id: warm, model: baseline/warm}]
prompts: [{id: p, file: 'builtin:helpert-brief'}]
sessions:
  - id: talks
    path: talks.jsonl
    format: jsonl
    columns: {session: session, speaker: speaker, text: text, order: order}
    roles: {client: [thinker], counselor: [helper]}
    counselor: human
    client: human
    language: en
    licence: invented
    public: true
    synthetic: true
matrix: {include: [{model: warm}]}
judges: [{id: scripted, model: baseline/judge}]
rubric: {file: 'builtin:ctrs', items: [agenda]}
run: {name: talks, bootstrap: 100}
";

#[test]
fn transcripts_of_a_large_run_are_on_pages_that_lead_to_each_other() {
    let folder = Folder::empty().file("talks.jsonl", sessions(120)).file("e.yaml", EXPERIMENT);
    folder.words("run e.yaml").ends(0);
    let run = folder.run();
    let pages = || -> Vec<String> {
        let names = folder.names(run.to_str().unwrap());
        names.into_iter().filter(|name| name.contains("-transcripts-")).collect()
    };
    let names = pages();
    let [first, second] = &names[..] else { panic!("{names:?}") };
    let report = folder.of_run("report.html");
    for (page, line) in [
        (first, "<bdi>s001</bdi> to <bdi>s100</bdi></a> <small>100 recorded sessions, 200 sessions"),
        (second, "<bdi>s101</bdi> to <bdi>s120</bdi></a>"),
    ] {
        assert!(report.contains(&format!("<a href=\"{page}\">{line}")), "{line}");
    }
    assert!(!report.contains("my hands shook"), "transcripts are elsewhere");
    let (one, two) = (folder.of_run(first), folder.of_run(second));
    assert!(one.contains("I gave talk number 100 ") && !one.contains("I gave talk number 101 "));
    assert!(two.contains("I gave talk number 101 ") && !two.contains("I gave talk number 100 "));
    assert!(one.contains(&format!("<a href=\"{second}\" rel=\"next\">")) && !one.contains("rel=\"prev\""));
    assert!(two.contains(&format!("<a href=\"{first}\" rel=\"prev\">")) && !two.contains("rel=\"next\""));
    assert!(one.contains("<a href=\"report.html\">"));
    assert!(one.contains("demonstration: invented "), "marked wherever it appears");

    // The same again, without what an earlier version left.
    let left = first.replace("-001.", "-007.");
    std::fs::write(run.join(&left), "old").unwrap();
    folder.words("report latest").ends(0);
    assert_eq!(pages(), names);
    assert_eq!((folder.of_run("report.html"), folder.of_run(first)), (report.clone(), one));

    // A copy takes its pages along, under the name they lead back to.
    std::fs::create_dir(folder.path("out")).unwrap();
    folder.words("run e.yaml -o out/report.html").ends(0);
    assert_eq!(folder.read("out/report.html"), report);
    assert_eq!(folder.read(std::path::Path::new("out").join(second)), two);
    let said = folder.words("run e.yaml -o out/other.html").fails(2);
    assert!(said.contains("out/other.html: the transcripts of this run are too many for one page"), "{said}");

    let forgotten = folder.words("forget s001").ends(0);
    assert!(forgotten.stdout.contains("forgotten: "), "{forgotten}");
    assert_eq!(pages(), [""; 0]);
}
