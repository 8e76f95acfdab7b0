use std::collections::BTreeSet;

use crate::policy::caller::{Membership, Owner};
use crate::policy::case::Policy;
use crate::policy::cloudtrail;
use crate::policy::context::Context as Request;
use crate::policy::document::Document;
use crate::policy::everywhere::{self, Everywhere};
use crate::policy::truth::{Doubt, Truth};
use crate::policy::world::{Resource, World};
use crate::retention::{self, Folder, Keys};
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict, listed,
    of_existing,
};
use crate::snapshot::{
    Account, Action, Bucket, BucketOwner, Gap, GapKind, Key, Observed, Trail, TrailStatus, arn,
};

/// The bucket and the key let CloudTrail deliver each trail's files.
pub(super) const RULE: Rule = Rule {
    id: "delivery-permitted",
    title: "Bucket and key let CloudTrail deliver",
    severity: Severity::High,
    worst: Severity::High,
    practice: Practice::Aggregation,
    description: "A trail delivers as long as the bucket policy and the key policy let CloudTrail \
        in. What takes the permission away, a Deny that was meant for somebody else or a \
        condition that names a trail of yesterday, stops the log files and is recorded as a \
        change of a bucket, not of a trail. Here the policies are evaluated on the requests that \
        CloudTrail makes for this trail, so that the gap is seen before log files are missed.",
    criteria: "Fails if the bucket policy, evaluated for CloudTrail and this trail, does not allow \
        s3:GetBucketAcl on the bucket or s3:PutObject on all of its log files (and digests, if \
        validation is on), if a Deny or a resource control policy catches some, if the requester \
        pays, or if the trail's key does not allow kms:GenerateDataKey and kms:DescribeKey. \
        Organization policies of other accounts are never seen: a bucket or key of another \
        account, and a condition on what AWS does not say that CloudTrail sends, pass only if log \
        files (and digests) arrived within 24 hours, else they are unknown. Unknown if a policy, \
        or in your own account a resource control policy, could not be read or understood. The \
        path of one account is not asked of an organization's trail; AWS grants it for the day \
        the trail is changed to one account's. Not applicable if the bucket does not exist.",
    action: "Add the statements that AWS documents for your kind of trail, with the trail's ARN in \
        aws:SourceArn (an organization trail's is the management account's), and except \
        cloudtrail.amazonaws.com from every Deny, for example by aws:PrincipalIsAWSService.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-create-and-update-an-organizational-trail-by-using-the-aws-cli.html",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html",
    ],
    controls: &[
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP01"),
        Control::config("cloudtrail-security-trail-enabled"),
    ],
    reads: &[
        Action::HeadBucket,
        Action::GetBucketPolicy,
        Action::GetBucketRequestPayment,
        Action::DescribeKey,
        Action::GetKeyPolicy,
        Action::GetTrailStatus,
        Action::DescribeOrganization,
        Action::ListRoots,
        Action::ListParents,
        Action::ListPoliciesForTarget,
        Action::DescribePolicy,
    ],
    remedies: Remedies {
        cli: "aws s3api get-bucket-policy --bucket {bucket} --query Policy --output text > bucket-policy.json\n\
            # add the statements that CloudTrail needs and keep the others in the file: the whole\n\
            # policy is replaced by\n\
            aws s3api put-bucket-policy --bucket {bucket} --policy file://bucket-policy.json",
        terraform: "# This replaces the whole bucket policy: name its other statements here, too.\n\
            data \"aws_iam_policy_document\" \"logs\" {\n  statement {\n    actions   = [\"s3:GetBucketAcl\"]\n    resources = [\"arn:{partition}:s3:::{bucket}\"]\n    principals {\n      type        = \"Service\"\n      identifiers = [\"cloudtrail.amazonaws.com\"]\n    }\n    condition {\n      test     = \"StringEquals\"\n      variable = \"aws:SourceArn\"\n      values   = [\"{arn}\"]\n    }\n  }\n  statement {\n    actions   = [\"s3:PutObject\"]\n    resources = [\"arn:{partition}:s3:::{bucket}/{prefix}*\"]\n    principals {\n      type        = \"Service\"\n      identifiers = [\"cloudtrail.amazonaws.com\"]\n    }\n    condition {\n      test     = \"StringEquals\"\n      variable = \"aws:SourceArn\"\n      values   = [\"{arn}\"]\n    }\n    condition {\n      test     = \"StringEquals\"\n      variable = \"s3:x-amz-acl\"\n      values   = [\"bucket-owner-full-control\"]\n    }\n  }\n}",
        cloudformation: "# This replaces the whole bucket policy: name its other statements here, too.\n\
            Type: AWS::S3::BucketPolicy\nProperties:\n  Bucket: {bucket}\n  PolicyDocument:\n    Version: \"2012-10-17\"\n    Statement:\n      - Effect: Allow\n        Principal:\n          Service: cloudtrail.amazonaws.com\n        Action: s3:GetBucketAcl\n        Resource: arn:{partition}:s3:::{bucket}\n        Condition:\n          StringEquals:\n            aws:SourceArn: {arn}\n      - Effect: Allow\n        Principal:\n          Service: cloudtrail.amazonaws.com\n        Action: s3:PutObject\n        Resource: arn:{partition}:s3:::{bucket}/{prefix}*\n        Condition:\n          StringEquals:\n            aws:SourceArn: {arn}\n            s3:x-amz-acl: bucket-owner-full-control",
    },
    check: Check::Trail(check),
};

