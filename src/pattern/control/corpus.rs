//! Ordinary events: what a pattern must not match all of.

use super::Sample;
use super::record::{Draft, Setting, Who};

pub(super) fn samples(setting: &Setting<'_>) -> Vec<Sample> {
    vec![
        Draft::call(setting, "ec2", "DescribeInstances", Who::User)
            .read()
            .done(),
        Draft::call(setting, "ec2", "RunInstances", Who::Role).done(),
        Draft::call(setting, "kms", "Decrypt", Who::Role)
            .read()
            .done(),
        Draft::call(
            setting,
            "sts",
            "AssumeRole",
            Who::Service("lambda.amazonaws.com"),
        )
        .read()
        .done(),
        Draft::call(setting, "s3", "GetBucketLocation", Who::User)
            .refused("NoSuchBucket", "The specified bucket does not exist")
            .read()
            .done(),
    ]
}
