use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict, said,
};
use crate::snapshot::{
    Action, ConfigRecorder, Gap, GapKind, Recording, RecordingScope, RegionFacts,
};

/// AWS Config records trails in every audited Region.
pub(super) const RULE: Rule = Rule {
    id: "config-recorder",
    title: "AWS Config records trails in every Region",
    severity: Severity::Medium,
    worst: Severity::Medium,
    practice: Practice::Config,
    description: "AWS Config keeps what a trail looked like, and when and by which call it was \
        changed, apart from the trail itself. After somebody has stopped, redirected or narrowed \
        a trail that is what shows how it was before, and no managed rule judges anything where \
        nothing is recorded. It works per Region: where it is off, a trail can be made or changed \
        without a record of it.",
    criteria: "For each audited Region: passes if a recorder of your own records, its last status \
        is not Failure, it includes AWS::CloudTrail::Trail (a regional type: global resource types \
        play no part), and a delivery channel exists. Recorders that are linked to a service do \
        not count: what they record is that service's. Fails if there is no such recorder or no \
        channel. Unknown if recorders, their status or the channels could not be read.",
    action: "Set AWS Config up in every enabled Region: a recorder for all resource types, or with \
        AWS::CloudTrail::Trail among those it includes, and a delivery channel; then start it.",
    resources: &[
        "https://docs.aws.amazon.com/config/latest/developerguide/stop-start-recorder.html",
        "https://docs.aws.amazon.com/config/latest/developerguide/select-resources.html",
        "https://docs.aws.amazon.com/config/latest/developerguide/resource-config-reference.html",
        "https://docs.aws.amazon.com/securityhub/latest/userguide/config-controls.html",
    ],
    controls: &[
        Control::cis("1.2.0", "2.5"),
        Control::cis("1.3.0", "3.5"),
        Control::cis("1.4.0", "3.5"),
        Control::cis("1.5.0", "3.5"),
        Control::cis("2.0.0", "3.5"),
        Control::cis("3.0.0", "3.3"),
        Control::cis("4.0.0", "3.3"),
        Control::cis("5.0.0", "3.3"),
        Control::cis("6.0.0", "4.3"),
        Control::cis("7.0.0", "4.3"),
        Control::security_hub("Config.1"),
        Control::well_architected("SEC04-BP01"),
    ],
    reads: &[
        Action::DescribeConfigurationRecorders,
        Action::DescribeConfigurationRecorderStatus,
        Action::DescribeDeliveryChannels,
    ],
    remedies: Remedies {
        cli: "aws configservice put-configuration-recorder --region {region} --configuration-recorder name=default,roleARN=arn:{partition}:iam::{account}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig --recording-group allSupported=true,includeGlobalResourceTypes=false\n\
            aws configservice put-delivery-channel --region {region} --delivery-channel name=default,s3BucketName=CONFIG_BUCKET\n\
            aws configservice start-configuration-recorder --region {region} --configuration-recorder-name default",
        terraform: "resource \"aws_config_configuration_recorder\" \"this\" {\n  region   = \"{region}\"\n  role_arn = aws_iam_service_linked_role.config.arn\n  recording_group {\n    all_supported = true\n  }\n}\n\nresource \"aws_config_delivery_channel\" \"this\" {\n  region         = \"{region}\"\n  s3_bucket_name = aws_s3_bucket.config.id\n  depends_on     = [aws_config_configuration_recorder.this]\n}\n\nresource \"aws_config_configuration_recorder_status\" \"this\" {\n  region     = \"{region}\"\n  name       = aws_config_configuration_recorder.this.name\n  is_enabled = true\n  depends_on = [aws_config_delivery_channel.this]\n}",
        cloudformation: "Recorder:\n  Type: AWS::Config::ConfigurationRecorder\n  Properties:\n    RoleARN: !Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig\n    RecordingGroup:\n      AllSupported: true\nChannel:\n  Type: AWS::Config::DeliveryChannel\n  Properties:\n    S3BucketName: !Ref ConfigBucket",
    },
    check: Check::Region(check),
};