fn check(context: &Context<'_>, trail: &Trail) -> Judgement {
    let bucket = context.account.bucket(trail.bucket.known()?)?;
    of_existing(bucket, || judge(context, trail, bucket))
}

fn judge(context: &Context<'_>, trail: &Trail, bucket: &Bucket) -> Judgement {
    let account = context.account;
    let document = Document::of_bucket(&bucket.policy)?;
    let document = document.unwrap_or(Document {
        statements: Vec::new(),
    });
    let of = |ours: bool| Judged::new(account, trail, bucket, document.clone(), ours);
    let judged = match ours(account, bucket) {
        Ok(ours) => of(ours),
        // The policy alone decides whoever owns the bucket; what may bind it in this account
        // and would stop the delivery keeps the question open.
        Err(gap) => {
            let (own, mut other) = (of(true), of(false));
            if other.faults.is_empty() && !own.faults.is_empty() {
                other.missing.get_or_insert(gap);
            }
            other.missing = other.missing.or(own.missing);
            other
        }
    };
    let verdict = judged.verdict(context)?;
    Ok(verdict
        .evidence("bucket", bucket.name.as_str())
        .evidence("prefix", base(account, trail)))
}

/// Whether the audited account owns the bucket.
fn ours(account: &Account, bucket: &Bucket) -> Result<bool, Gap> {
    match bucket.owner.known()? {
        BucketOwner::Account(id) => Ok(*id == account.id),
        BucketOwner::NotAccount(id) if *id == account.id => Ok(false),
        BucketOwner::NotAccount(id) => Err(Gap::new(
            Action::HeadBucket,
            GapKind::Unsupported,
            format!("all that is known of the bucket's owner is that it is not account {id}"),
        )),
    }
}

/// What the prefixes of a trail's files have in common, up to the account or organization.
fn base(account: &Account, trail: &Trail) -> String {
    let logs = retention::delivery(trail, Folder::Logs);
    let texts = places(account, logs.places()).into_iter();
    let texts = texts.map(|keys| {
        let text = keys.text('*');
        let known = text.split('*').next().unwrap_or_default();
        known
            .strip_suffix("CloudTrail/")
            .unwrap_or(known)
            .to_owned()
    });
    texts.min_by_key(String::len).unwrap_or_default()
}

fn places(account: &Account, places: &[Keys]) -> Vec<Keys> {
    let organization = account.organization.if_known().and_then(Option::as_ref);
    let named = |keys: &Keys| match organization {
        Some(organization) => keys.in_organization(&organization.id),
        None => keys.clone(),
    };
    places.iter().map(named).collect()
}

/// One trail, as CloudTrail's requests for it fare.
struct Judged<'a> {
    account: &'a Account,
    trail: &'a Trail,
    bucket: &'a Bucket,
    world: World,
    key: Option<&'a Key>,
    /// What is certainly wrong.
    faults: Vec<String>,
    /// What keeps the question open.
    missing: Option<Gap>,
    /// What only deliveries can show.
    unproven: BTreeSet<String>,
}

