//! The servers themselves: what the other tests take for granted.

use super::account::{Account, HOME};
use super::good::Good;

#[test]
fn moto_shows_the_trail_of_a_good_account_in_every_region_and_in_no_other_account() {
    let good = Good::on_moto();
    for region in [HOME, "eu-west-1"] {
        assert_eq!(trails(&good.account, region), [good.trail_arn()]);
    }
    assert!(trails(&Account::on_moto(), HOME).is_empty());
}

#[test]
fn ministack_shows_the_trail_of_a_good_account_in_every_region_and_in_no_other_account() {
    let good = Good::on_ministack();
    for region in [HOME, "eu-west-1"] {
        assert_eq!(trails(&good.account, region), [good.trail_arn()]);
    }
    assert!(trails(&Account::on_ministack(), HOME).is_empty());
}

fn trails(account: &Account, region: &'static str) -> Vec<String> {
    let cloudtrail = account.cloudtrail(region);
    let reply = account
        .wait(cloudtrail.describe_trails().send())
        .expect("DescribeTrails");
    reply
        .trail_list()
        .iter()
        .filter_map(|trail| trail.trail_arn().map(str::to_owned))
        .collect()
}
