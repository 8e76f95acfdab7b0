use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::managed;
use crate::rule::{
    Check, Context, Control, Judgement, Practice, Remedies, Rule, Severity, Verdict, listed,
};
use crate::snapshot::{Account, Action, ConfigRule, Gap, GapKind};

/// AWS Config's own rules about trails exist, and find what this program finds.
pub(super) const RULE: Rule = Rule {
    id: "config-rules",
    title: "AWS Config's managed rules about CloudTrail watch too",
    severity: Severity::Low,
    worst: Severity::Low,
    practice: Practice::Config,
    description: "An audit sees one moment; AWS Config's managed rules look at the trails every \
        day and keep what they found. Its conformance pack for CloudTrail has seven of them, which \
        tell when validation, encryption or logging is switched off between two audits. Where \
        AWS Config says one thing and the account shows another, the rule is stale, judges other \
        trails than one thinks, or somebody changed a trail just now.",
    criteria: "Fails if one of the pack's seven rules, found by SourceIdentifier whatever its \
        name, exists in no audited Region where a trail is at home (in no audited Region at all if \
        there is no trail); or if a rule without parameters says COMPLIANT while what its page asks \
        for does not hold, or the other way round. A verdict can be a day older than a change. Where the page \
        leaves open which trails it means, nothing is compared. Unknown if rules, verdicts or what \
        to compare them with could not be read.",
    action: "Deploy the conformance pack Security Best Practices for AWS CloudTrail in the Region \
        where your trails are at home. Where verdicts contradict each other, evaluate the rule \
        again, and find out what changed in between.",
    resources: &[
        "https://docs.aws.amazon.com/config/latest/developerguide/security-best-practices-for-CloudTrail.html",
        "https://docs.aws.amazon.com/config/latest/developerguide/managed-rules-by-aws-config.html",
        "https://docs.aws.amazon.com/config/latest/developerguide/evaluating-your-resources.html",
    ],
    controls: &[
        Control::cloudtrail_practices("detective"),
        Control::well_architected("SEC04-BP01"),
    ],
    reads: &[
        Action::DescribeConfigRules,
        Action::DescribeComplianceByConfigRule,
        Action::GetTrailStatus,
        Action::GetEventSelectors,
    ],
    remedies: Remedies {
        cli: "aws configservice put-config-rule --region {rule_region} --config-rule '{\"ConfigRuleName\":\"{missing_rule}\",\"Source\":{\"Owner\":\"AWS\",\"SourceIdentifier\":\"{missing_rule}\"}}'\n\
            # where verdicts contradict each other\n\
            aws configservice start-config-rules-evaluation --region {rule_region} --config-rule-names {rule_name}",
        terraform: "resource \"aws_config_config_rule\" \"trail\" {\n  region = \"{rule_region}\"\n  name   = \"{missing_rule}\"\n  source {\n    owner             = \"AWS\"\n    source_identifier = \"{missing_rule}\"\n  }\n}",
        cloudformation: "Type: AWS::Config::ConfigRule\nProperties:\n  ConfigRuleName: \"{missing_rule}\"\n  Source:\n    Owner: AWS\n    SourceIdentifier: \"{missing_rule}\"",
    },
    check: Check::Account(check),
};

/// One of the managed rules, and what both sides say.
struct Seen<'a> {
    region: &'a str,
    rule: &'a ConfigRule,
    /// What AWS Config found.
    theirs: &'a str,
    /// Whether what the rule asks for holds; `None` where nothing can be compared.
    ours: Option<bool>,
}

fn check(context: &Context<'_>) -> Judgement {
    let account = context.account;
    let mut doubt = account.all_trails().err();
    let regions = regions(account);
    let mut seen = Vec::new();
    for region in &regions {
        let (found, gap) = rules_of(account, region);
        seen.extend(found);
        doubt = doubt.or(gap);
    }
    if let Some(odd) = seen.iter().find(|one| one.contradicts()) {
        let verdict = Verdict::fail(odd.contradiction())
            .evidence("rule_region", odd.region)
            .evidence("rule_name", odd.rule.name.as_str());
        return Ok(verdict.evidence("rules", evidence(&seen)));
    }
    if let Some(gap) = doubt {
        return Err(gap);
    }
    let existing: BTreeSet<&str> = seen
        .iter()
        .map(|one| one.rule.identifier.as_str())
        .collect();
    let missing: Vec<&str> = managed::RULES
        .iter()
        .map(|(identifier, _)| *identifier)
        .filter(|identifier| !existing.contains(identifier))
        .collect();
    let Some(first) = missing.first() else {
        return Ok(Verdict::pass(agreement(&seen)).evidence("rules", evidence(&seen)));
    };
    let regions: Vec<&str> = regions.into_iter().collect();
    let message = format!(
        "AWS Config has no managed rule {} in {}",
        listed(&ticked(&missing)),
        listed(&regions)
    );
    Ok(Verdict::fail(message)
        .evidence("missing_rule", *first)
        .evidence("missing_rules", missing)
        .evidence("rule_region", regions.first().copied())
        .evidence("rules", evidence(&seen)))
}