impl<'a> Judged<'a> {
    fn new(
        account: &'a Account,
        trail: &'a Trail,
        bucket: &'a Bucket,
        document: Document,
        ours: bool,
    ) -> Self {
        let mut world = World::of_resources(account);
        let arn = bucket_arn(account, bucket);
        let policy = policy("bucket policy", document);
        world.resources.insert(arn, resource(account, ours, policy));
        let mut judged = Judged {
            account,
            trail,
            bucket,
            world,
            key: None,
            faults: Vec::new(),
            missing: None,
            unproven: BTreeSet::new(),
        };
        if !ours {
            judged.unseen("the bucket's account");
        }
        judged.payer();
        if let Err(gap) = judged.encryption() {
            judged.missing.get_or_insert(gap);
        }
        judged.delivery();
        judged
    }

    fn unseen(&mut self, whose: &str) {
        self.unproven
            .insert(format!("the organization policies of {whose}"));
    }

    /// "Requester Pays buckets" refuse whoever does not say that he pays, as CloudTrail.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html>
    fn payer(&mut self) {
        match &self.bucket.requester_pays {
            Observed::Known(true) => self.faults.push(
                "the requester pays for requests to the bucket, which CloudTrail does not"
                    .to_owned(),
            ),
            Observed::Known(false) => {}
            Observed::Gap(gap) => {
                self.missing.get_or_insert(gap.clone());
            }
        }
    }

    /// What CloudTrail needs of the bucket.
    fn delivery(&mut self) {
        let arn = bucket_arn(self.account, self.bucket);
        let absent = self.request(&[
            ("s3:x-amz-acl", None),
            ("s3:x-amz-server-side-encryption", None),
            ("s3:x-amz-server-side-encryption-aws-kms-key-id", None),
        ]);
        let asked = Asked {
            action: "s3:GetBucketAcl",
            class: arn.clone(),
            on: "the bucket".to_owned(),
        };
        self.ask(&asked, &absent, None);
        self.files(Folder::Logs, None);
        match &self.trail.log_file_validation {
            Observed::Known(true) => self.files(Folder::Digests, None),
            Observed::Known(false) => {}
            Observed::Gap(gap) => self.files(Folder::Digests, Some(gap)),
        }
    }

    /// Whether CloudTrail may write one sort of files wherever they lie. What is denied of
    /// files that there may not be is no fault, for the reason in `unless`.
    fn files(&mut self, folder: Folder, unless: Option<&Gap>) {
        let delivery = retention::delivery(self.trail, folder);
        let arn = bucket_arn(self.account, self.bucket);
        let organization = unless.or(self.trail.organization.gap());
        let everywhere = self.trail.multi_region.known();
        for keys in places(self.account, delivery.places()) {
            let text = keys.text('*');
            // A trail of one Region writes there alone; any other there at least.
            let home = format!("{text}{}/*", self.trail.home_region);
            self.file(&arn, &home, organization);
            match &everywhere {
                Ok(false) => {}
                Ok(true) if !self.faults.is_empty() => {}
                Ok(true) => self.file(&arn, &format!("{text}*"), organization),
                Err(gap) => self.file(&arn, &format!("{text}*"), organization.or(Some(gap))),
            }
        }
    }

    fn file(&mut self, bucket: &str, keys: &str, unless: Option<&Gap>) {
        let key_arn = self
            .key
            .and_then(|key| key.description.if_known())
            .map(|description| description.arn.clone());
        let mut request = self.request(&[("s3:x-amz-acl", Some("bucket-owner-full-control"))]);
        if self.trail.kms_key_id.is_some() {
            let encryption = "s3:x-amz-server-side-encryption";
            request.set(encryption, ["aws:kms".to_owned()]);
            if let Some(arn) = key_arn {
                request.set(&format!("{encryption}-aws-kms-key-id"), [arn]);
            }
        }
        let asked = Asked {
            action: "s3:PutObject",
            class: format!("{bucket}/{keys}"),
            on: format!("`{keys}`"),
        };
        self.ask(&asked, &request, unless);
    }

