//! Remedies with the names of a finding filled in, safe to paste into a shell.

use serde_json::Value;

use super::text::visible;
use crate::finding::{Finding, GLOBAL};
use crate::snapshot::arn;

/// What the AWS CLI takes for an option when a word starts with it, or for the place to read
/// the value from. No name in AWS does.
const MEANT_OTHERWISE: &[&str] = &["-", "file://", "fileb://", "http://", "https://"];

/// Fills the placeholders of `template`, a POSIX shell command: `{trail}`, `{bucket}`,
/// `{log_group}`, `{key}`, `{arn}`, `{region}`, `{account}` and `{partition}` from what the
/// finding is about, any other `{name}` from its evidence (strings and numbers).
///
/// Every value is quoted for the place it stands in: bare, in single quotes (and there
/// inside a JSON string or not), or in double quotes. A placeholder without a value becomes
/// `<name>`, quoted, because a bare `<` would redirect. Braces that hold anything
/// but a lower-case name (JSON, shorthand syntax, `${variable}`) stay.
pub fn fill(template: &str, finding: &Finding) -> String {
    fill_with(template, |name| value(name, finding))
}

/// The shell command `template` for a reader to fill in: with `<name>`, quoted, for each
/// placeholder.
pub fn outline(template: &str) -> String {
    fill_with(template, |_| None)
}

/// The Terraform or CloudFormation text `template` for a reader to fill in: with `<name>`
/// for each placeholder.
pub fn outline_document(template: &str) -> String {
    let mut outlined = String::new();
    let mut rest = template;
    while let Some((before, from)) = rest.find('{').and_then(|at| rest.split_at_checked(at)) {
        outlined.push_str(before);
        rest = match placeholder(from).filter(|_| !outlined.ends_with('$')) {
            Some(name) => {
                outlined.push_str(&blank(name));
                from.get(name.len() + 2..).unwrap_or_default()
            }
            None => {
                outlined.push('{');
                from.get(1..).unwrap_or_default()
            }
        };
    }
    outlined + rest
}

/// The comment above the commands that are for one account of several.
pub fn heading(account: &str) -> String {
    fill_with("# account {account}", |_| Some(account.to_owned()))
}

/// What stands for a name that nobody has given yet.
fn blank(name: &str) -> String {
    format!("<{}>", name.replace('_', "-"))
}

fn fill_with(template: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::new();
    let mut place = Place::default();
    let mut rest = template;
    while let Some(c) = rest.chars().next() {
        let name = placeholder(rest).filter(|_| !filled.ends_with('$'));
        let Some(name) = name else {
            place.advance(c);
            filled.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            continue;
        };
        let value = value(name).map(|value| visible(&value));
        let value = value.filter(|value| !MEANT_OTHERWISE.iter().any(|p| value.starts_with(p)));
        let value = value.unwrap_or_else(|| blank(name));
        filled.push_str(&place.quote(&value));
        place.advance('x');
        rest = rest.get(name.len() + 2..).unwrap_or_default();
    }
    filled
}

/// The name, if `text` starts with a placeholder.
fn placeholder(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix('{')?.split_once('}')?;
    let lower_snake = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_'));
    lower_snake.then_some(name)
}