/// Where the rules are looked for: where trails are at home, or anywhere without a trail.
fn regions(account: &Account) -> BTreeSet<&str> {
    let homes = account.trails.iter().map(|one| one.home_region.as_str());
    let homes: BTreeSet<&str> = homes.collect();
    match homes.is_empty() {
        true => account.regions.keys().map(String::as_str).collect(),
        false => homes,
    }
}

/// The managed rules of a Region, and the first gap on the way.
fn rules_of<'a>(account: &'a Account, region: &'a str) -> (Vec<Seen<'a>>, Option<Gap>) {
    let Some(facts) = account.regions.get(region) else {
        let detail = format!("{region}, where a trail is at home, was not audited");
        let gap = Gap::new(Action::DescribeConfigRules, GapKind::NotCollected, detail);
        return (Vec::new(), Some(gap));
    };
    let rules = match facts.config_rules.known() {
        Ok(rules) => rules,
        Err(gap) => return (Vec::new(), Some(gap)),
    };
    let (mut seen, mut doubt) = (Vec::new(), None);
    for rule in rules
        .iter()
        .filter(|rule| !rule.state.starts_with("DELETING"))
    {
        let is_it = |(identifier, _): &&(&str, managed::Fact)| *identifier == rule.identifier;
        let Some((_, fact)) = managed::RULES.iter().find(is_it) else {
            continue;
        };
        match compared(account, region, rule, *fact) {
            Ok(one) => seen.push(one),
            Err(gap) => doubt = doubt.or(Some(gap)),
        }
    }
    (seen, doubt)
}

fn compared<'a>(
    account: &Account,
    region: &'a str,
    rule: &'a ConfigRule,
    fact: managed::Fact,
) -> Result<Seen<'a>, Gap> {
    let theirs = rule.compliance.known()?.as_str();
    let comparable = matches!(theirs, "COMPLIANT" | "NON_COMPLIANT") && !has_parameters(rule);
    Ok(Seen {
        region,
        rule,
        theirs,
        ours: match comparable {
            true => fact(account, region)?,
            false => None,
        },
    })
}

/// Whether the rule asks for more than its page says of it without parameters.
fn has_parameters(rule: &ConfigRule) -> bool {
    let Some(text) = rule.parameters.as_deref() else {
        return false;
    };
    match serde_json::from_str(text) {
        Ok(Value::Object(members)) => !members.is_empty(),
        _ => !text.trim().is_empty(),
    }
}

impl Seen<'_> {
    fn contradicts(&self) -> bool {
        self.ours
            .is_some_and(|holds| holds != (self.theirs == "COMPLIANT"))
    }

    fn contradiction(&self) -> String {
        let holds = match self.ours {
            Some(true) => "holds",
            _ => "does not hold",
        };
        format!(
            "AWS Config rule `{}` in {} says {}, but what `{}` asks for {holds}",
            self.rule.name, self.region, self.theirs, self.rule.identifier
        )
    }
}

fn agreement(seen: &[Seen<'_>]) -> String {
    let mut verdicts: BTreeMap<&str, usize> = BTreeMap::new();
    for one in seen {
        *verdicts.entry(one.theirs).or_default() += 1;
    }
    let verdicts: Vec<String> = verdicts
        .into_iter()
        .map(|(verdict, count)| format!("{count} {verdict}"))
        .collect();
    format!(
        "all {} managed rules about CloudTrail exist, and nothing contradicts what they say: {}",
        managed::RULES.len(),
        verdicts.join(", ")
    )
}

fn ticked(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("`{name}`")).collect()
}

