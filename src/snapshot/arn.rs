//! Amazon Resource Names, taken apart, and put together for keys.

/// An ARN's six parts, borrowed: `arn:partition:service:region:account:resource`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`, ...
    pub partition: &'a str,
    /// For example `cloudtrail`.
    pub service: &'a str,
    /// The Region; empty for S3 and IAM.
    pub region: &'a str,
    /// The account id; empty for S3.
    pub account: &'a str,
    /// Everything after the fifth colon.
    pub resource: &'a str,
}

/// Takes an ARN apart; `None` if the text is not one.
pub fn parse(text: &str) -> Option<Arn<'_>> {
    let mut parts = text.splitn(6, ':');
    if parts.next() != Some("arn") {
        return None;
    }
    Some(Arn {
        partition: parts.next().filter(|partition| !partition.is_empty())?,
        service: parts.next()?,
        region: parts.next()?,
        account: parts.next()?,
        resource: parts.next().filter(|resource| !resource.is_empty())?,
    })
}

/// The ARN of the key or alias that a resource, `owner`, means by `reference`: one without
/// a Region and an account means the owner's. `None` if it cannot be a key's.
pub fn of_key(reference: &str, owner: Arn<'_>) -> Option<String> {
    if reference.starts_with("arn:") {
        return Some(reference.to_owned());
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let resource = if reference.starts_with("alias/") || reference.starts_with("key/") {
        reference.to_owned()
    } else if reference.bytes().all(plain) {
        format!("key/{reference}")
    } else {
        return None;
    };
    let (partition, region, account) = (owner.partition, owner.region, owner.account);
    Some(format!("arn:{partition}:kms:{region}:{account}:{resource}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resource_keeps_its_own_colons() {
        let arn = parse("arn:aws-cn:logs:cn-north-1:111122223333:log-group:trail:*").unwrap();
        assert_eq!(arn.partition, "aws-cn");
        assert_eq!(arn.region, "cn-north-1");
        assert_eq!(arn.resource, "log-group:trail:*");
    }

    #[test]
    fn what_is_no_arn_is_none() {
        for text in [
            "",
            "arn",
            "arn:aws:s3",
            "urn:aws:s3:::b",
            "arn::s3:::b",
            "arn:aws:s3:::",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
