use std::collections::BTreeSet;

use crate::policy::binding::{self, Bound, Use};
use crate::policy::caller::{Membership, Owner};
use crate::policy::case::Policy;
use crate::policy::document::Document;
use crate::policy::pattern::Target;
use crate::policy::{cloudtrail, everyone};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict, listed,
};
use crate::snapshot::{Account, Action, Gap, GapKind, Key, arn};

/// CloudTrail may use a trail's key for known trails only, and not everybody may decrypt.
pub(super) const RULE: Rule = Rule {
    id: "key-policy-bound",
    title: "The key policy binds CloudTrail to your trails",
    severity: Severity::Medium,
    worst: Severity::Medium,
    practice: Practice::Access,
    description: "CloudTrail acts for every customer of AWS. A key policy that lets it in without \
        saying for which trail lets anybody's trail encrypt with your key, at your cost and up to \
        your quota; that is how a service is made a confused deputy. A policy that opens \
        `kms:Decrypt` to everybody takes away what the key is for: whoever gets hold of a log \
        file reads it.",
    criteria: "Fails if a statement of the key policy lets CloudTrail encrypt, decrypt, \
        re-encrypt or create grants and neither it nor a Deny is bound by aws:SourceArn, \
        kms:EncryptionContext:aws:cloudtrail:arn, aws:SourceAccount or aws:SourceOrgID (a \
        wildcard in the account's place, an IfExists and a ForAllValues bind nobody, nor does \
        another organization's id); or if kms:Decrypt is allowed to everybody without a condition \
        that fixes who they are, such as kms:CallerAccount or aws:PrincipalOrgID (kms:ViaService \
        alone does not). Accounts that the policy names are shown, and pass. kms:DescribeKey is \
        left out: it tells nobody anything. Unknown if the policy could not be read or \
        understood, or the organization that it names could not be compared with yours.",
    action: "Add a condition StringEquals aws:SourceArn with the ARN of each trail that uses the \
        key to the statements for CloudTrail. Name those who read log files, or limit \
        kms:Decrypt by kms:CallerAccount or aws:PrincipalOrgID.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cross-service-confused-deputy-prevention.html",
        "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html",
    ],
    controls: &[
        Control::cloudtrail_practices("preventive"),
        Control::well_architected("SEC04-BP02"),
    ],
    reads: &[
        Action::DescribeKey,
        Action::GetKeyPolicy,
        Action::DescribeOrganization,
    ],
    remedies: Remedies {
        cli: "aws kms get-key-policy --key-id {arn} --policy-name default --region {region} --query Policy --output text > key-policy.json\n\
            # give each statement for cloudtrail.amazonaws.com a StringEquals condition on aws:SourceArn\n\
            # with the ARN of the trail and keep the other statements in the file: the whole policy\n\
            # is replaced by\n\
            aws kms put-key-policy --key-id {arn} --policy-name default --region {region} --policy file://key-policy.json",
        terraform: "data \"aws_iam_policy_document\" \"key\" {\n  # keep the key's other statements here\n  statement {\n    sid       = \"CloudTrail\"\n    actions   = [\"kms:GenerateDataKey*\", \"kms:DescribeKey\"]\n    resources = [\"*\"]\n    principals {\n      type        = \"Service\"\n      identifiers = [\"cloudtrail.amazonaws.com\"]\n    }\n    condition {\n      test     = \"StringEquals\"\n      variable = \"aws:SourceArn\"\n      values   = [\"ARN_OF_THE_TRAIL\"]\n    }\n  }\n}",
        cloudformation: "# in the KeyPolicy of the AWS::KMS::Key, beside its other statements\n\
            - Sid: CloudTrail\n  Effect: Allow\n  Principal:\n    Service: cloudtrail.amazonaws.com\n  Action:\n    - kms:GenerateDataKey*\n    - kms:DescribeKey\n  Resource: \"*\"\n  Condition:\n    StringEquals:\n      aws:SourceArn: ARN_OF_THE_TRAIL",
    },
    check: Check::Key(check),
};

/// What CloudTrail must not do for strangers.
const USES: [&str; 6] = [
    "kms:generatedatakey",
    "kms:generatedatakeywithoutplaintext",
    "kms:encrypt",
    "kms:decrypt",
    "kms:reencryptto",
    "kms:creategrant",
];