    /// What CloudTrail needs of the trail's key.
    fn encryption(&mut self) -> Result<(), Gap> {
        let Some(reference) = &self.trail.kms_key_id else {
            return Ok(());
        };
        let key = self.account.key(reference)?;
        self.key = Some(key);
        let document =
            Document::parse(key.policy.known()?).and_then(|document| match document.doubt() {
                Some(doubt) => Err(doubt),
                None => Ok(document),
            });
        let document = document.map_err(|reason| {
            Gap::new(
                Action::GetKeyPolicy,
                GapKind::Malformed,
                format!("the key policy cannot be understood: {reason}"),
            )
        })?;
        let arn = self.account.key_arn(key);
        let ours = arn::parse(&arn).is_some_and(|arn| arn.account == self.account.id);
        // Grants are made for principals of an account, and never to CloudTrail.
        let policy = policy("key policy", document);
        self.world
            .resources
            .insert(arn.clone(), resource(self.account, ours, policy));
        if !ours {
            self.unseen("the key's account");
        }
        let context = "kms:EncryptionContext:aws:cloudtrail:arn";
        let encrypting = self.request(&[(context, Some(self.trail.arn.as_str()))]);
        let describing = self.request(&[(context, None)]);
        for (action, request) in [
            ("kms:GenerateDataKey", &encrypting),
            ("kms:DescribeKey", &describing),
        ] {
            let asked = Asked {
                action,
                class: arn.clone(),
                on: "the key".to_owned(),
            };
            self.ask(&asked, request, None);
        }
        Ok(())
    }

    fn request(&self, keys: &[(&str, Option<&str>)]) -> Request {
        let mut request = cloudtrail::request(self.account, self.trail);
        for (key, value) in keys {
            request.set(key, value.map(str::to_owned));
        }
        request
    }

    fn ask(&mut self, asked: &Asked, request: &Request, unless: Option<&Gap>) {
        let (caller, action) = (cloudtrail::caller(), asked.action.to_lowercase());
        let class = &asked.class;
        let why = match everywhere::permitted(&self.world, &caller, &action, class, request) {
            Everywhere::Permitted => return,
            Everywhere::Denied(by) => format!("{by} denies it"),
            Everywhere::NotAllowed => {
                everywhere::near_miss(&self.world, &caller, &action, class, request)
            }
            Everywhere::Open(keys) => {
                match self.hidden(&keys) {
                    Some(gap) => _ = self.missing.get_or_insert(gap),
                    None => self.unproven.extend(keys),
                }
                return;
            }
        };
        match unless {
            Some(gap) => _ = self.missing.get_or_insert_with(|| gap.clone()),
            None => self.faults.push(format!(
                "CloudTrail may not `{}` on {}: {why}",
                asked.action, asked.on
            )),
        }
    }

    /// The missing fact that may be what leaves an answer open. Only what no fact tells may
    /// be left to deliveries to show, or a missing fact would pass for a good one.
    fn hidden(&self, keys: &[String]) -> Option<Gap> {
        let unread = keys.iter().any(|key| key == Doubt::Unread.as_str());
        let controls = self.account.resource_control_policies.gap();
        let description = self.key.and_then(|key| key.description.gap());
        let gap = controls.filter(|_| unread);
        gap.or(self.account.organization.gap())
            .or(description)
            .cloned()
    }

    fn verdict(self, context: &Context<'_>) -> Judgement {
        if !self.faults.is_empty() {
            return Ok(Verdict::fail(self.faults.join("; ")));
        }
        if let Some(gap) = self.missing {
            return Err(gap);
        }
        let digests = match self.trail.log_file_validation.if_known() {
            Some(false) => "",
            _ => " and digests",
        };
        let key = match self.trail.kms_key_id {
            Some(_) => ", and encrypt them",
            None => "",
        };
        let mut message = format!("CloudTrail may deliver the trail's log files{digests}{key}");
        let unproven: Vec<&String> = self.unproven.iter().collect();
        let seen = unproven.is_empty();
        if !seen {
            arrived(context, self.trail, &unproven)?;
            message.push_str(&format!(
                "; {} cannot be seen, and files arrived within 24 h in spite of {}",
                listed(&unproven),
                if unproven.len() == 1 { "that" } else { "them" }
            ));
        }
        Ok(Verdict::pass(message)
            .evidence("not_seen", self.unproven.into_iter().collect::<Vec<_>>()))
    }
}

