//! The accounts by which CloudTrail wrote before it had a service principal.

/// Region and account id, sorted by Region: as AWS's page on supported Regions listed them
/// until it left the ids out, of which the ones since 2018 are kept by what was made from it
/// (Terraform's data source for them, as of 2023-08). Of us-gov-east-1 both ids occur.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-supported-regions.html>
const LEGACY: &[(&str, &str)] = &[
    ("af-south-1", "525921808201"),
    ("ap-east-1", "119688915426"),
    ("ap-northeast-1", "216624486486"),
    ("ap-northeast-2", "492519147666"),
    ("ap-northeast-3", "765225791966"),
    ("ap-south-1", "977081816279"),
    ("ap-south-2", "582488909970"),
    ("ap-southeast-1", "903692715234"),
    ("ap-southeast-2", "284668455005"),
    ("ap-southeast-3", "069019280451"),
    ("ap-southeast-4", "187074758985"),
    ("ca-central-1", "819402241893"),
    ("cn-north-1", "193415116832"),
    ("cn-northwest-1", "681348832753"),
    ("eu-central-1", "035351147821"),
    ("eu-central-2", "453052556044"),
    ("eu-north-1", "829690693026"),
    ("eu-south-1", "669305197877"),
    ("eu-south-2", "757211635381"),
    ("eu-west-1", "859597730677"),
    ("eu-west-2", "282025262664"),
    ("eu-west-3", "262312530599"),
    ("il-central-1", "683224464357"),
    ("me-central-1", "585772288577"),
    ("me-south-1", "034638983726"),
    ("sa-east-1", "814480443879"),
    ("us-east-1", "086441151436"),
    ("us-east-2", "475085895292"),
    ("us-gov-east-1", "886388586500"),
    ("us-gov-west-1", "608710470296"),
    ("us-west-1", "388731089494"),
    ("us-west-2", "113285607260"),
];

/// The Region in which CloudTrail used to write by that account; `None` for any other.
pub fn legacy_region(account: &str) -> Option<&'static str> {
    LEGACY
        .iter()
        .find(|(_, id)| *id == account)
        .map(|(region, _)| *region)
}

#[cfg(test)]
mod tests {
    use super::super::crowd::is_account;
    use super::*;

    #[test]
    fn every_region_is_there_once_with_an_account_id_of_its_own() {
        for pair in LEGACY.windows(2) {
            assert!(pair[0].0 < pair[1].0, "{pair:?}");
        }
        for (region, id) in LEGACY {
            assert!(is_account(id), "{id}");
            assert_eq!(legacy_region(id), Some(*region));
        }
        assert_eq!(legacy_region("111122223333"), None);
    }
}