fn check(context: &Context<'_>, key: &Key) -> Judgement {
    let account = context.account;
    let text = key.policy.known()?;
    let document = Document::parse(text).map_err(|reason| not_understood(&reason))?;
    let arn = account.key_arn(key);
    let bindings = bindings(account, &document, &arn);
    let open = open_to_all(document.clone(), &arn);
    // A statement that is certainly open fails, whatever else is not understood.
    let mut faults: Vec<String> = bindings.faults;
    faults.extend(open.as_ref().ok().cloned().flatten());
    if !faults.is_empty() {
        return Ok(Verdict::fail(faults.join("; ")).evidence("key_arn", arn));
    }
    if let Some(gap) = bindings.gap {
        return Err(gap);
    }
    open?;
    let message = match (bindings.bound.is_empty(), bindings.others.is_empty()) {
        (true, _) => "no statement of the key policy lets CloudTrail use the key, and \
                      `kms:Decrypt` is not open to everybody"
            .to_owned(),
        (false, true) => format!(
            "{} of the key policy {} CloudTrail to your trails, and `kms:Decrypt` is not open to \
             everybody",
            listed(&bindings.bound),
            if bindings.bound.len() == 1 {
                "binds"
            } else {
                "bind"
            }
        ),
        (false, false) => format!(
            "the key policy binds CloudTrail to your trails and to those of {}, which it names, \
             and `kms:Decrypt` is not open to everybody",
            listed(&bindings.others)
        ),
    };
    Ok(Verdict::pass(message)
        .evidence("key_arn", arn)
        .evidence("statements", bindings.bound))
}

/// How the statements for CloudTrail are bound.
#[derive(Default)]
struct Bindings {
    /// Names of statements that are.
    bound: Vec<String>,
    /// Accounts that they name beside the audited one and its trails' owners.
    others: Vec<String>,
    faults: Vec<String>,
    gap: Option<Gap>,
}

fn bindings(account: &Account, document: &Document, key: &str) -> Bindings {
    let (target, owner) = (Target::One(key.to_owned()), owner(account, key));
    let mut bindings = Bindings::default();
    let mut seen = BTreeSet::new();
    let service = cloudtrail::caller();
    for action in USES {
        let of = Use {
            service: &service,
            action,
            target: &target,
            owner: &owner,
        };
        let grants = match binding::grants(document, of) {
            Ok(grants) => grants,
            Err(reason) => {
                bindings.gap.get_or_insert(not_understood(&reason));
                continue;
            }
        };
        for grant in grants {
            if !seen.insert(grant.statement) {
                continue;
            }
            match binding::bound(&grant.scope, account) {
                Ok(Bound::To(others)) => {
                    bindings.bound.push(grant.statement.to_owned());
                    bindings.others.extend(others);
                }
                Ok(Bound::ToStrangers(id)) => bindings.faults.push(format!(
                    "{} of the key policy lets CloudTrail use the key for trails of \
                     organization `{id}`, which is not yours",
                    grant.statement
                )),
                Ok(Bound::Unbound) => bindings.faults.push(format!(
                    "{} of the key policy lets CloudTrail use the key for anybody's trail",
                    grant.statement
                )),
                Err(gap) => {
                    bindings.gap.get_or_insert(gap);
                }
            }
        }
    }
    bindings
}

/// What is wrong if everybody may decrypt; `None` if not everybody may.
fn open_to_all(document: Document, key: &str) -> Result<Option<String>, Gap> {
    let policy = Policy {
        name: "key policy".to_owned(),
        document,
    };
    let target = Target::One(key.to_owned());
    let limiting = ["kms:calleraccount", "aws:sourceorgid"];
    let open = everyone::admitted(&policy, "kms:decrypt", &target, &limiting)
        .map_err(|reason| not_understood(&reason))?;
    Ok((!open.is_empty()).then(|| {
        format!(
            "{} of the key policy {} everybody `kms:Decrypt`",
            listed(&open),
            if open.len() == 1 { "allows" } else { "allow" }
        )
    }))
}

fn owner(account: &Account, key: &str) -> Owner {
    let id = arn::parse(key).map(|arn| arn.account.to_owned());
    let organization = match account.organization.if_known() {
        Some(Some(organization)) if id.as_deref() == Some(account.id.as_str()) => {
            Membership::In(organization.id.clone())
        }
        _ => Membership::Unknown,
    };
    Owner {
        account: id,
        not: None,
        organization,
    }
}

