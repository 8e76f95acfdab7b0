use super::topic::Judged;
use crate::policy::world::World;
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict,
};
use crate::snapshot::{Action, Topic};

/// CloudTrail may publish to a trail's topic, for known trails only, and not everybody may.
pub(super) const RULE: Rule = Rule {
    id: "sns-topic-policy",
    title: "The topic policy binds CloudTrail to your trails",
    severity: Severity::Medium,
    worst: Severity::Medium,
    practice: Practice::Notification,
    description: "CloudTrail announces each log file on the topic, and programs fetch what is \
        announced. The statement that CloudTrail's console writes lets CloudTrail publish for \
        anybody's trail, so that a stranger's log files can be announced to your programs; a \
        topic that is open to everybody lets strangers announce what they like, or subscribe \
        and learn where your log files lie. On an encrypted topic whose key does not let \
        CloudTrail in, no announcement arrives at all.",
    criteria: "Fails if the topic policy does not let CloudTrail sns:Publish for a trail that \
        notifies the topic; if a statement lets it and neither that nor a Deny is bound by \
        aws:SourceArn, aws:SourceAccount or aws:SourceOrgID to accounts that are known or named \
        (wildcards for the account and IfExists bind nobody); if everybody may do anything with \
        the topic without a condition such as AWS:SourceOwner or aws:PrincipalOrgID; or if the \
        topic is encrypted with a key that does not let CloudTrail kms:GenerateDataKey and \
        kms:Decrypt, which the AWS managed alias/aws/sns never does. Unknown if the policy, the \
        key's policy or an organization policy that binds the key could not be read or \
        understood. Not applicable if the topic does not exist.",
    action: "Add a condition StringEquals aws:SourceArn with the trail's ARN to CloudTrail's \
        statement, and name who else may publish or subscribe. Encrypt with a customer managed \
        key whose policy lets CloudTrail kms:GenerateDataKey* and kms:Decrypt.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-permissions-for-sns-notifications.html",
        "https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html",
        "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
    ],
    controls: &[
        Control::cloudtrail_practices("preventive"),
        Control::well_architected("SEC04-BP02"),
    ],
    reads: &[
        Action::GetTopicAttributes,
        Action::DescribeKey,
        Action::GetKeyPolicy,
        Action::DescribeOrganization,
        Action::ListRoots,
        Action::ListParents,
        Action::ListPoliciesForTarget,
        Action::DescribePolicy,
    ],
    remedies: Remedies {
        cli: "aws sns get-topic-attributes --topic-arn {arn} --region {region} --query Attributes.Policy --output text > topic-policy.json\n\
            # give the statement for cloudtrail.amazonaws.com a StringEquals condition on aws:SourceArn\n\
            # with the ARN of the trail and keep the other statements in the file: the whole policy\n\
            # is replaced by\n\
            aws sns set-topic-attributes --topic-arn {arn} --region {region} --attribute-name Policy --attribute-value \"$(cat topic-policy.json)\"",
        terraform: "data \"aws_iam_policy_document\" \"topic\" {\n  # keep the topic's other statements here\n  statement {\n    sid       = \"AWSCloudTrailSNSPolicy\"\n    actions   = [\"sns:Publish\"]\n    resources = [\"{arn}\"]\n    principals {\n      type        = \"Service\"\n      identifiers = [\"cloudtrail.amazonaws.com\"]\n    }\n    condition {\n      test     = \"StringEquals\"\n      variable = \"aws:SourceArn\"\n      values   = [\"ARN_OF_THE_TRAIL\"]\n    }\n  }\n}\n\nresource \"aws_sns_topic_policy\" \"trail\" {\n  arn    = \"{arn}\"\n  policy = data.aws_iam_policy_document.topic.json\n}",
        cloudformation: "# keep the topic's other statements here\n\
            Type: AWS::SNS::TopicPolicy\nProperties:\n  Topics:\n    - {arn}\n  PolicyDocument:\n    Version: \"2012-10-17\"\n    Statement:\n      - Sid: AWSCloudTrailSNSPolicy\n        Effect: Allow\n        Principal:\n          Service: cloudtrail.amazonaws.com\n        Action: sns:Publish\n        Resource: {arn}\n        Condition:\n          StringEquals:\n            aws:SourceArn: ARN_OF_THE_TRAIL",
    },
    check: Check::Topic(check),
};

