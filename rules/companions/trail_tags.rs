use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict, listed,
};
use crate::snapshot::{Action, Trail};

/// Every trail has the tags that are asked for.
pub(super) const RULE: Rule = Rule {
    id: "trail-tags",
    title: "Trails have the tags that you ask for",
    severity: Severity::Low,
    worst: Severity::Low,
    practice: Practice::Companions,
    description: "Tags say whose a trail is and what it is for. Policies that protect trails by \
        aws:ResourceTag protect only those that have the tag, and a trail without an owner's tag \
        is what gets removed when somebody tidies up, or stays for years and sends copies of \
        everything to a bucket that nobody remembers.",
    criteria: "Fails if a trail lacks a tag whose key is listed in the setting required; keys are \
        compared exactly, upper and lower case included, and an empty value will do. Unknown if the tags \
        could not be read. Not applicable if no key is listed, or if no trail is visible.",
    action: "Add the missing tags, and let whatever makes trails add them from the start.",
    resources: &[
        "https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AddTags.html",
        "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html",
    ],
    controls: &[Control::security_hub("CloudTrail.9")],
    reads: &[Action::ListTags],
    remedies: Remedies {
        cli: "aws cloudtrail add-tags --resource-id {arn} --region {region} --tags-list Key={missing_tag},Value=VALUE",
        terraform: "resource \"aws_cloudtrail\" \"trail\" {\n  tags = {\n    \"{missing_tag}\" = \"VALUE\"\n  }\n}",
        cloudformation: "Type: AWS::CloudTrail::Trail\nProperties:\n  Tags:\n    - Key: \"{missing_tag}\"\n      Value: VALUE",
    },
    check: Check::Trail(check),
};

fn check(context: &Context<'_>, trail: &Trail) -> Judgement {
    let required = &context.settings.trail_tags.required;
    if required.is_empty() {
        return Ok(Verdict::not_applicable(
            "the settings ask for no tag on trails",
        ));
    }
    let tags = trail.tags.known()?;
    let missing: Vec<&String> = required
        .iter()
        .filter(|key| !tags.contains_key(*key))
        .collect();
    let Some(first) = missing.first() else {
        return Ok(Verdict::pass(format!(
            "the trail is tagged {}",
            in_words(required)
        )));
    };
    Ok(
        Verdict::fail(format!("the trail is not tagged {}", in_words(&missing)))
            .evidence("missing_tag", first.as_str())
            .evidence(
                "missing_tags",
                missing.iter().map(|key| key.as_str()).collect::<Vec<_>>(),
            ),
    )
}

fn in_words<T: AsRef<str>>(keys: &[T]) -> String {
    let keys: Vec<String> = keys
        .iter()
        .map(|key| format!("`{}`", key.as_ref()))
        .collect();
    listed(&keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Settings, TrailTags};
    use crate::rule::Ruling;
    use crate::snapshot::{Account, story};

    fn judge(account: &Account, required: &[&str]) -> Judgement {
        let settings = Settings {
            trail_tags: TrailTags {
                required: required.iter().map(|key| (*key).to_owned()).collect(),
            },
            ..Settings::default()
        };
        story::judge_with(&RULE, account, &settings)
    }

    #[test]
    fn every_required_key_must_be_there_as_it_is_written() {
        let account = story::pristine_account();
        assert_eq!(judge(&account, &["team"]).unwrap().ruling, Ruling::Pass);
        let verdict = judge(&account, &["team", "Team", "owner"]).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert_eq!(
            verdict.message,
            "the trail is not tagged `Team` and `owner`"
        );
    }

    #[test]
    fn nothing_is_asked_for_without_the_setting() {
        let mut account = story::pristine_account();
        account.trail_mut().tags = story::denied(Action::ListTags);
        let verdict = judge(&account, &[]).unwrap();
        assert_eq!(verdict.ruling, Ruling::NotApplicable);
    }

    #[test]
    fn tags_that_could_not_be_read_are_unknown() {
        let mut account = story::pristine_account();
        account.trail_mut().tags = story::denied(Action::ListTags);
        assert!(judge(&account, &["team"]).is_err());
    }
}
