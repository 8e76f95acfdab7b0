//! Text on its way into GitHub's Markdown, <https://github.github.com/gfm/>, where it has to
//! come out as the text that it is.

use crate::report::text::visible;

/// `raw` for a paragraph or a cell of a table, anywhere but at the start of a line.
///
/// What could be markup, or end a cell, becomes a character reference, which the grammar
/// takes for text. In what comes out of that GitHub looks for mentions, mail addresses, issue
/// numbers and emoji, so that an empty comment parts their signs from what follows. Against
/// dollar signs as mathematics its documentation has a `span`.
pub(super) fn text(raw: &str) -> String {
    let shown = visible(raw);
    let mut escaped = String::new();
    for (at, c) in shown.char_indices() {
        let rest = shown.get(at + c.len_utf8()..).unwrap_or_default();
        // Only the nearest three: all that stands before it would be read again at each dot.
        let before = at.checked_sub(3).and_then(|from| shown.get(from..at));
        match c {
            '@' | '#' => escaped.push_str(&format!("{}<!-- -->", reference(c))),
            '$' => escaped.push_str("<span>$</span>"),
            ':' if rest.starts_with('/') => escaped.push_str(&reference(c)),
            ':' if is_emoji(rest) => escaped.push_str(":<!-- -->"),
            '.' if before.is_some_and(|before| before.eq_ignore_ascii_case("www")) => {
                escaped.push_str(&reference(c));
            }
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '&' | '!' | '|' | '~'
            | '"' => escaped.push_str(&reference(c)),
            c => escaped.push(c),
        }
    }
    escaped
}

fn reference(c: char) -> String {
    format!("&#{};", u32::from(c))
}

/// Whether a colon before `rest` could start the name of an emoji.
fn is_emoji(rest: &str) -> bool {
    let named = |c: char| c.is_ascii_alphanumeric() || "_+-".contains(c);
    let end = rest.trim_start_matches(named);
    end.len() < rest.len() && end.starts_with(':')
}

/// `raw` in the typeface of code.
pub(super) fn code(raw: &str) -> String {
    format!("<code>{}</code>", text(raw))
}

/// `commands`, whose names have been made visible, as a block of code.
pub(super) fn block(language: &str, commands: &str) -> String {
    let mut longest = 2;
    let mut run = 0;
    for c in commands.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    format!("{fence}{language}\n{commands}\n{fence}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader sees: comments and tags gone, references read.
    fn seen(escaped: &str) -> String {
        let mut text = escaped.replace("<!-- -->", "");
        for tag in ["<span>", "</span>", "<code>", "</code>"] {
            text = text.replace(tag, "");
        }
        for code in 33..127_u8 {
            text = text.replace(&format!("&#{code};"), &char::from(code).to_string());
        }
        text
    }

    /// Were everything before each dot read again, this would not end within an hour.
    #[test]
    fn two_million_dots_are_escaped_all_the_same() {
        let dots = ".".repeat(2_000_000);
        assert_eq!(text(&dots), dots);
        assert_eq!(text("see WwW.evil.example"), "see WwW&#46;evil.example");
        assert_eq!(text("éww.évw.www."), "éww.évw.www&#46;");
    }

    #[test]
    fn text_comes_out_as_it_is_and_is_no_markup() {
        for raw in [
            "a|b",
            "`id`",
            "*b*",
            "__b__",
            "~~s~~",
            "[a](https://evil.example)",
            "![a](b)",
            "<script>alert(1)</script>",
            "</code></details>",
            "&lt;",
            "\\|",
            "www.evil.example",
            "WWW.evil.example",
            "https://evil.example",
            "mail a@evil.example",
            "@octocat",
            "owner/repo#1",
            "#1",
            ":smile:",
            "arn:aws:s3:::b",
            "$x$",
            "\"q\"",
            "plain text, x.y",
        ] {
            let escaped = text(raw);
            assert_eq!(seen(&escaped), raw);
            let bare = escaped
                .replace("<!-- -->", "\0")
                .replace("<span>$</span>", "");
            let markup = [
                '|', '`', '*', '_', '~', '[', ']', '<', '>', '!', '\\', '"', '$', '@',
            ];
            assert!(!bare.contains(markup), "{escaped}");
            for link in ["://", "www.", "WWW.", ":smile:", "#1"] {
                assert!(!bare.replace("&#", "&").contains(link), "{escaped}");
            }
        }
    }

    #[test]
    fn a_line_break_makes_no_line() {
        assert_eq!(text("a\n# b\r"), "a&#92;n&#35;<!-- --> b&#92;r");
    }

    #[test]
    fn no_command_ends_its_block() {
        let commands = "aws x --y '```'\n````\nrm";
        let block = block("sh", commands);
        assert!(block.starts_with("`````sh\n"), "{block}");
        assert!(block.ends_with("\n`````\n\n"), "{block}");
    }
}
