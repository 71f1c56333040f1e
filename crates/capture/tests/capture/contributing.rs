//! What CONTRIBUTING.md shows is what is in the files.

use std::path::Path;

/// In the place of a file.
const COMMANDS: &str = "";

/// The examples: a file, and lines of it. Commands are of no file.
fn examples(document: &str) -> Vec<(&str, Vec<&str>)> {
    let mut examples = Vec::new();
    let mut open: Option<(&str, Vec<&str>)> = None;
    for line in document.lines() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(_), Some(example)) => examples.push(example),
            (Some(fence), None) => {
                let (_language, file) = fence.split_once(' ').unwrap_or((fence, COMMANDS));
                assert!(file != COMMANDS || fence == "text", "{fence}: of which file?");
                open = Some((file, Vec::new()));
            }
            (None, Some((file, mut lines))) => {
                lines.push(line);
                open = Some((file, lines));
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "an example has no end");
    examples.retain(|(file, _)| *file != COMMANDS);
    examples
}

#[test]
fn every_line_shown_is_a_line_of_its_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let document = std::fs::read_to_string(root.join("CONTRIBUTING.md")).expect("it is there");
    let examples = examples(&document);
    assert!(examples.len() >= 4, "{}", examples.len());
    for (file, lines) in examples {
        let text = std::fs::read_to_string(root.join(file)).expect(file);
        let present: Vec<_> = text.lines().collect();
        for line in lines {
            assert!(present.contains(&line), "{file} has no line {line:?}");
        }
    }
}