fn check(context: &Context<'_>, topic: &Topic) -> Judgement {
    let Some(attributes) = topic.attributes.known()? else {
        return Ok(Verdict::not_applicable("the topic does not exist"));
    };
    let mut world = World::of_organization(context.account);
    world.add_topic(context.account, topic);
    let judged = Judged {
        context,
        topic,
        world,
    };
    let answers = [
        judged.bound(attributes),
        judged.open(attributes),
        judged.delivers(),
        judged.encrypted(attributes),
    ];
    let faults: Vec<String> = answers.iter().flatten().flatten().cloned().collect();
    if !faults.is_empty() {
        return Ok(Verdict::fail(faults.join("; ")).evidence("topic", topic.arn.as_str()));
    }
    for answer in answers {
        answer?;
    }
    // A trail that nobody saw may notify the topic, and not be let in.
    context.account.all_trails()?;
    let encryption = match &attributes.kms_key_id {
        Some(_) => ", and its key lets CloudTrail in",
        None => "",
    };
    Ok(Verdict::pass(format!(
        "the topic policy binds CloudTrail to known trails and opens the topic to nobody \
         else{encryption}"
    ))
    .evidence("topic", topic.arn.as_str())
    .evidence("kms_key_id", attributes.kms_key_id.as_deref()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{
        Account, Key, KeyDescription, KeyManager, Observed, TopicAttributes, story,
    };

    const TRAIL: &str = r#""StringEquals":{"aws:SourceArn":"arn:aws:cloudtrail:us-east-1:111122223333:trail/main"}"#;
    const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/topic";

    fn attributes(account: &mut Account) -> &mut TopicAttributes {
        match &mut account.topic_mut().attributes {
            Observed::Known(Some(attributes)) => attributes,
            other => panic!("{other:?}"),
        }
    }

    fn allow(principal: &str, action: &str, condition: &str) -> String {
        format!(
            r#"{{"Sid":"Let","Effect":"Allow","Principal":{principal},"Action":"{action}","Resource":"*","Condition":{{{condition}}}}}"#
        )
    }

    fn cloudtrail_if(condition: &str) -> String {
        allow(
            r#"{"Service":"cloudtrail.amazonaws.com"}"#,
            "SNS:Publish",
            condition,
        )
    }

    fn judged(statements: &str) -> Judgement {
        let mut account = story::pristine_account();
        attributes(&mut account).policy =
            format!(r#"{{"Version":"2008-10-17","Statement":[{statements}]}}"#);
        story::judge(&RULE, &account)
    }

    fn ruling(statements: &str) -> Ruling {
        judged(statements).unwrap().ruling
    }

    #[test]
    fn a_statement_for_known_trails_passes() {
        for condition in [
            TRAIL,
            r#""StringEquals":{"aws:SourceAccount":"111122223333"}"#,
            r#""StringEquals":{"aws:SourceOrgID":"o-exampleorgid"}"#,
        ] {
            assert_eq!(
                ruling(&cloudtrail_if(condition)),
                Ruling::Pass,
                "{condition}"
            );
        }
    }

    /// cloudtrail-permissions-for-sns-notifications.html: the policy that the console writes
    /// has no condition, and AWS recommends to add one.
    #[test]
    fn the_statement_that_the_console_writes_fails() {
        let verdict = judged(&cloudtrail_if("")).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(
            verdict
                .message
                .contains("`Let` of the topic policy lets CloudTrail publish for anybody's trail")
        );
    }

    #[test]
    fn a_policy_that_lets_cloudtrail_in_for_another_trail_only_fails() {
        let other = TRAIL.replace("main", "other");
        let verdict = judged(&cloudtrail_if(&other)).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(
            verdict.message.contains("cannot publish for trail `main`"),
            "{}",
            verdict.message
        );
        let denied = format!(
            r#"{},{{"Sid":"No","Effect":"Deny","Principal":"*","Action":"sns:Publish","Resource":"*","Condition":{{"Null":{{"aws:PrincipalOrgID":"true"}}}}}}"#,
            cloudtrail_if(TRAIL)
        );
        let verdict = judged(&denied).unwrap();
        assert!(
            verdict
                .message
                .contains("statement `No` of the topic policy denies it"),
            "{}",
            verdict.message
        );
    }

    /// The policy of a new topic admits everybody of the account, by `AWS:SourceOwner`.
    #[test]
    fn a_topic_that_is_open_to_everybody_fails_and_the_default_policy_does_not() {
        let with = |condition: &str| {
            let own = allow(r#"{"AWS":"*"}"#, "SNS:Subscribe", condition);
            ruling(&format!("{},{own}", cloudtrail_if(TRAIL)))
        };
        assert_eq!(
            with(r#""StringEquals":{"AWS:SourceOwner":"111122223333"}"#),
            Ruling::Pass
        );
        assert_eq!(
            with(r#""StringEquals":{"aws:PrincipalOrgID":"o-exampleorgid"}"#),
            Ruling::Pass
        );
        assert_eq!(with(""), Ruling::Fail);
        assert_eq!(
            with(r#""StringEquals":{"sns:Protocol":"https"}"#),
            Ruling::Fail
        );
        assert_eq!(
            with(r#""StringLike":{"AWS:SourceOwner":"*"}"#),
            Ruling::Fail
        );
    }

    /// The pristine account with a topic under a key that this lets CloudTrail use.
    fn encrypted(action: &str, condition: &str) -> Account {
        let mut account = story::pristine_account();
        attributes(&mut account).kms_key_id = Some(KEY.to_owned());
        let mut key = account.key_mut().clone();
        key.references = vec![KEY.to_owned()];
        key.policy = Observed::Known(format!(
            r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
            allow(
                r#"{"Service":"cloudtrail.amazonaws.com"}"#,
                action,
                condition
            )
        ));
        if let Observed::Known(description) = &mut key.description {
            description.arn = KEY.to_owned();
        }
        account.topic_mut().key = Some(key);
        account
    }

    fn topic_key(account: &mut Account) -> &mut Key {
        account.topic_mut().key.as_mut().unwrap()
    }

    #[test]
    fn an_encrypted_topics_key_must_let_cloudtrail_generate_data_keys_and_decrypt() {
        let ruling = |account: &Account| story::judge(&RULE, account).unwrap().ruling;
        assert_eq!(ruling(&encrypted("kms:*", "")), Ruling::Pass);
        assert_eq!(ruling(&encrypted("kms:*", TRAIL)), Ruling::Pass);
        assert_eq!(ruling(&encrypted("kms:GenerateDataKey*", "")), Ruling::Fail);
        assert_eq!(ruling(&encrypted("kms:Decrypt", "")), Ruling::Fail);
        let other = TRAIL.replace("main", "other");
        assert_eq!(ruling(&encrypted("kms:*", &other)), Ruling::Fail);
    }

    #[test]
    fn a_key_that_aws_manages_never_lets_cloudtrail_in() {
        let mut account = encrypted("kms:*", "");
        if let Observed::Known(KeyDescription { manager, .. }) =
            &mut topic_key(&mut account).description
        {
            *manager = KeyManager::Aws;
        }
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Fail);
        let mut account = story::pristine_account();
        attributes(&mut account).kms_key_id = Some("alias/aws/sns".to_owned());
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Fail);
    }

    #[test]
    fn what_could_not_be_read_is_unknown() {
        let unknown = |account: &Account| story::judge(&RULE, account).unwrap_err().action;
        let mut account = encrypted("kms:*", "");
        topic_key(&mut account).policy = story::denied(Action::GetKeyPolicy);
        assert_eq!(unknown(&account), "kms:GetKeyPolicy");
        topic_key(&mut account).description = story::denied(Action::DescribeKey);
        assert_eq!(unknown(&account), "kms:DescribeKey");
        let mut account = encrypted("kms:*", "");
        account.resource_control_policies = story::denied(Action::ListPoliciesForTarget);
        assert_eq!(unknown(&account), "organizations:ListPoliciesForTarget");
        // Whether the policies that were read bind the key hangs on the organization.
        let mut account = encrypted("kms:*", "");
        account.organization = story::denied(Action::DescribeOrganization);
        assert_eq!(unknown(&account), "organizations:DescribeOrganization");
        let mut account = story::pristine_account();
        account.topic_mut().attributes = story::denied(Action::GetTopicAttributes);
        assert_eq!(unknown(&account), "sns:GetTopicAttributes");
        assert!(judged(r#"{"Effect":"Perhaps"}"#).is_err());
    }

    #[test]
    fn a_grant_that_is_not_known_hides_nothing() {
        let mut account = encrypted("kms:*", "");
        topic_key(&mut account).grants = story::denied(Action::ListGrants);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Pass);
    }

    #[test]
    fn a_topic_that_does_not_exist_is_not_applicable() {
        let mut account = story::pristine_account();
        account.topic_mut().attributes = Observed::Known(None);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::NotApplicable);
    }
}
