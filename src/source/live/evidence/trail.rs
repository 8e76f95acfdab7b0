//! The trail, as its home Region describes it.

use aws_sdk_cloudtrail::types::Trail as Description;
use jiff::Timestamp;

use super::{Asker, refusal};
use crate::digest::store::Unreadable;
use crate::error::Error;
use crate::snapshot::arn;
use crate::source::live::convert::{setting, timestamp};
use crate::source::live::regions::well_formed;

/// What CloudTrail says of a trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailSetUp {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The Region that it was made in.
    pub home_region: String,
    /// The bucket that it delivers to now; the digests tell of former ones.
    pub bucket: String,
    /// What its keys begin with, without a slash at the end.
    pub prefix: Option<String>,
    /// Whether it records the whole organization.
    pub is_organization: bool,
    /// Whether it records every Region.
    pub is_multi_region: bool,
    /// Whether CloudTrail makes digests now.
    pub validation_enabled: bool,
    /// When logging was last started; `None` if `GetTrailStatus` does not tell.
    pub started_logging: Option<Timestamp>,
    /// When it was last stopped.
    pub stopped_logging: Option<Timestamp>,
    /// What could not be asked and is not needed.
    pub notes: Vec<String>,
}

impl Asker {
    /// Describes the trail, and says where to ask for its bucket first.
    pub(super) async fn trail(&self, arn: &str) -> Result<TrailSetUp, Error> {
        let region = region(arn)?;
        let call = self
            .session
            .cloudtrail(region)
            .describe_trails()
            .trail_name_list(arn)
            .send();
        let answer = match self.in_time("cloudtrail", region, call).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => {
                return Err(undescribed(
                    arn,
                    &refusal::of(&error, "cloudtrail:DescribeTrails"),
                ));
            }
            Err(late) => return Err(undescribed(arn, &late)),
        };
        let described = (answer.trail_list.unwrap_or_default().into_iter())
            .find(|trail| trail.trail_arn.as_deref() == Some(arn))
            .ok_or_else(|| {
                Error::Refused(format!(
                    "CloudTrail in {region} knows no trail `{arn}`; what a deleted trail \
                     delivered can be verified with --s3-uri s3://BUCKET/PREFIX"
                ))
            })?;
        let mut trail = set_up(arn, region, described)?;
        self.homes.guess(&trail.bucket, &trail.home_region);
        self.status(&mut trail).await;
        Ok(trail)
    }

    /// Adds when logging began and ended; where that cannot be asked, a note.
    async fn status(&self, trail: &mut TrailSetUp) {
        let region = trail.home_region.as_str();
        let call = self
            .session
            .cloudtrail(region)
            .get_trail_status()
            .name(&trail.arn)
            .send();
        let answer = self.in_time("cloudtrail", region, call).await;
        let refused = match answer {
            Ok(Ok(status)) => {
                trail.started_logging = status.start_logging_time.as_ref().and_then(timestamp);
                trail.stopped_logging = status.stop_logging_time.as_ref().and_then(timestamp);
                return;
            }
            Ok(Err(error)) => refusal::of(&error, "cloudtrail:GetTrailStatus"),
            Err(late) => late,
        };
        trail.notes.push(format!(
            "GetTrailStatus in {region} does not tell when logging began: {}",
            refused.detail
        ));
    }
}

/// The trail's home Region.
fn region(arn: &str) -> Result<&str, Error> {
    arn::parse(arn)
        .filter(|parsed| {
            parsed.service == "cloudtrail"
                && parsed.resource.starts_with("trail/")
                && well_formed(parsed.region)
        })
        .map(|parsed| parsed.region)
        .ok_or_else(|| {
            Error::Usage(format!(
                "`{arn}` is not a trail's ARN such as \
                 `arn:PARTITION:cloudtrail:REGION:ACCOUNT:trail/NAME`"
            ))
        })
}

fn set_up(arn: &str, region: &str, trail: Description) -> Result<TrailSetUp, Error> {
    let without = |member: &str| {
        Error::Refused(format!(
            "DescribeTrails' answer has no `{member}` for `{arn}`"
        ))
    };
    let home_region = setting(trail.home_region).unwrap_or_else(|| region.to_owned());
    if !well_formed(&home_region) {
        return Err(Error::Refused(format!(
            "DescribeTrails gives `{home_region}` as the home Region of `{arn}`, which is no Region"
        )));
    }
    Ok(TrailSetUp {
        arn: arn.to_owned(),
        name: setting(trail.name).ok_or_else(|| without("Name"))?,
        home_region,
        bucket: setting(trail.s3_bucket_name).ok_or_else(|| without("S3BucketName"))?,
        prefix: setting(
            trail
                .s3_key_prefix
                .map(|prefix| prefix.trim_end_matches('/').to_owned()),
        ),
        is_organization: (trail.is_organization_trail)
            .ok_or_else(|| without("IsOrganizationTrail"))?,
        is_multi_region: (trail.is_multi_region_trail)
            .ok_or_else(|| without("IsMultiRegionTrail"))?,
        validation_enabled: (trail.log_file_validation_enabled)
            .ok_or_else(|| without("LogFileValidationEnabled"))?,
        started_logging: None,
        stopped_logging: None,
        notes: Vec::new(),
    })
}

fn undescribed(arn: &str, why: &Unreadable) -> Error {
    Error::Refused(format!(
        "`{arn}` cannot be described: {}; without DescribeTrails, name the bucket: --s3-uri \
         s3://BUCKET/PREFIX",
        why.detail
    ))
}
