//! Where in the text a mistake is.

use serde_json::error::Category;

use super::Mistake;
use super::read::Step;

/// A mistake in the JSON itself.
pub(super) fn syntax(text: &str, error: &serde_json::Error) -> Mistake {
    if error.classify() == Category::Eof {
        return Mistake {
            position: text.chars().count() + 1,
            reason: "the JSON stops too early".to_owned(),
        };
    }
    let before: usize = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum();
    let end = before + error.column();
    let said = error.to_string();
    let reason = said
        .rsplit_once(" at line ")
        .map_or(&*said, |(what, _)| what);
    Mistake {
        position: characters_before(text, end).max(1),
        reason: reason.to_owned(),
    }
}

/// The characters that start before this byte.
fn characters_before(text: &str, end: usize) -> usize {
    text.char_indices().take_while(|(at, _)| *at < end).count()
}

/// The position, counted from 1, of what the path leads to, in text that is JSON.
pub(super) fn position(text: &str, path: &[Step]) -> usize {
    let mut reader = Reader {
        characters: text.chars().collect(),
        at: 0,
    };
    reader.blanks();
    for step in path {
        match step {
            Step::Key(key) => reader.enter_key(key),
            Step::Index(index) => reader.enter_index(*index),
        }
    }
    reader.at + 1
}

/// Steps through text that is known to be JSON.
struct Reader {
    characters: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    /// Goes to the value of the last member of that name: the one that counts.
    fn enter_key(&mut self, wanted: &str) {
        let mut place = self.at;
        self.at += 1;
        self.blanks();
        while self.peek() == Some('"') {
            let start = self.at;
            self.value();
            let written: String = self
                .characters
                .get(start..self.at)
                .into_iter()
                .flatten()
                .collect();
            self.blanks();
            self.at += 1;
            self.blanks();
            if serde_json::from_str::<String>(&written).is_ok_and(|key| key == wanted) {
                place = self.at;
            }
            self.value();
            self.comma();
        }
        self.at = place;
    }

    fn enter_index(&mut self, index: usize) {
        self.at += 1;
        self.blanks();
        for _ in 0..index {
            self.value();
            self.comma();
        }
    }

    fn comma(&mut self) {
        self.blanks();
        if self.peek() == Some(',') {
            self.at += 1;
            self.blanks();
        }
    }

    /// Goes behind a value: at the end of its text, or where its brackets are closed.
    fn value(&mut self) {
        let mut depth = 0_usize;
        while let Some(next) = self.peek() {
            match next {
                '"' => self.text(),
                '{' | '[' => depth += 1,
                '}' | ']' if depth == 0 => return,
                '}' | ']' => depth -= 1,
                ',' | ':' if depth == 0 => return,
                _ => {}
            }
            self.at += 1;
            if depth == 0 && matches!(next, '"' | '}' | ']') {
                return;
            }
        }
    }

    /// Goes to the quotation mark that closes a text.
    fn text(&mut self) {
        self.at += 1;
        while let Some(next) = self.peek() {
            match next {
                '"' => return,
                '\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
    }
}
