//! Tables of every dialect are read as they were meant, with the lines they have.

use super::*;

fn rows(text: &str, options: &TableOptions) -> Vec<Result<(usize, String), (usize, String)>> {
    let mut rows = Rows::open("t.csv", text, options, Contents::Names).expect("a header");
    let mut found = Vec::new();
    while let Some(row) = rows.next() {
        found.push(match row {
            Ok(row) => Ok((row.line, row.field(0).to_owned())),
            Err((line, problem)) => Err((line, problem.message)),
        });
    }
    found
}

fn missing(text: &str, options: &TableOptions, contents: Contents, columns: &[&str]) -> Problem {
    let rows = Rows::open("t.csv", text, options, contents).expect("a header");
    let mut finder = rows.finder();
    for column in columns {
        finder.column(column);
    }
    finder.problems().remove(0)
}

#[test]
fn lines_are_true_after_blank_lines_quoted_breaks_and_carriage_returns() {
    let text = "\u{feff}a,b\r\n\r\n1,x\r\n\"2\n2\",x\r\n3\r\n\n\n4,x\n";
    assert_eq!(
        rows(text, &TableOptions::default()),
        [
            Ok((3, "1".into())),
            Ok((4, "2\n2".into())),
            Err((6, "1 field, expected 2 as in the header".into())),
            Ok((9, "4".into())),
        ]
    );
}

#[test]
fn rows_and_columns_without_a_value_are_none() {
    let text = ",,\na,b,\n1,x,\n,,\n , ,\n2,y,,,\n3,z,,more\n,,,,,\n";
    let found = rows(text, &TableOptions::default());
    assert_eq!(
        found,
        [Ok((3, "1".into())), Ok((6, "2".into())), Err((7, "4 fields, expected 3 as in the header".into()))]
    );
}

#[test]
fn what_stands_above_and_below_the_header_is_declared() {
    let text = "Export of May\nby: A, B\nid,score\n{\"x\": 1},{}\ns1,3\n";
    let options =
        TableOptions { header_row: Some(3), skip_rows: 1, quote: QuoteRule::None, ..TableOptions::default() };
    assert_eq!(rows(text, &options), [Ok((5, "s1".into()))]);
    let hint = missing(
        "Export of May\n\nid,score\ns1,3\n",
        &TableOptions::default(),
        Contents::Names,
        &["id", "score"],
    );
    assert_eq!(hint.message, "no column \"id\", \"score\"; columns found: \"Export of May\"");
    assert!(hint.hint.expect("one").contains("header_row: 3"));
    assert_eq!(rows("sep=,\nid\ns1\n", &TableOptions::default()), [Ok((3, "s1".into()))]);
    let other = Rows::open("t.csv", "sep=;\nid;x\n", &TableOptions::default(), Contents::Names).err();
    assert!(other.and_then(|problem| problem.hint).is_some_and(|hint| hint.contains("delimiter: semicolon")));
    let options = TableOptions { header_row: Some(9), ..TableOptions::default() };
    assert!(Rows::open("t.csv", "id\n", &options, Contents::Names).is_err());
}

#[test]
fn a_file_without_quoting_is_read_as_it_is() {
    let options = TableOptions { quote: QuoteRule::None, delimiter: '\t', ..TableOptions::default() };
    let text = "a\tb\n1\t\"okay\n2\tand \"then\"\n";
    assert_eq!(rows(text, &options), [Ok((2, "1".into())), Ok((3, "2".into()))]);
    let options = TableOptions { quote: QuoteRule::Backslash, ..TableOptions::default() };
    assert_eq!(rows("a,b\n\"x \\\"y\\\"\",1\n", &options), [Ok((2, "x \"y\"".into()))]);
}

#[test]
fn a_wrong_delimiter_is_named_with_the_one_that_fits() {
    let problem = missing("id;score\ns1;3,5\n", &TableOptions::default(), Contents::Names, &["id", "score"]);
    assert!(problem.hint.expect("one").contains("delimiter: semicolon"));
    let quoted = "\"id\";\"score\"\n\"s1\";3\n";
    let problem =
        Rows::open("t.csv", quoted, &TableOptions::default(), Contents::Names).err().expect("refused");
    assert!(problem.hint.expect("one").contains("delimiter: semicolon"), "{}", problem.message);
}

#[test]
fn a_missing_column_lists_the_columns_found() {
    let problem =
        missing("id,I lost my job last week\n", &TableOptions::default(), Contents::Speech, &["score"]);
    assert_eq!(
        problem.to_string(),
        "t.csv:1: no column \"score\"; columns found: \"id\", a text of 23 characters"
    );
    let named = missing("ID ,Dr. Anna Weiß\n", &TableOptions::default(), Contents::Names, &["id"]);
    assert_eq!(named.message, "no column \"id\"; columns found: \"ID \", \"Dr. Anna Weiß\"");
    assert_eq!(named.hint.as_deref(), Some("column names are compared exactly; there is \"ID \""));
    let doubled = missing("id,id\n", &TableOptions::default(), Contents::Names, &["id"]);
    assert_eq!(doubled.message, "column \"id\" is there twice");
    let empty = TableOptions::default();
    assert!(Rows::open("t.csv", "", &empty, Contents::Names).is_err());
    let odd = TableOptions { delimiter: 'é', ..TableOptions::default() };
    assert!(Rows::open("t.csv", "a", &odd, Contents::Names).is_err());
}