/// One thing that CloudTrail does.
struct Asked {
    /// As AWS spells it.
    action: &'static str,
    /// On which resources; `*` is any text.
    class: String,
    /// The same in a message.
    on: String,
}

/// Whether files arrived lately, which shows that nothing unseen keeps CloudTrail out.
fn arrived(context: &Context<'_>, trail: &Trail, unproven: &[&String]) -> Result<(), Gap> {
    let status = trail.home_status()?;
    let recent = |time: Option<jiff::Timestamp>| {
        time.is_some_and(|time| context.now.duration_since(time).as_hours() < 24)
    };
    let digests = trail.log_file_validation.if_known() == Some(&false)
        || recent(status.digest_time) && none(&status.digest_error);
    if recent(status.delivery_time) && no_error(status) && digests {
        return Ok(());
    }
    Err(Gap::new(
        Action::GetTrailStatus,
        GapKind::NotFound,
        format!(
            "the policies that can be seen let CloudTrail deliver, but {} cannot be seen, and no \
             delivery of the last 24 h in {} shows that nothing else keeps it out",
            listed(unproven),
            trail.home_region
        ),
    ))
}

fn none(error: &Option<String>) -> bool {
    error.as_deref().unwrap_or_default().is_empty()
}

/// An error stays after deliveries succeed again; it is history if the latest attempt is the
/// latest delivery.
fn no_error(status: &TrailStatus) -> bool {
    none(&status.delivery_error)
        || matches!((status.delivery_time, status.delivery_attempt), (Some(delivered), Some(attempted))
            if delivered.as_second() == attempted.as_second())
}

fn bucket_arn(account: &Account, bucket: &Bucket) -> String {
    format!("arn:{}:s3:::{}", account.partition, bucket.name)
}

fn policy(name: &str, document: Document) -> Policy {
    Policy {
        name: name.to_owned(),
        document,
    }
}

