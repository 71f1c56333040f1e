//! Characters that can be seen, and those that only change how others are shown.

/// Neither a blank nor one of those that only change how others are shown.
pub fn is_visible(character: char) -> bool {
    let invisible = matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    !(invisible || character.is_control() || character.is_whitespace())
}

/// JSON in which characters that cannot be seen are escaped: whoever reads it on a screen sees all that it says, in the order
/// in which it says it.
pub fn visible_json(value: &serde_json::Value) -> String {
    let json = value.to_string();
    let mut visible = String::with_capacity(json.len());
    let mut units = [0; 2];
    for character in json.chars() {
        if character == ' ' || is_visible(character) {
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
    fn what_cannot_be_seen_is_escaped_and_read_back_as_it_was() {
        let value = serde_json::json!({ "a b": "\u{202e}live\u{200b} \u{e0041}\u{85}\n\"é参\"" });
        let json = visible_json(&value);
        assert_eq!(json, r#"{"a b":"\u202elive\u200b \udb40\udc41\u0085\n\"é参\""}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), value);
    }
}