/// The type of a trail. A trail is a resource of its home Region:
/// <https://docs.aws.amazon.com/config/latest/developerguide/resource-config-reference.html>.
const TRAIL: &str = "AWS::CloudTrail::Trail";

fn check(context: &Context<'_>, region: &str) -> Judgement {
    let Some(facts) = context.account.regions.get(region) else {
        let detail = format!("the recorders of {region} are not in the snapshot");
        return Err(Gap::new(
            Action::DescribeConfigurationRecorders,
            GapKind::NotCollected,
            detail,
        ));
    };
    let recorder = recorder(facts, region);
    let channels = channels(facts, region);
    match (recorder, channels) {
        (Ok(Err(fault)), _) | (_, Ok(Err(fault))) => Ok(Verdict::fail(fault)),
        (Err(gap), _) | (_, Err(gap)) => Err(gap),
        (Ok(Ok(told)), Ok(Ok(()))) => Ok(Verdict::pass(told)),
    }
}

/// That a recorder does its work, in words, or what keeps each of them from it.
fn recorder(facts: &RegionFacts, region: &str) -> Result<Result<String, String>, Gap> {
    let recorders = facts.recorders.known()?;
    let (mut faults, mut doubt) = (Vec::new(), None);
    for recorder in recorders {
        match fault(recorder) {
            Ok(None) => {
                let name = &recorder.name;
                return Ok(Ok(format!(
                    "recorder `{name}` of AWS Config records trails in {region}"
                )));
            }
            Ok(Some(fault)) => faults.push(format!("recorder `{}` {fault}", recorder.name)),
            Err(gap) => doubt = doubt.or(Some(gap)),
        }
    }
    match doubt {
        Some(gap) => Err(gap),
        None if faults.is_empty() => Ok(Err(format!("AWS Config has no recorder in {region}"))),
        None => Ok(Err(format!(
            "AWS Config records no trail in {region}: {}",
            faults.join(", ")
        ))),
    }
}

/// What keeps a recorder from recording trails for its account.
fn fault(recorder: &ConfigRecorder) -> Result<Option<String>, Gap> {
    if let Some(service) = &recorder.service_principal {
        return Ok(Some(format!("belongs to the service `{service}`")));
    }
    if !includes_trails(&recorder.records) {
        return Ok(Some(format!("leaves out `{TRAIL}`")));
    }
    let recording = recorder.recording.known()?;
    Ok(match recording.last_status.as_deref() {
        _ if !recording.on => Some("is stopped".to_owned()),
        Some("Failure") => Some(failed(recording)),
        _ => None,
    })
}

fn failed(recording: &Recording) -> String {
    match said(recording.last_error.as_deref()) {
        Some(error) => format!("failed last time: {}", error.trim_end_matches('.')),
        None => "failed last time".to_owned(),
    }
}

fn includes_trails(scope: &RecordingScope) -> bool {
    let names = |types: &[String]| types.iter().any(|one| one == TRAIL);
    match scope {
        RecordingScope::All => true,
        RecordingScope::AllBut(types) => !names(types),
        RecordingScope::Only(types) => names(types),
    }
}

