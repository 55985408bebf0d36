//! A table for people: title, columns, rows and notes, written as text or as Markdown.

/// Maximum width of the terminal summary, in characters.
pub(super) const WIDTH: usize = 100;

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grid {
    pub(super) title: String,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    /// Lines below the table.
    pub(super) notes: Vec<String>,
}

impl Grid {
    /// An empty table.
    pub(super) fn new(title: &str, columns: &[&str]) -> Self {
        Self {
            title: title.to_owned(),
            columns: columns.iter().map(|c| (*c).to_owned()).collect(),
            rows: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Aligned columns, the first to the left, the others to the right. If the table would be too wide, columns with
    /// long names get letters that are explained below it, and remaining columns continue in further blocks. A table
    /// without rows is its title and its notes.
    pub(super) fn text(&self) -> String {
        let mut out = wrap(&self.title, "  ");
        let mut notes = Vec::new();
        if !self.rows.is_empty() {
            notes = self.push_blocks(&mut out);
        }
        for note in notes.iter().chain(&self.notes) {
            out.push_str(&wrap(note, "  "));
        }
        out
    }

    /// Appends header and rows; returns explanations of lettered columns.
    fn push_blocks(&self, out: &mut String) -> Vec<String> {
        let (columns, legend) = self.fitting_columns();
        let widths = self.widths(&columns);
        for block in blocks(&widths) {
            let pick = |cells: &[String]| -> Vec<String> {
                block.iter().map(|&i| cells.get(i).cloned().unwrap_or_default()).collect()
            };
            let widths: Vec<usize> = block.iter().map(|&i| widths[i]).collect();
            push_line(out, &pick(&columns), &widths);
            let rule: usize = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
            out.push_str(&"-".repeat(rule));
            out.push('\n');
            for row in &self.rows {
                push_line(out, &pick(row), &widths);
            }
        }
        legend
    }

    fn widths(&self, columns: &[String]) -> Vec<usize> {
        (0..columns.len())
            .map(|i| {
                let cells = self.rows.iter().filter_map(|row| row.get(i)).map(|cell| length(cell));
                cells.chain([length(&columns[i])]).max().unwrap_or(0)
            })
            .collect()
    }

    /// A Markdown table.
    pub(super) fn markdown(&self) -> String {
        let escaped = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| escape(cell)).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let mut out = format!("## {}\n\n{}", escape(&self.title), escaped(&self.columns));
        let rule: Vec<&str> = (0..self.columns.len()).map(|i| if i == 0 { ":--" } else { "--:" }).collect();
        push(&mut out, &format!("| {} |", rule.join(" | ")));
        self.rows.iter().for_each(|row| out.push_str(&escaped(row)));
        for note in &self.notes {
            push(&mut out, &format!("\n{}", escape(note)));
        }
        out
    }

    fn fitting_columns(&self) -> (Vec<String>, Vec<String>) {
        if blocks(&self.widths(&self.columns)).len() == 1 {
            return (self.columns.clone(), Vec::new());
        }
        let mut legend = Vec::new();
        let columns = self
            .columns
            .iter()
            .enumerate()
            .map(|(i, name)| {
                if i == 0 || length(name) <= 12 {
                    return name.clone();
                }
                let letter = format!("[{i}]");
                legend.push(format!("{letter} {name}"));
                letter
            })
            .collect();
        (columns, legend)
    }
}

/// Packs columns into blocks of at most [`WIDTH`] characters, each starting with the first column.
fn blocks(widths: &[usize]) -> Vec<Vec<usize>> {
    let first = widths.first().copied().unwrap_or(0);
    let mut blocks = vec![vec![0]];
    let mut used = first;
    for (i, width) in widths.iter().enumerate().skip(1) {
        let full = used + 2 + width > WIDTH;
        match blocks.last_mut() {
            Some(block) if !full || block.len() == 1 => block.push(i),
            _ => {
                blocks.push(vec![0, i]);
                used = first;
            }
        }
        used += 2 + width;
    }
    blocks
}

fn length(text: &str) -> usize {
    text.chars().count()
}

fn push_line(out: &mut String, cells: &[String], widths: &[usize]) {
    let padded = cells.iter().zip(widths).enumerate().map(|(i, (cell, &width))| {
        let space = " ".repeat(width.saturating_sub(length(cell)));
        if i == 0 { format!("{cell}{space}") } else { format!("{space}{cell}") }
    });
    let line = padded.collect::<Vec<_>>().join("  ");
    out.push_str(line.trim_end());
    out.push('\n');
}

/// Appends one line.
pub(super) fn push(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}

/// The words of a paragraph in lines of at most [`WIDTH`] characters, further lines indented.
pub(super) fn wrap(text: &str, indent: &str) -> String {
    let mut out = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        if used > 0 && used + 1 + length(word) > WIDTH {
            out.push('\n');
            out.push_str(indent);
            used = length(indent);
        } else if used > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += length(word);
    }
    out.push('\n');
    out
}

/// Escapes text for Markdown, because ids come from other people's files.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '#' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut grid = Grid::new("Scores", &["item", "mean"]);
        grid.rows.push(vec!["agenda".into(), "2.40".into()]);
        grid.notes.push("n = 3".into());
        assert_eq!(grid.text(), "Scores\nitem    mean\n------------\nagenda  2.40\nn = 3\n");
        assert_eq!(
            grid.markdown(),
            "## Scores\n\n| item | mean |\n| :-- | --: |\n| agenda | 2.40 |\n\nn = 3\n"
        );
    }

    #[test]
    fn long_column_names_move_below() {
        let long = "a-very-long-model-name.and-a-prompt.replay";
        let mut grid = Grid::new("Scores", &["item", long, long, long]);
        grid.rows.push(vec!["a".into(), "1".into(), "2".into(), "3".into()]);
        assert!(grid.text().lines().all(|line| line.chars().count() <= WIDTH));
        assert!(grid.text().contains(&format!("[2] {long}")));
    }

    #[test]
    fn what_does_not_fit_continues_below() {
        let mut grid = Grid::new("Scores", &["item"]);
        grid.columns.extend((0..20).map(|i| format!("column {i}")));
        grid.rows.push(grid.columns.clone());
        let text = grid.text();
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert_eq!(text.matches("item").count(), 2 * text.matches("---\n").count());
    }

    #[test]
    fn ids_cannot_forge_markup() {
        assert_eq!(escape("<b>|x\n"), "&lt;b&gt;\\|x ");
    }

    #[test]
    fn long_sentences_are_wrapped() {
        let text = wrap(&"word ".repeat(60), "  ");
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH));
        assert!(text.lines().nth(1).is_some_and(|line| line.starts_with("  word")));
    }
}