fn evidence(seen: &[Seen<'_>]) -> Vec<Value> {
    let rules = seen.iter().map(|one| {
        json!({
            "identifier": one.rule.identifier,
            "name": one.rule.name,
            "region": one.region,
            "aws_config": one.theirs,
            "trailcheck": match one.ours {
                Some(true) => "holds",
                Some(false) => "does not hold",
                None => "not compared",
            },
        })
    });
    rules.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Ruling;
    use crate::snapshot::{Observed, story};

    const VALIDATION: &str = "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED";

    fn rules_mut(account: &mut Account) -> &mut Vec<ConfigRule> {
        let facts = account.regions.get_mut("us-east-1").unwrap();
        match &mut facts.config_rules {
            Observed::Known(rules) => rules,
            gap => panic!("no known rules: {gap:?}"),
        }
    }

    fn validation_mut(account: &mut Account) -> &mut ConfigRule {
        let mut rules = rules_mut(account).iter_mut();
        rules.find(|rule| rule.identifier == VALIDATION).unwrap()
    }

    fn saying(verdict: &str) -> Account {
        let mut account = story::pristine_account();
        validation_mut(&mut account).compliance = Observed::Known(verdict.to_owned());
        account
    }

    fn ruling(account: &Account) -> Ruling {
        story::judge(&RULE, account).unwrap().ruling
    }

    #[test]
    fn both_verdicts_are_shown_where_all_seven_rules_exist() {
        let verdict = story::judge(&RULE, &story::pristine_account()).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
        assert!(
            verdict.message.ends_with(": 7 COMPLIANT"),
            "{}",
            verdict.message
        );
        let rules = verdict.evidence["rules"].as_array().unwrap();
        assert_eq!(rules.len(), 7);
        assert_eq!(rules[0]["aws_config"], "COMPLIANT");
        assert_eq!(rules[0]["trailcheck"], "holds");
    }

    #[test]
    fn compliant_where_it_does_not_hold_is_a_contradiction_and_names_both() {
        let mut account = story::pristine_account();
        account.trail_mut().log_file_validation = Observed::Known(false);
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert_eq!(
            verdict.message,
            "AWS Config rule `cloud-trail-log-file-validation-enabled-conformance-pack-exmp1` in \
             us-east-1 says COMPLIANT, but what `CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED` asks for \
             does not hold"
        );
    }

    #[test]
    fn non_compliant_where_it_holds_is_a_contradiction_and_where_it_does_not_is_agreement() {
        let mut account = saying("NON_COMPLIANT");
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert!(verdict.message.ends_with("asks for holds"));
        account.trail_mut().log_file_validation = Observed::Known(false);
        // The security trail needs validation, too.
        for rule in rules_mut(&mut account) {
            if rule.identifier == "CLOUDTRAIL_SECURITY_TRAIL_ENABLED" {
                rule.compliance = Observed::Known("NON_COMPLIANT".to_owned());
            }
        }
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Pass);
        assert!(verdict.message.ends_with("5 COMPLIANT, 2 NON_COMPLIANT"));
    }

    #[test]
    fn a_rule_with_parameters_or_without_a_verdict_is_shown_and_not_compared() {
        for verdict in ["NOT_APPLICABLE", "INSUFFICIENT_DATA"] {
            assert_eq!(ruling(&saying(verdict)), Ruling::Pass, "{verdict}");
        }
        let mut account = saying("NON_COMPLIANT");
        for (parameters, expected) in [
            (Some("{\"s3BucketName\":\"other\"}"), Ruling::Pass),
            (Some("not json"), Ruling::Pass),
            (Some("{}"), Ruling::Fail),
            (Some(""), Ruling::Fail),
            (None, Ruling::Fail),
        ] {
            validation_mut(&mut account).parameters = parameters.map(str::to_owned);
            assert_eq!(ruling(&account), expected, "{parameters:?}");
        }
    }

    #[test]
    fn a_missing_rule_fails_whatever_the_names_of_the_others_are() {
        let mut account = story::pristine_account();
        for rule in rules_mut(&mut account) {
            rule.name = format!("renamed-{}", rule.name);
        }
        assert_eq!(ruling(&account), Ruling::Pass);
        validation_mut(&mut account).state = "DELETING".to_owned();
        let verdict = story::judge(&RULE, &account).unwrap();
        assert_eq!(verdict.ruling, Ruling::Fail);
        assert_eq!(
            verdict.message,
            format!("AWS Config has no managed rule `{VALIDATION}` in us-east-1")
        );
    }

    #[test]
    fn rules_elsewhere_than_where_a_trail_is_at_home_do_not_count() {
        let mut account = story::pristine_account();
        let rules = std::mem::take(rules_mut(&mut account));
        account.first_region_mut().config_rules = Observed::Known(rules);
        assert_eq!(ruling(&account), Ruling::Fail);
        account.regions.remove("us-east-1");
        assert!(story::judge(&RULE, &account).is_err());
    }

    #[test]
    fn what_could_not_be_read_is_unknown_unless_a_contradiction_was_seen() {
        let mut account = story::pristine_account();
        validation_mut(&mut account).compliance =
            story::denied(Action::DescribeComplianceByConfigRule);
        assert!(story::judge(&RULE, &account).is_err());
        account.trail_mut().kms_key_id = None;
        assert_eq!(ruling(&account), Ruling::Fail);
        let mut account = story::pristine_account();
        account.trail_mut().log_file_validation = story::denied(Action::DescribeTrails);
        assert!(story::judge(&RULE, &account).is_err());
        let mut account = story::pristine_account();
        let facts = account.regions.get_mut("us-east-1").unwrap();
        facts.config_rules = story::denied(Action::DescribeConfigRules);
        assert!(story::judge(&RULE, &account).is_err());
    }
}
