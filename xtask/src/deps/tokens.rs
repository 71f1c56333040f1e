//! Rust source as a list of tokens: enough to see which names a file mentions.

use std::{iter::Peekable, str::Chars};

/// A token. Comments, lifetimes and character literals are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// An identifier, keyword or number.
    Word(String),
    /// `::`
    PathSep,
    /// Any other character that is not white space.
    Sign(char),
    /// What stands between the quotes of a string literal.
    Text(String),
}

impl Token {
    /// The identifier or keyword.
    pub fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }

    fn is(&self, sign: char) -> bool {
        *self == Self::Sign(sign)
    }
}

/// The tokens of a source file.
pub fn tokens(source: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = source.chars().peekable();
    while let Some(first) = rest.next() {
        match first {
            '/' if rest.peek() == Some(&'/') => while rest.next().is_some_and(|c| c != '\n') {},
            '/' if rest.peek() == Some(&'*') => skip_block_comment(&mut rest),
            '"' => found.push(Token::Text(string(&mut rest))),
            '\'' => skip_quote(&mut rest),
            ':' if rest.next_if_eq(&':').is_some() => found.push(Token::PathSep),
            c if is_word(c) => {
                let mut word = String::from(c);
                while let Some(next) = rest.next_if(|c| is_word(*c)) {
                    word.push(next);
                }
                let raw = matches!(word.as_str(), "r" | "br" | "cr");
                match raw.then(|| raw_string(&mut rest)).flatten() {
                    Some(text) => found.push(Token::Text(text)),
                    None => found.push(Token::Word(word)),
                }
            }
            c if c.is_whitespace() => {}
            c => found.push(Token::Sign(c)),
        }
    }
    found
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Up to the end of a comment whose `/` has been read; such comments nest.
fn skip_block_comment(rest: &mut Peekable<Chars<'_>>) {
    rest.next();
    let mut depth = 1;
    while depth > 0 {
        match rest.next() {
            Some('*') if rest.next_if_eq(&'/').is_some() => depth -= 1,
            Some('/') if rest.next_if_eq(&'*').is_some() => depth += 1,
            Some(_) => {}
            None => break,
        }
    }
}

/// The rest of a string whose opening quote has been read.
fn string(rest: &mut Peekable<Chars<'_>>) -> String {
    let mut text = String::new();
    while let Some(c) = rest.next().filter(|c| *c != '"') {
        text.push(c);
        if c == '\\' {
            text.extend(rest.next());
        }
    }
    text
}

/// A raw string whose `r` has been read; `None`, with nothing but `#` consumed, if it is not one.
fn raw_string(rest: &mut Peekable<Chars<'_>>) -> Option<String> {
    let mut hashes = 0;
    while rest.next_if_eq(&'#').is_some() {
        hashes += 1;
    }
    rest.next_if_eq(&'"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let mut text = String::new();
    while !text.ends_with(&end) {
        text.push(rest.next()?);
    }
    text.truncate(text.len() - end.len());
    Some(text)
}

/// A character literal or a lifetime whose `'` has been read.
fn skip_quote(rest: &mut Peekable<Chars<'_>>) {
    let escaped = rest.next() == Some('\\');
    if escaped {
        rest.next();
    }
    if !escaped && rest.peek() != Some(&'\'') {
        while rest.next_if(|c| is_word(*c)).is_some() {}
    } else {
        while rest.next().is_some_and(|c| c != '\'') {}
    }
}

/// The tokens without the items that only tests compile: a unit's tests may use what is built on it.
pub fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        match attribute_end(tokens, at) {
            Some(end) if is_test_cfg(&tokens[at..end]) => at = item_end(tokens, end),
            _ => {
                kept.push(tokens[at].clone());
                at += 1;
            }
        }
    }
    kept
}

/// Whether an attribute leaves its item out of every build but the tests'.
fn is_test_cfg(attribute: &[Token]) -> bool {
    let has = |name: &str| attribute.iter().any(|token| token.word() == Some(name));
    has("cfg") && has("test") && !has("not") && !has("any")
}

/// Behind the attribute that begins here, if one does.
fn attribute_end(tokens: &[Token], at: usize) -> Option<usize> {
    let begins = tokens.get(at)?.is('#') && tokens.get(at + 1)?.is('[');
    begins.then(|| group_end(tokens, at + 1))
}

/// Behind the bracket that closes the one here.
pub fn group_end(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(at) {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return index + 1;
        }
    }
    tokens.len()
}

/// Behind the item that begins here, further attributes included.
fn item_end(tokens: &[Token], mut at: usize) -> usize {
    while let Some(end) = attribute_end(tokens, at) {
        at = end;
    }
    while at < tokens.len() {
        match tokens[at] {
            Token::Sign(';') => return at + 1,
            Token::Sign('{') => return group_end(tokens, at),
            Token::Sign('(' | '[') => at = group_end(tokens, at),
            // Of a field, which the end of its struct ends.
            Token::Sign('}') => return at,
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words and the texts, the latter in quotes.
    fn words(tokens: &[Token]) -> Vec<String> {
        let shown = |token: &Token| match token {
            Token::Word(word) => Some(word.clone()),
            Token::Text(text) => Some(format!("\"{text}\"")),
            _ => None,
        };
        tokens.iter().filter_map(shown).collect()
    }

    #[test]
    fn comments_literals_and_lifetimes_hide_nothing() {
        let source = "a // b\n/* c /* d */ e */ f \"g \\\" h\" i '\"' j '\\'' k 'l m '\\u{7f}' n";
        assert_eq!(words(&tokens(source)), ["a", "f", "\"g \\\" h\"", "i", "j", "k", "m", "n"]);
        let raw = "r\"a\\\" b r#\"c \" d\"# e br\"f\" r#type r g";
        assert_eq!(
            words(&tokens(raw)),
            ["\"a\\\"", "b", "\"c \" d\"", "e", "\"f\"", "r", "type", "r", "g"]
        );
    }

    #[test]
    fn paths_are_told_from_types() {
        let path = tokens("a::b: c");
        let expected =
            [Token::Word("a".into()), Token::PathSep, Token::Word("b".into()), Token::Sign(':')];
        assert_eq!(path[..4], expected);
    }

    #[test]
    fn what_only_tests_compile_is_left_out() {
        let kept = |source: &str| words(&without_tests(&tokens(source))).join(" ");
        assert_eq!(kept("a; #[cfg(test)] mod t { b { c } } d"), "a d");
        assert_eq!(kept("#[cfg(test)] #[allow(x)] use a::{b, c}; d"), "d");
        assert_eq!(kept("#[cfg(all(test, feature = \"x\"))] fn a(b: [u8; 4]) -> c { d } e"), "e");
        assert_eq!(kept("struct S { #[cfg(test)] a: b, } c"), "struct S c");
        assert_eq!(kept("#[cfg(not(test))] fn a() {} b"), "cfg not test fn a b");
        assert_eq!(kept("#[cfg(any(test, x))] fn a() {} b"), "cfg any test x fn a b");
    }
}
