//! Characters that can be seen, and those that only change how others are shown.

/// Whether a character shows where it stands, or belongs to one that does (an accent): not what turns the direction of
/// writing, has no width, breaks a line, or is a blank other than the space.
pub fn is_visible(character: char) -> bool {
    let after_another = ['x', character].iter().collect::<String>();
    let shown = after_another.escape_debug().eq(after_another.chars());
    // Letters and marks by their category.
    let blank = matches!(
        character,
        '\u{34f}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{ffa0}'
            | '\u{e0100}'..='\u{e01ef}'
    );
    (shown || matches!(character, '"' | '\'' | '\\')) && !blank
}

/// JSON in which characters that cannot be seen are escaped: whoever reads it on a screen sees all that it says, in the order
/// in which it says it.
pub fn visible_json(value: &serde_json::Value) -> String {
    let json = value.to_string();
    let mut visible = String::with_capacity(json.len());
    let mut units = [0; 2];
    for character in json.chars() {
        if is_visible(character) {
            visible.push(character);
        } else {
            // Only texts hold such characters, and there they may be escaped.
            let units = character.encode_utf16(&mut units);
            visible.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    visible
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_nothing_by_itself_is_not_visible() {
        for character in ['a', '"', '\\', '\u{e9}', '\u{301}', '\u{5c71}', '\u{1f600}'] {
            assert!(is_visible(character), "{character:?}");
        }
        // Blanks by their look alone, among them Hangul's fillers and braille's empty cell.
        for character in
            "\u{a0}\u{34f}\u{115f}\u{1160}\u{2800}\u{3164}\u{ffa0}\u{200b}\u{e000}".chars()
        {
            assert!(!is_visible(character), "{character:?}");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_escaped_and_read_back_as_it_was() {
        let value = serde_json::json!({ "a b": "\u{202e}live\u{200b} \u{e0041}\u{85}\n\"é参\"" });
        let json = visible_json(&value);
        assert_eq!(json, r#"{"a b":"\u202elive\u200b \udb40\udc41\u0085\n\"é参\""}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), value);
    }
}