fn channels(facts: &RegionFacts, region: &str) -> Result<Result<(), String>, Gap> {
    Ok(match facts.delivery_channels.known()?.is_empty() {
        false => Ok(()),
        true => Err(format!(
            "AWS Config has no delivery channel in {region}, so it delivers what it records \
             nowhere"
        )),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Account, Observed, story};

    fn changed(change: impl FnOnce(&mut ConfigRecorder)) -> Account {
        let mut account = story::pristine_account();
        match &mut account.first_region_mut().recorders {
            Observed::Known(recorders) => change(&mut recorders[0]),
            gap => panic!("no known recorders: {gap:?}"),
        }
        account
    }

    fn recording(on: bool, last_status: Option<&str>) -> Account {
        changed(|one| {
            one.recording = Observed::Known(Recording {
                on,
                last_status: last_status.map(str::to_owned),
                last_error: Some("InsufficientDeliveryPolicyException".to_owned()),
            });
        })
    }

    fn told(account: &Account) -> (Ruling, String) {
        let verdict = story::judge(&RULE, account).unwrap();
        (verdict.ruling, verdict.message)
    }

    #[test]
    fn it_must_record_and_not_have_failed_last_time() {
        for status in [None, Some("Pending"), Some("Success")] {
            assert_eq!(told(&recording(true, status)).0, Ruling::Pass, "{status:?}");
        }
        let (ruling, message) = told(&recording(false, Some("Success")));
        assert_eq!(ruling, Ruling::Fail);
        assert!(message.contains("is stopped"), "{message}");
        let (ruling, message) = told(&recording(true, Some("Failure")));
        assert_eq!(ruling, Ruling::Fail);
        assert!(message.contains("InsufficientDeliveryPolicy"), "{message}");
    }

    #[test]
    fn its_scope_must_take_trails_in() {
        let only = |types: &[&str]| types.iter().map(|one| (*one).to_owned()).collect();
        for (scope, ruling) in [
            (RecordingScope::All, Ruling::Pass),
            (RecordingScope::Only(only(&[TRAIL])), Ruling::Pass),
            (
                RecordingScope::Only(only(&["AWS::S3::Bucket"])),
                Ruling::Fail,
            ),
            (
                RecordingScope::AllBut(only(&["AWS::S3::Bucket"])),
                Ruling::Pass,
            ),
            (RecordingScope::AllBut(only(&[TRAIL])), Ruling::Fail),
        ] {
            let account = changed(|one| one.records = scope.clone());
            assert_eq!(told(&account).0, ruling, "{scope:?}");
        }
    }

    #[test]
    fn a_recorder_that_is_linked_to_a_service_does_not_count() {
        let account = changed(|one| {
            one.service_principal = Some("observabilityadmin.amazonaws.com".to_owned());
        });
        let (ruling, message) = told(&account);
        assert_eq!(ruling, Ruling::Fail);
        assert!(message.contains("`observabilityadmin.amazonaws.com`"));
    }

    #[test]
    fn neither_a_recorder_nor_a_channel_may_be_missing() {
        let mut account = story::pristine_account();
        account.first_region_mut().delivery_channels = Observed::Known(Vec::new());
        let (ruling, message) = told(&account);
        assert_eq!(ruling, Ruling::Fail);
        assert!(message.contains("no delivery channel"), "{message}");
        account.first_region_mut().recorders = Observed::Known(Vec::new());
        let (ruling, message) = told(&account);
        assert_eq!(ruling, Ruling::Fail);
        assert!(message.contains("no recorder in eu-west-1"), "{message}");
    }

    /// One call that fails touches one fact, and what is certain stands beside it.
    #[test]
    fn what_could_not_be_read_is_unknown_unless_something_is_missing_anyway() {
        let unread = || changed(|one| one.recording = story::denied(RULE.reads[1]));
        assert!(story::judge(&RULE, &unread()).is_err());
        let mut account = unread();
        account.first_region_mut().delivery_channels = Observed::Known(Vec::new());
        assert_eq!(told(&account).0, Ruling::Fail);
        let mut account = story::pristine_account();
        account.first_region_mut().delivery_channels = story::denied(RULE.reads[2]);
        assert!(story::judge(&RULE, &account).is_err());
        account.first_region_mut().recorders = Observed::Known(Vec::new());
        assert_eq!(told(&account).0, Ruling::Fail);
        account.first_region_mut().recorders = story::denied(RULE.reads[0]);
        assert!(story::judge(&RULE, &account).is_err());
    }
}