fn not_understood(reason: &str) -> Gap {
    Gap::new(
        Action::GetKeyPolicy,
        GapKind::Malformed,
        format!("the key policy cannot be understood: {reason}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Observed, story};

    const OWN: &str = r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}"#;

    /// What is said of a key whose policy has the owner's statement and these.
    fn judged(statements: &str) -> Judgement {
        let mut account = story::pristine_account();
        account.key_mut().policy = Observed::Known(format!(
            r#"{{"Version":"2012-10-17","Statement":[{OWN},{statements}]}}"#
        ));
        story::judge(&RULE, &account)
    }

    fn ruling(statements: &str) -> Ruling {
        judged(statements).unwrap().ruling
    }

    /// CloudTrail's statement with this condition.
    fn cloudtrail_if(condition: &str) -> String {
        format!(
            r#"{{"Sid":"Trail","Effect":"Allow","Principal":{{"Service":"cloudtrail.amazonaws.com"}},
                "Action":"kms:GenerateDataKey*","Resource":"*","Condition":{{{condition}}}}}"#
        )
    }

    fn everybody_if(condition: &str) -> String {
        format!(
            r#"{{"Sid":"Read","Effect":"Allow","Principal":{{"AWS":"*"}},"Action":["kms:Decrypt","kms:ReEncryptFrom"],
                "Resource":"*","Condition":{{{condition}}}}}"#
        )
    }

    #[test]
    fn what_names_the_trail_its_account_or_the_organization_binds() {
        for condition in [
            r#""StringEquals":{"aws:SourceArn":"arn:aws:cloudtrail:us-east-1:111122223333:trail/main"}"#,
            r#""ArnLike":{"aws:sourcearn":"arn:aws:cloudtrail:*:111122223333:trail/*"}"#,
            r#""StringLike":{"kms:EncryptionContext:aws:cloudtrail:arn":"arn:aws:cloudtrail:*:111122223333:trail/*"}"#,
            r#""StringEquals":{"aws:SourceAccount":["111122223333"]}"#,
            r#""StringEquals":{"aws:SourceAccount":"${aws:ResourceAccount}"}"#,
            r#""StringEquals":{"aws:SourceOrgID":"o-exampleorgid"}"#,
            r#""ForAnyValue:StringLike":{"aws:SourceOrgPaths":"o-exampleorgid/*"}"#,
        ] {
            assert_eq!(
                ruling(&cloudtrail_if(condition)),
                Ruling::Pass,
                "{condition}"
            );
        }
    }

    #[test]
    fn what_a_strangers_trail_can_meet_binds_nobody_and_names_the_statement() {
        for condition in [
            "",
            r#""StringLike":{"kms:EncryptionContext:aws:cloudtrail:arn":"arn:aws:cloudtrail:*:*:trail/*"}"#,
            r#""StringLike":{"aws:SourceArn":"arn:aws:cloudtrail:*"}"#,
            r#""StringLike":{"aws:SourceArn":"arn:aws:cloudtrail:us-east-1:1111*:trail/main"}"#,
            r#""StringEqualsIfExists":{"aws:SourceAccount":"111122223333"}"#,
            r#""ForAllValues:StringEquals":{"aws:SourceAccount":"111122223333"}"#,
            r#""StringNotEquals":{"aws:SourceAccount":"999999999999"}"#,
            r#""StringLike":{"aws:SourceAccount":"*"}"#,
            r#""Null":{"aws:SourceArn":"false"}"#,
            r#""StringEquals":{"aws:SourceOrgID":"o-another"}"#,
        ] {
            let verdict = judged(&cloudtrail_if(condition)).unwrap();
            assert_eq!(verdict.ruling, Ruling::Fail, "{condition}");
            assert!(verdict.message.contains("`Trail`"), "{}", verdict.message);
        }
    }

    #[test]
    fn a_deny_that_hits_cloudtrail_acting_for_others_binds_too() {
        let deny = |condition: &str| {
            let allow = cloudtrail_if("");
            format!(
                r#"{allow},{{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{{{condition}}}}}"#
            )
        };
        let ours = r#""StringNotEquals":{"aws:SourceAccount":"111122223333"}"#;
        let service = r#""Bool":{"aws:PrincipalIsAWSService":"true"}"#;
        assert_eq!(ruling(&deny(&format!("{ours},{service}"))), Ruling::Pass);
        assert_eq!(ruling(&deny(ours)), Ruling::Pass);
        let over_tls = r#""Bool":{"aws:SecureTransport":"false"}"#;
        assert_eq!(ruling(&deny(&format!("{ours},{over_tls}"))), Ruling::Fail);
        assert_eq!(ruling(&deny(over_tls)), Ruling::Fail);
    }

    #[test]
    fn another_account_that_the_policy_names_is_shown_and_passes() {
        let condition = r#""StringEquals":{"aws:SourceArn":["arn:aws:cloudtrail:us-east-1:444455556666:trail/main"]}"#;
        let verdict = judged(&cloudtrail_if(condition)).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
        assert!(
            verdict.message.contains("444455556666"),
            "{}",
            verdict.message
        );
    }

    /// The policy that CloudTrail's console makes, default-kms-key-policy.html, limits
    /// everybody by `kms:CallerAccount`; conditions-kms.html of `kms:ViaService`: it does not.
    #[test]
    fn decrypt_must_not_be_open_to_everybody() {
        for (condition, expected) in [
            (
                r#""StringEquals":{"kms:CallerAccount":"111122223333"}"#,
                Ruling::Pass,
            ),
            (
                r#""StringEquals":{"aws:PrincipalOrgID":"o-exampleorgid"}"#,
                Ruling::Pass,
            ),
            ("", Ruling::Fail),
            (
                r#""StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}"#,
                Ruling::Fail,
            ),
            (
                r#""StringLike":{"kms:EncryptionContext:aws:cloudtrail:arn":"arn:aws:cloudtrail:*:111122223333:trail/*"}"#,
                Ruling::Fail,
            ),
            (r#""StringLike":{"kms:CallerAccount":"*"}"#, Ruling::Fail),
        ] {
            assert_eq!(ruling(&everybody_if(condition)), expected, "{condition}");
        }
    }

    #[test]
    fn a_deny_that_hits_every_stranger_closes_what_is_open() {
        let denied = |condition: &str| {
            let open = everybody_if("");
            format!(
                r#"{open},{{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{{{condition}}}}}"#
            )
        };
        // The Allow for everybody lets CloudTrail decrypt, too: it is bound by neither.
        let ours = r#""StringNotEquals":{"kms:CallerAccount":"111122223333"}"#;
        assert_eq!(ruling(&denied(ours)), Ruling::Pass);
        let named = r#""ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/reader"}"#;
        let verdict = judged(&denied(named)).unwrap();
        assert!(
            verdict.message.contains("everybody `kms:Decrypt`"),
            "{}",
            verdict.message
        );
    }

    #[test]
    fn what_is_not_read_or_not_understood_is_unknown() {
        let mut account = story::pristine_account();
        account.key_mut().policy = story::denied(Action::GetKeyPolicy);
        assert!(story::judge(&RULE, &account).is_err());
        account.key_mut().policy = Observed::Known("{}".to_owned());
        assert!(story::judge(&RULE, &account).is_err());
        assert!(judged(r#"{"Effect":"Perhaps"}"#).is_err());
        assert!(judged(&cloudtrail_if(r#""StringSounds":{"aws:SourceArn":"x"}"#)).is_err());
    }

    #[test]
    fn an_organization_is_ours_only_if_that_is_known() {
        let mut account = story::pristine_account();
        let statement = cloudtrail_if(r#""StringEquals":{"aws:SourceOrgID":"o-exampleorgid"}"#);
        account.key_mut().policy = Observed::Known(format!(
            r#"{{"Version":"2012-10-17","Statement":[{OWN},{statement}]}}"#
        ));
        account.organization = story::denied(Action::DescribeOrganization);
        assert!(story::judge(&RULE, &account).is_err());
        account.organization = Observed::Known(None);
        assert_eq!(story::judge(&RULE, &account).unwrap().ruling, Ruling::Fail);
    }

    #[test]
    fn a_key_that_cloudtrail_cannot_use_is_bound_all_the_same() {
        let verdict = judged(&everybody_if(
            r#""StringEquals":{"kms:CallerAccount":"111122223333"}"#,
        ));
        assert_eq!(verdict.unwrap().ruling, Ruling::Pass);
    }
}