fn value(name: &str, finding: &Finding) -> Option<String> {
    let arn = arn::parse(&finding.resource);
    let of = |service: &str| arn.filter(|arn| arn.service == service);
    let own = match name {
        "arn" => Some(finding.resource.as_str()),
        "account" => Some(finding.account.as_str()),
        "partition" => arn.map(|arn| arn.partition),
        "region" if finding.region != GLOBAL => Some(finding.region.as_str()),
        "region" => arn
            .map(|arn| arn.region)
            .filter(|region| !region.is_empty()),
        "trail" => of("cloudtrail").and_then(|arn| arn.resource.strip_prefix("trail/")),
        "bucket" => of("s3").map(|arn| arn.resource),
        "log_group" => of("logs")
            .and_then(|arn| arn.resource.strip_prefix("log-group:"))
            .map(|name| name.strip_suffix(":*").unwrap_or(name)),
        // A key whose description could not be read is known by the trail's spelling
        // only, which need not be an ARN; nothing else is without one.
        "key" => match arn {
            None => Some(finding.resource.as_str()),
            Some(_) => {
                of("kms").map(|arn| arn.resource.strip_prefix("key/").unwrap_or(arn.resource))
            }
        },
        _ => None,
    };
    own.map(str::to_owned)
        .or_else(|| match finding.evidence.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
}

/// Where in a shell command we are.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    quotes: Quotes,
    /// Inside a JSON string, which only counts within single quotes.
    json_string: bool,
    /// Behind a backslash that takes the next character's meaning.
    escaped: bool,
    /// In the middle of a word, where `#` starts no comment.
    word: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Quotes {
    #[default]
    None,
    Single,
    Double,
    Comment,
}

impl Place {
    fn advance(&mut self, c: char) {
        let escaped = std::mem::take(&mut self.escaped);
        // Within single quotes the shell knows no escape: the next one always closes.
        if escaped && (self.quotes, c) != (Quotes::Single, '\'') {
            self.word = true;
            return;
        }
        match (self.quotes, c) {
            (Quotes::None | Quotes::Double, '\\') => self.escaped = true,
            (Quotes::Single, '\\') => self.escaped = self.json_string,
            (Quotes::None, '\'') => {
                self.quotes = Quotes::Single;
                // `'\''` is one quote inside the same JSON, not the end of it.
                self.json_string &= self.word;
            }
            (Quotes::None, '"') => self.quotes = Quotes::Double,
            (Quotes::None, '#') if !self.word => self.quotes = Quotes::Comment,
            (Quotes::Single, '\'') | (Quotes::Double, '"') | (Quotes::Comment, '\n') => {
                self.quotes = Quotes::None;
            }
            (Quotes::Single, '"') => self.json_string = !self.json_string,
            _ => {}
        }
        self.word = !c.is_whitespace();
    }

    fn quote(self, value: &str) -> String {
        if is_plain(value) {
            return value.to_owned();
        }
        let closed = value.replace('\'', r"'\''");
        match self.quotes {
            // To zsh, as it comes, `#` starts no comment on the command line.
            Quotes::None | Quotes::Comment => format!("'{closed}'"),
            Quotes::Double => format!("\"'{closed}'\""),
            Quotes::Single if self.json_string => closed_json(value).replace('\'', r"'\''"),
            Quotes::Single => closed,
        }
    }
}

/// Whether no shell reads anything into it, wherever it stands.
fn is_plain(value: &str) -> bool {
    let safe = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    // zsh expands a leading `=`.
    !value.is_empty() && value.chars().all(safe) && !value.starts_with('=')
}

/// The inside of a JSON string.
fn closed_json(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use serde_json::json;

    use super::*;
    use crate::report::fixture::{self, HOSTILE};
    use crate::rules::catalogue;

    fn trail() -> Finding {
        let resource = "arn:aws-cn:cloudtrail:cn-north-1:999988887777:trail/main";
        about(resource, "cn-north-1")
    }

    fn about(resource: &str, region: &str) -> Finding {
        Finding {
            resource: resource.to_owned(),
            region: region.to_owned(),
            ..fixture::finding()
        }
    }

    #[test]
    fn names_come_from_the_arn_the_finding_and_its_evidence() {
        let finding = fixture::with_evidence(trail(), "bucket", "acme-logs");
        assert_eq!(
            fill(
                "{trail} {arn} {region} {account} {partition} {bucket}",
                &finding
            ),
            "main arn:aws-cn:cloudtrail:cn-north-1:999988887777:trail/main cn-north-1 \
             111122223333 aws-cn acme-logs"
        );
        let group = "arn:aws:logs:eu-west-1:1:log-group:/aws/trail:*";
        assert_eq!(
            fill("{log_group}", &about(group, "eu-west-1")),
            "/aws/trail"
        );
        let key = "arn:aws:kms:eu-west-1:1:key/12-ab";
        assert_eq!(fill("{key}", &about(key, "eu-west-1")), "12-ab");
        assert_eq!(
            fill("{key}", &about("alias/trails", GLOBAL)),
            "alias/trails"
        );
        let bucket = about("arn:aws:s3:::acme-logs", GLOBAL);
        assert_eq!(fill("{bucket} {region}", &bucket), "acme-logs '<region>'");
        let mut counted = trail();
        counted.evidence.insert("days".to_owned(), json!(365));
        assert_eq!(fill("{days}", &counted), "365");
    }

    #[test]
    fn what_has_no_value_is_left_for_the_reader_to_fill_in() {
        assert_eq!(fill("--name {queue}", &trail()), "--name '<queue>'");
        assert_eq!(
            fill("'{\"a\":\"{queue}\"}'", &trail()),
            "'{\"a\":\"<queue>\"}'"
        );
    }

    #[test]
    fn an_outline_shows_what_is_to_be_filled_in_and_a_shell_can_still_read_it() {
        let template = "aws x --name {log_group} --y '{\"z\":\"{arn}\"}' {A} ${v}";
        assert_eq!(
            outline(template),
            "aws x --name '<log-group>' --y '{\"z\":\"<arn>\"}' {A} ${v}"
        );
        assert_eq!(
            outline_document("Bucket: {log_group}\nx = \"${arn}\" { {bucket} }"),
            "Bucket: <log-group>\nx = \"${arn}\" { <bucket> }"
        );
    }

    #[test]
    fn braces_of_other_languages_stay() {
        for text in [
            "--policy '{\"Version\":\"2012-10-17\",\"Statement\":[{}]}'",
            "--query 'Rules[].{Name:Name}'",
            "--x {A} {a-b} {1} { trail } {",
            "echo ${trail}",
        ] {
            assert_eq!(fill(text, &trail()), text);
        }
    }

    #[test]
    fn a_value_never_becomes_an_option_or_a_file() {
        for value in ["--no-verify-ssl", "-x", "file:///etc/passwd", "fileb://x"] {
            let finding = fixture::with_evidence(trail(), "v", value);
            assert_eq!(fill("--tags {v}", &finding), "--tags '<v>'");
        }
    }

    #[test]
    fn values_are_quoted_for_the_place_they_stand_in() {
        let finding = fixture::with_evidence(trail(), "v", "a'b\"c $(d)");
        for (template, filled) in [
            ("x {v}", r#"x 'a'\''b"c $(d)'"#),
            ("x 'y {v}'", r#"x 'y a'\''b"c $(d)'"#),
            ("x '{\"k\":\"{v}\"}'", r#"x '{"k":"a'\''b\"c $(d)"}'"#),
            ("x \"y {v} z\"", r#"x "y "'a'\''b"c $(d)'" z""#),
            ("x \\' {v}", r#"x \' 'a'\''b"c $(d)'"#),
        ] {
            assert_eq!(fill(template, &finding), filled);
        }
    }

    #[test]
    fn control_characters_are_spelled_out() {
        let finding = fixture::with_evidence(trail(), "v", "a\n\u{1b}[2J");
        assert_eq!(
            fill("x {v} # {v}", &finding),
            "x 'a\\n\\u{1b}[2J' # 'a\\n\\u{1b}[2J'"
        );
    }

    /// What a real shell makes of the words of a command.
    fn words(command: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        // No command but the shell's own can be found, so that the worst a broken quote
        // can do is fail, and `touch` gives itself away.
        let script = format!(
            "aws() {{ printf '<%s>\\n' \"$@\"; }}\ntouch() {{ echo OWNED; }}\nid() {{ echo OWNED; }}\n{command}\n"
        );
        let output = Command::new("/bin/sh")
            .args(["-c", &script])
            .env_clear()
            .env("PATH", folder.path())
            .current_dir(folder.path())
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!errors.contains("yntax"), "{command}: {errors}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!text.lines().any(|line| line == "OWNED"), "{command}");
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_shell_hands_the_value_on_as_it_is() {
        for hostile in [
            HOSTILE, "a b", "*", "~", "=ls", "x;id", "`id`", "$(id)", "#x", "!!", "a\\b",
        ] {
            let finding = fixture::with_evidence(trail(), "v", hostile);
            let shown = visible(hostile);
            assert_eq!(words(&fill("aws {v}", &finding)), [format!("<{shown}>")]);
            assert_eq!(
                words(&fill("aws 'a {v}'", &finding)),
                [format!("<a {shown}>")]
            );
            assert_eq!(
                words(&fill("aws \"a {v}\"", &finding)),
                [format!("<a {shown}>")]
            );
            let json = words(&fill("aws '{\"v\":\"{v}\"}'", &finding)).join("");
            let json = json.trim_start_matches('<').trim_end_matches('>');
            let json: Value = serde_json::from_str(json).unwrap();
            assert_eq!(json, json!({ "v": shown }));
        }
    }

    #[test]
    fn no_rules_command_runs_what_a_name_says() {
        let names = |service: &str| format!("arn:aws:{service}:eu-west-1:111122223333:{HOSTILE}");
        for rule in catalogue() {
            for service in ["cloudtrail", "s3", "kms", "logs"] {
                let mut finding = about(&names(service), HOSTILE);
                for name in placeholders(rule.remedies.cli) {
                    finding = fixture::with_evidence(finding, name, HOSTILE);
                }
                words(&fill(rule.remedies.cli, &finding));
            }
        }
    }

    /// zsh, as it comes, takes a comment that is pasted for a command named `#`.
    #[test]
    fn a_comment_does_nothing_to_a_shell_that_knows_no_comments() {
        for rule in catalogue() {
            let comments = rule
                .remedies
                .cli
                .lines()
                .filter(|line| line.starts_with('#'));
            for comment in comments {
                let harmless = |c: char| c.is_ascii_alphanumeric() || " #,.:/-_{}".contains(c);
                assert!(comment.chars().all(harmless), "{}: {comment}", rule.id);
            }
            assert!(!rule.remedies.cli.contains(" #"), "{}", rule.id);
        }
    }

    /// Whoever pastes everything must not lose the trails that the audit is about.
    #[test]
    fn no_command_stops_or_deletes_a_trail_unless_somebody_takes_its_comment_sign_away() {
        for rule in catalogue() {
            let commands = rule
                .remedies
                .cli
                .lines()
                .filter(|line| !line.starts_with('#'));
            for command in commands {
                for deadly in ["delete-trail", "stop-logging", "delete-bucket"] {
                    assert!(!command.contains(deadly), "{}: {command}", rule.id);
                }
            }
        }
    }

    fn placeholders(template: &str) -> impl Iterator<Item = &str> {
        let braces = template.match_indices('{');
        braces.filter_map(|(at, _)| placeholder(&template[at..]))
    }
}