/// A resource of the audited account, or of one of which nothing is known.
fn resource(account: &Account, ours: bool, policy: Policy) -> Resource {
    let organization = match account.organization.if_known() {
        Some(Some(organization)) if ours => Membership::In(organization.id.clone()),
        Some(None) if ours => Membership::Outside,
        _ => Membership::Unknown,
    };
    Resource {
        owner: Owner {
            account: ours.then(|| account.id.clone()),
            organization,
        },
        policies: vec![policy],
        unread: false,
        restricted: Truth::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Organization, PolicyLevel, story};

    const TRAIL: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main";
    const BUCKET: &str = "arn:aws:s3:::example-trail-logs";

    /// The policy that AWS documents, for objects below these prefixes, and more statements.
    fn documented(prefixes: &[&str], source: &str, more: &str) -> String {
        let objects: Vec<String> = prefixes
            .iter()
            .map(|prefix| format!(r#""{BUCKET}/{prefix}""#))
            .collect();
        format!(
            r#"{{"Version":"2012-10-17","Statement":[
                {{"Sid":"Acl","Effect":"Allow","Principal":{{"Service":"cloudtrail.amazonaws.com"}},"Action":"s3:GetBucketAcl",
                  "Resource":"{BUCKET}","Condition":{{"StringEquals":{{"aws:SourceArn":"{source}"}}}}}},
                {{"Sid":"Write","Effect":"Allow","Principal":{{"Service":"cloudtrail.amazonaws.com"}},"Action":"s3:PutObject",
                  "Resource":[{}],"Condition":{{"StringEquals":{{"s3:x-amz-acl":"bucket-owner-full-control","aws:SourceArn":"{source}"}}}}}}
                {more}]}}"#,
            objects.join(",")
        )
    }

    /// The pristine account, owning its bucket, with this bucket policy.
    fn with(policy: String) -> Account {
        let mut account = story::pristine_account();
        let us = BucketOwner::Account(account.id.clone());
        let bucket = account.bucket_mut();
        bucket.owner = Observed::Known(us);
        bucket.policy = Observed::Known(Some(policy));
        account
    }

    fn with_statement(more: &str) -> Account {
        with(documented(
            &["AWSLogs/111122223333/*"],
            TRAIL,
            &format!(",{more}"),
        ))
    }

    fn with_key(policy: &str) -> Account {
        let mut account = with(documented(&["AWSLogs/111122223333/*"], TRAIL, ""));
        account.key_mut().policy = Observed::Known(policy.to_owned());
        account
    }

    fn ruling(account: &Account) -> Ruling {
        story::judge(&RULE, account).unwrap().ruling
    }

    fn fault(account: &Account) -> String {
        let verdict = story::judge(&RULE, account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail, "{}", verdict.message);
        verdict.message
    }

    fn unknown(account: &Account) -> String {
        story::judge(&RULE, account).unwrap_err().action
    }

    #[test]
    fn the_policies_that_aws_documents_let_cloudtrail_deliver() {
        for prefixes in [
            ["AWSLogs/111122223333/*"].as_slice(),
            &[
                "AWSLogs/111122223333/CloudTrail/*",
                "AWSLogs/111122223333/CloudTrail-Digest/*",
            ],
            &["*"],
        ] {
            let account = with(documented(prefixes, TRAIL, ""));
            let verdict = story::judge(&RULE, &account).unwrap();
            assert_eq!(verdict.ruling, Ruling::Pass, "{prefixes:?}");
            assert!(!verdict.message.contains("cannot be seen"));
        }
    }

    #[test]
    fn what_the_policy_leaves_out_fails_and_is_named() {
        let mut account = with(documented(
            &["AWSLogs/111122223333/CloudTrail/*"],
            TRAIL,
            "",
        ));
        let message = fault(&account);
        assert!(
            message.contains("`AWSLogs/111122223333/CloudTrail-Digest/us-east-1/*`"),
            "{message}"
        );
        assert!(message.contains("statement `Write` allows it on `arn:aws:s3:::example-trail-logs/AWSLogs/111122223333/CloudTrail/*`"), "{message}");
        account.trail_mut().log_file_validation = Observed::Known(false);
        assert_eq!(ruling(&account), Ruling::Pass);
        account.trail_mut().log_file_validation = story::denied(Action::DescribeTrails);
        assert_eq!(unknown(&account), "cloudtrail:DescribeTrails");
        account.trail_mut().key_prefix = Some("audit".to_owned());
        assert!(fault(&account).contains("`audit/AWSLogs/111122223333/CloudTrail/us-east-1/*`"));
    }

    #[test]
    fn a_policy_for_one_region_is_not_enough_for_a_trail_of_all() {
        let regional = ["AWSLogs/111122223333/*/us-east-1/*"];
        let mut account = with(documented(&regional, TRAIL, ""));
        assert!(fault(&account).contains("`AWSLogs/111122223333/CloudTrail/*`"));
        account.trail_mut().multi_region = Observed::Known(false);
        assert_eq!(ruling(&account), Ruling::Pass);
        account.trail_mut().multi_region = story::denied(Action::DescribeTrails);
        assert_eq!(unknown(&account), "cloudtrail:DescribeTrails");
    }

    #[test]
    fn a_policy_for_another_trail_or_none_at_all_fails() {
        let other = TRAIL.replace("main", "old");
        let message = fault(&with(documented(&["*"], &other, "")));
        assert!(
            message.contains("statement `Acl` asks for StringEquals `aws:SourceArn`"),
            "{message}"
        );
        let mut account = story::pristine_account();
        account.bucket_mut().policy = Observed::Known(None);
        assert!(fault(&account).contains("no statement allows it"));
    }

    #[test]
    fn a_deny_that_catches_cloudtrail_fails_and_is_named() {
        for deny in [
            // Meant for uploads by people: CloudTrail's have no organization of a principal.
            r#"{"Sid":"Org","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-exampleorgid"}}}"#,
            r#"{"Sid":"Org","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}"#,
            r#"{"Sid":"Org","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::example-trail-logs/*/eu-*"}"#,
            r#"{"Sid":"Org","Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"s3:*","Resource":"*"}"#,
        ] {
            let message = fault(&with_statement(deny));
            assert!(
                message.contains("statement `Org` of the bucket policy denies it"),
                "{message}"
            );
        }
    }

    #[test]
    fn a_deny_that_spares_aws_services_or_is_about_others_does_not_matter() {
        for deny in [
            r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-exampleorgid"},"Bool":{"aws:PrincipalIsAWSService":"false"}}}"#,
            r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}"#,
            r#"{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::example-trail-logs/other/*"}"#,
            r#"{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"*","Condition":{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}}"#,
        ] {
            assert_eq!(ruling(&with_statement(deny)), Ruling::Pass, "{deny}");
        }
    }

    #[test]
    fn a_condition_on_what_aws_does_not_tell_passes_only_if_files_arrive() {
        let deny = r#"{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"*","Condition":{"StringNotEquals":{"aws:UserAgent":"x"}}}"#;
        let mut account = with_statement(deny);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
        assert!(
            verdict.message.contains("aws:UserAgent cannot be seen"),
            "{}",
            verdict.message
        );
        account.trail_mut().status_mut("us-east-1").delivery_time = None;
        assert_eq!(unknown(&account), "cloudtrail:GetTrailStatus");
    }

    #[test]
    fn another_accounts_organization_policies_are_never_seen_and_deliveries_decide() {
        let mut account = story::pristine_account();
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
        assert!(
            verdict
                .message
                .contains("the organization policies of the bucket's account")
        );
        let status = account.trail_mut().status_mut("us-east-1");
        status.digest_time = Some("2026-11-20T00:00:00Z".parse().unwrap());
        assert_eq!(unknown(&account), "cloudtrail:GetTrailStatus");
        let status = account.trail_mut().status_mut("us-east-1");
        status.digest_time = status.delivery_time;
        status.delivery_error = Some("AccessDenied".to_owned());
        status.delivery_attempt = None;
        assert_eq!(unknown(&account), "cloudtrail:GetTrailStatus");
    }

    fn controlled(account: &mut Account, content: &str) {
        match &mut account.resource_control_policies {
            Observed::Known(levels) => {
                let level: &mut PolicyLevel = &mut levels[1];
                let mut policy = level.policies[0].clone();
                policy.name = "perimeter".to_owned();
                policy.content = content.to_owned();
                level.policies.push(policy);
            }
            Observed::Gap(gap) => panic!("{gap:?}"),
        }
    }

    #[test]
    fn resource_control_policies_of_the_account_count_for_its_own_bucket_and_key() {
        let mut account = with(documented(&["*"], TRAIL, ""));
        let perimeter = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Ours","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-exampleorgid"}}}]}"#;
        controlled(&mut account, perimeter);
        assert!(
            fault(&account).contains("statement `Ours` of the resource control policy `perimeter`")
        );
        // Whose bucket it is decides whether that policy binds it.
        account.bucket_mut().owner = story::denied(Action::HeadBucket);
        assert_eq!(unknown(&account), "s3:ListBucket");
        account.bucket_mut().owner = Observed::Known(BucketOwner::NotAccount(account.id.clone()));
        assert_eq!(ruling(&account), Ruling::Pass);
        let mut account = with(documented(&["*"], TRAIL, ""));
        account.resource_control_policies = story::denied(Action::ListPoliciesForTarget);
        assert_eq!(unknown(&account), "organizations:ListPoliciesForTarget");
        account.organization = Observed::Known(None);
        assert_eq!(ruling(&account), Ruling::Pass);
    }

    #[test]
    fn a_bucket_whose_requester_pays_takes_no_log_files() {
        let mut account = with(documented(&["*"], TRAIL, ""));
        account.bucket_mut().requester_pays = Observed::Known(true);
        assert!(fault(&account).contains("the requester pays"));
        account.bucket_mut().requester_pays = story::denied(Action::GetBucketRequestPayment);
        assert_eq!(unknown(&account), "s3:GetBucketRequestPayment");
    }

    fn key_policy(action: &str, condition: &str) -> String {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Trail","Effect":"Allow","Principal":{{"Service":"cloudtrail.amazonaws.com"}},
                "Action":{action},"Resource":"*","Condition":{{{condition}}}}}]}}"#
        )
    }

    /// create-kms-key-policy-for-cloudtrail.html: the log file's encryption context is the
    /// trail's ARN, and describing the key has none.
    #[test]
    fn the_key_must_let_cloudtrail_encrypt_for_this_trail_and_describe_it() {
        let both = r#"["kms:GenerateDataKey*","kms:DescribeKey"]"#;
        assert_eq!(ruling(&with_key(&key_policy(both, ""))), Ruling::Pass);
        let source = format!(r#""StringEquals":{{"aws:SourceArn":"{TRAIL}"}}"#);
        assert_eq!(ruling(&with_key(&key_policy(both, &source))), Ruling::Pass);
        let context = r#""StringLike":{"kms:EncryptionContext:aws:cloudtrail:arn":"arn:aws:cloudtrail:*:111122223333:trail/*"}"#;
        let message = fault(&with_key(&key_policy(both, context)));
        assert!(
            message.contains("`kms:DescribeKey` on the key") && !message.contains("Generate"),
            "{message}"
        );
        let message = fault(&with_key(&key_policy(r#""kms:DescribeKey""#, "")));
        assert!(
            message.contains("`kms:GenerateDataKey` on the key: no statement allows it"),
            "{message}"
        );
        let other = source.replace("main", "old");
        assert!(fault(&with_key(&key_policy(both, &other))).contains("statement `Trail` asks for"));
    }

    #[test]
    fn what_is_not_read_or_not_understood_is_unknown() {
        let mut account = with(documented(&["*"], TRAIL, ""));
        account.key_mut().policy = story::denied(Action::GetKeyPolicy);
        assert_eq!(unknown(&account), "kms:GetKeyPolicy");
        account.bucket_mut().policy = story::denied(Action::GetBucketPolicy);
        assert_eq!(unknown(&account), "s3:GetBucketPolicy");
        assert!(story::judge(&RULE, &with_key("{}")).is_err());
        assert!(story::judge(&RULE, &with("[]".to_owned())).is_err());
        // A certain fault stands whatever else is missing.
        let mut account = with(documented(&["other/*"], TRAIL, ""));
        account.key_mut().policy = story::denied(Action::GetKeyPolicy);
        fault(&account);
    }

    /// An organization trail of this account, which is the management account.
    fn of_organization(prefixes: &[&str]) -> Account {
        let mut account = with(documented(prefixes, TRAIL, ""));
        account.trail_mut().organization = Observed::Known(true);
        account.organization = Observed::Known(Some(Organization {
            id: "o-exampleorgid".to_owned(),
            management_account: account.id.clone(),
        }));
        account
    }

    #[test]
    fn an_organizations_trail_needs_the_path_of_every_member() {
        let mut account = of_organization(&["AWSLogs/o-exampleorgid/*"]);
        // Nothing binds what the management account owns.
        account.resource_control_policies = story::denied(Action::ListPoliciesForTarget);
        assert_eq!(ruling(&account), Ruling::Pass);
        let one = of_organization(&["AWSLogs/o-exampleorgid/111122223333/*"]);
        assert!(fault(&one).contains("`AWSLogs/o-exampleorgid/*/CloudTrail/us-east-1/*`"));
        fault(&of_organization(&["AWSLogs/111122223333/*"]));
        fault(&of_organization(&["AWSLogs/o-another/*"]));
    }

    #[test]
    fn a_trail_that_may_be_an_organizations_is_judged_by_both_paths() {
        let mut account = of_organization(&["AWSLogs/o-exampleorgid/*"]);
        account.trail_mut().organization = story::denied(Action::DescribeTrails);
        assert_eq!(unknown(&account), "cloudtrail:DescribeTrails");
        let mut account = of_organization(&["AWSLogs/o-exampleorgid/*", "AWSLogs/111122223333/*"]);
        account.trail_mut().organization = story::denied(Action::DescribeTrails);
        assert_eq!(ruling(&account), Ruling::Pass);
    }

    #[test]
    fn a_bucket_that_does_not_exist_is_not_applicable() {
        let mut account = story::pristine_account();
        account.bucket_mut().existence = Observed::Known(crate::snapshot::Existence::Absent);
        assert_eq!(ruling(&account), Ruling::NotApplicable);
    }
}
