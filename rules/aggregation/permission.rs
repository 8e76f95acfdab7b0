//! How CloudTrail's requests for one trail fare with the policies that can be seen.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::policy::caller::{Membership, Owner};
use crate::policy::case::Policy;
use crate::policy::cloudtrail;
use crate::policy::context::Context as Request;
use crate::policy::document::Document;
use crate::policy::everywhere::{self, Everywhere};
use crate::policy::truth::{Doubt, Truth};
use crate::policy::world::{Resource, World};
use crate::retention::{self, Folder, Keys};
use crate::rule::{Context, Judgement, Severity, Verdict, listed};
use crate::snapshot::{
    Account, Action, Bucket, Gap, GapKind, Key, Observed, Trail, TrailStatus, arn,
};

/// One trail, as CloudTrail's requests for it fare.
pub(super) struct Judged<'a> {
    account: &'a Account,
    trail: &'a Trail,
    bucket: &'a Bucket,
    world: World,
    key: Option<&'a Key>,
    /// What is certainly wrong.
    pub(super) faults: Vec<String>,
    /// What AWS asks for and files arrive without.
    lesser: Vec<String>,
    /// What keeps the question open.
    pub(super) missing: Option<Gap>,
    /// What only deliveries can show.
    unproven: BTreeSet<String>,
}

impl<'a> Judged<'a> {
    /// Asks everything that CloudTrail asks; `ours` if the audited account owns the bucket.
    pub(super) fn new(
        account: &'a Account,
        trail: &'a Trail,
        bucket: &'a Bucket,
        document: Document,
        ours: bool,
    ) -> Self {
        let mut world = World::of_organization(account);
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
            lesser: Vec::new(),
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
            None => {
                let faults = match asked.action {
                    "kms:DescribeKey" => &mut self.lesser,
                    _ => &mut self.faults,
                };
                let (action, on) = (asked.action, &asked.on);
                faults.push(format!("CloudTrail may not `{action}` on {on}: {why}"));
            }
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

    /// What all of it comes to.
    pub(super) fn verdict(mut self, context: &Context<'_>) -> Judgement {
        if !self.faults.is_empty() {
            self.faults.append(&mut self.lesser);
            return Ok(Verdict::fail(self.faults.join("; ")));
        }
        // A lesser fault must not stand for a greater one that could not be seen.
        if let Some(gap) = self.missing {
            return Err(gap);
        }
        let unproven: Vec<&String> = self.unproven.iter().collect();
        let seen = unproven.is_empty();
        if !seen {
            arrived(context, self.trail, &unproven)?;
        }
        if !self.lesser.is_empty() {
            return Ok(Verdict::fail(self.lesser.join("; ")).severity(Severity::Medium));
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
        if !seen {
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
    let recent = |time: Option<Timestamp>| {
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
            not: None,
            organization,
        },
        policies: vec![policy],
        unread: false,
        acl: Some(Vec::new()),
        restricted: Truth::No,
        has_grants: false,
    }
}

/// Where the files lie, with the organization's id if it is known.
pub(super) fn places(account: &Account, places: &[Keys]) -> Vec<Keys> {
    let organization = account.organization.if_known().and_then(Option::as_ref);
    let named = |keys: &Keys| match organization {
        Some(organization) => keys.in_organization(&organization.id),
        None => keys.clone(),
    };
    places.iter().map(named).collect()
}
