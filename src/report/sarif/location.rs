//! Where an alert stands. A cloud resource has no file, so it gets a path that reads like
//! one; GitHub rejects the whole upload for a single location that it cannot resolve.

use super::log::{ArtifactLocation, Location, LogicalLocation, PhysicalLocation, Region};
use crate::finding::{Finding, GLOBAL};
use crate::report::resource::short;
use crate::snapshot::arn;

/// The one location of a finding: in `anchor`, or at the resource's own path.
pub(super) fn of(finding: &Finding, anchor: Option<&str>) -> Location {
    let logical = LogicalLocation {
        name: short(finding).to_owned(),
        fully_qualified_name: finding.resource.clone(),
        kind: "resource",
    };
    at(anchor, || path(finding), logical)
}

/// A location in `anchor`, or where `path`, which is encoded, says.
pub(in crate::report) fn at(
    anchor: Option<&str>,
    path: impl FnOnce() -> String,
    logical: LogicalLocation,
) -> Location {
    let uri = match anchor {
        Some(file) => encode(file.strip_prefix("./").unwrap_or(file)),
        None => path(),
    };
    Location {
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation { uri },
            region: Region {
                start_line: 1,
                start_column: 1,
                end_line: 1,
                end_column: 2,
            },
        },
        logical_locations: vec![logical],
    }
}

/// `aws/<account>/<region>/<service>/<resource>`, for example
/// `aws/111122223333/eu-west-1/cloudtrail/trail/main`; `account` stands for the account,
/// and buckets are `global`.
fn path(finding: &Finding) -> String {
    let arn = arn::parse(&finding.resource);
    let partition = arn.map_or("aws", |arn| arn.partition);
    let resource = match arn {
        Some(arn) if (arn.service, arn.resource) == ("iam", "root") => "account".to_owned(),
        // Log groups put a colon between kind and name, where trails and keys put a slash.
        Some(arn) => format!("{}/{}", arn.service, short(finding).replacen(':', "/", 1)),
        None => format!("resource/{}", finding.resource),
    };
    // A bucket's Region is a fact that may be missing tomorrow, and an alert must not move
    // to another path for that.
    let region = match arn {
        Some(arn) if arn.service == "s3" => GLOBAL,
        _ => finding.region.as_str(),
    };
    encode(&format!(
        "{partition}/{}/{region}/{resource}",
        finding.account
    ))
}

/// Percent-encodes each segment of a path and drops empty ones, which would make it
/// absolute or leave `//` in it.
pub(in crate::report) fn encode(path: &str) -> String {
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    segments.map(encode_segment).collect::<Vec<_>>().join("/")
}

fn encode_segment(segment: &str) -> String {
    // `..` means the folder above, and so does `%2E%2E` to many readers: the percent sign
    // itself has to be encoded to keep the dots from being taken for that.
    let dots = segment == "." || segment.contains("..");
    segment
        .bytes()
        .map(|byte| match byte {
            b'.' if dots => "%252E".to_owned(),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_no_scheme_no_blank_and_no_way_up() {
        for (raw, encoded) in [
            ("aws/1/eu-west-1/trail/main", "aws/1/eu-west-1/trail/main"),
            ("a b/c:d", "a%20b/c%3Ad"),
            ("../../etc/passwd", "%252E%252E/%252E%252E/etc/passwd"),
            ("./x/./y", "%252E/x/%252E/y"),
            ("a..b", "a%252E%252Eb"),
            ("//host//x", "host/x"),
            ("https://evil", "https%3A/evil"),
            ("prüf\u{202e}", "pr%C3%BCf%E2%80%AE"),
            ("a%2e\\b?c#d", "a%252e%5Cb%3Fc%23d"),
        ] {
            assert_eq!(encode(raw), encoded);
        }
    }
}
