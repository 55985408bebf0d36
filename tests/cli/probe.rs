//! `probe` as it is typed: without a server, with slips, with texts of one's own.

use crate::support::program::Folder;

const QUICK: &str =
    "probe builtin:quickstart --sessions 3 --items agenda --set run.bootstrap=100 --display none";

fn folder_of(folder: &Folder) -> String {
    let names: Vec<String> =
        folder.names("runs").into_iter().filter(|name| name.starts_with("quickstart-probe-")).collect();
    assert_eq!(names.len(), 1, "{names:?}");
    format!("runs/{}", names[0])
}

#[test]
fn the_baseline_judge_is_probed_without_a_server_and_says_what_it_is() {
    let folder = Folder::empty();
    let ended = folder.words(QUICK).more(["-o", "mine.csv"]).ends(0);
    for said in [
        "cannot show that there is none",
        "baseline-judge is a baseline, not a language model",
        "order of items does not apply",
        "a baseline guesses nothing",
        "validated by nobody",
    ] {
        let flat = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(said), "{said}\n{ended}");
    }
    let own = folder_of(&folder);
    assert_eq!(folder.read("mine.csv"), folder.read(format!("{own}/estimates.csv")));
    let html = folder.read(format!("{own}/report.html"));
    assert!(!html.contains("http://") && !html.contains("https://") && !html.contains("NaN"));
    // The terminal, the report and the answers hold figures; only sessions.jsonl holds words of sessions.
    let sessions = folder.read(format!("{own}/sessions.jsonl"));
    assert!(sessions.contains("\"arm\":\"original\"") && sessions.contains("probe.forged_end"));
    let stale = folder.words("report latest").fails(2);
    assert!(stale.contains("no run"), "a probe is no run: {stale}");
}

#[test]
fn reconstructions_of_a_run_join_where_arms_are_compared() {
    let folder = Folder::empty();
    let narrow = "--filter-models warm --filter-prompts helpert --set run.bootstrap=100 --display none";
    folder.words(&format!("run builtin:quickstart --filter-items agenda {narrow}")).ends(0);
    let probe = format!(
        "probe builtin:quickstart --sessions 6 --items agenda --probes verbosity --run latest {narrow}"
    );
    let printed = folder.words(&probe).ends(0).stdout;
    assert!(printed.contains("warm.helpert.replay - original:"), "{printed}");
    assert!(printed.contains("at equal length"), "{printed}");
    let missing = folder.words(&probe.replace("latest", "nothing")).fails(2);
    assert!(missing.contains("no run \"nothing\""), "{missing}");
}

#[test]
fn slips_are_named_before_anything_is_asked() {
    let folder = Folder::empty();
    for (more, said) in [
        ("--probes injektion", "injection"),
        ("--items agend", "did you mean `agenda`?"),
        ("--sessions 0", "probes"),
        ("--set judges=[] --set flags=null", "no judge"),
        ("--batch", "not asked in batches"),
        ("--set probes.limits.injection_move=0.1", "injection_moved"),
        ("--texts missing.yaml", "no such file"),
    ] {
        let stderr = folder.words(&format!("probe builtin:quickstart {more}")).fails(2);
        assert!(stderr.contains(said), "{more}: {stderr}");
    }
    assert_eq!(folder.names("runs").len(), 0);
}

#[test]
fn texts_of_ones_own_are_used_and_checked() {
    let folder = Folder::empty();
    folder.words("init").ends(0);
    let texts = folder.read("rubrics/probes.yaml");
    let own = texts.replace("id: flattery", "id: my_own_praise");
    let folder = folder.file("mine.yaml", &own);
    let printed = folder.words(&format!("{QUICK} --probes injection --texts mine.yaml")).ends(0).stdout;
    assert!(printed.contains("my_own_praise") && !printed.contains("flattery"), "{printed}");
    for (from, to, said) in [
        ("[[work]]\n", "work\n", "`[[work]]` stands in it 0 times"),
        ("id: flattery", "id: authority", "the id is taken"),
        ("id: flattery", "id: padded", "the id is taken"),
        ("{{ item.name }}", "{{ item.nam }}", "item.nam"),
        ("demands: lowest", "demands: middle", "demands"),
        ("format: corater-probes/1", "format: corater-probes/9", "does not read the file's format"),
        ("{{ transcript }}\n\n  How likely", "\n\n  How likely", "never names `transcript`"),
    ] {
        assert!(texts.contains(from), "{from}");
        let broken = Folder::empty().file("broken.yaml", texts.replacen(from, to, 1));
        let stderr = broken.words(&format!("{QUICK} --texts broken.yaml")).fails(2);
        assert!(stderr.contains(said) && stderr.contains("broken.yaml"), "{to}: {stderr}");
    }
}
