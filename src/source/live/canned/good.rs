//! The replies of the good account.

use super::Reply;
use crate::snapshot::Action;

/// How the good account answers: two Regions, one multi-Region trail, everything set.
pub(in super::super) fn good(action: Action) -> Reply {
    let body = match action {
        Action::HeadBucket => {
            return Reply::new(200, "").with("x-amz-bucket-region", "us-east-1");
        }
        Action::ListRegions => {
            r#"{"Regions":[{"RegionName":"us-east-1","RegionOptStatus":"ENABLED_BY_DEFAULT"},
            {"RegionName":"af-south-1","RegionOptStatus":"ENABLED"},
            {"RegionName":"ap-east-1","RegionOptStatus":"DISABLED"}]}"#
        }
        Action::GetCallerIdentity => {
            "<GetCallerIdentityResponse><GetCallerIdentityResult>\
            <Arn>arn:aws:iam::111122223333:user/auditor</Arn><UserId>A</UserId>\
            <Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
        }
        Action::ListAccountAliases => {
            "<ListAccountAliasesResponse><ListAccountAliasesResult><IsTruncated>false</IsTruncated>\
            <AccountAliases><member>example</member></AccountAliases></ListAccountAliasesResult>\
            </ListAccountAliasesResponse>"
        }
        Action::GetAccountSummary => {
            "<GetAccountSummaryResponse><GetAccountSummaryResult><SummaryMap><entry>\
            <key>AccountMFAEnabled</key><value>1</value></entry></SummaryMap>\
            </GetAccountSummaryResult></GetAccountSummaryResponse>"
        }
        Action::DescribeTrails => {
            r#"{"trailList":[{"Name":"main","S3BucketName":"example-logs","S3KeyPrefix":"",
            "IncludeGlobalServiceEvents":true,"IsMultiRegionTrail":true,"HomeRegion":"us-east-1",
            "TrailARN":"arn:aws:cloudtrail:us-east-1:111122223333:trail/main",
            "LogFileValidationEnabled":true,"IsOrganizationTrail":false,
            "KmsKeyId":"arn:aws:kms:us-east-1:111122223333:key/1234",
            "SnsTopicARN":"arn:aws:sns:us-east-1:111122223333:trail",
            "CloudWatchLogsLogGroupArn":"arn:aws:logs:us-east-1:111122223333:log-group:trail:*"}]}"#
        }
        Action::GetTrailStatus => {
            r#"{"IsLogging":true,"StartLoggingTime":1441133332.5,"LatestDeliveryTime":1441139757,
            "LatestDeliveryAttemptTime":"2015-09-01T20:35:57Z"}"#
        }
        Action::GetEventSelectors => {
            r#"{"TrailARN":"arn:aws:cloudtrail:us-east-1:111122223333:trail/main",
            "EventSelectors":[{"ReadWriteType":"All","IncludeManagementEvents":true,
            "DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3"]}],
            "ExcludeManagementEventSources":[]}]}"#
        }
        Action::GetInsightSelectors => {
            r#"{"TrailARN":"arn:aws:cloudtrail:us-east-1:111122223333:trail/main",
            "InsightSelectors":[{"InsightType":"ApiCallRateInsight"}]}"#
        }
        Action::ListTags => {
            r#"{"ResourceTagList":[{"ResourceId":"arn:aws:cloudtrail:us-east-1:111122223333:trail/main",
            "TagsList":[{"Key":"team","Value":"security"}]}]}"#
        }
        Action::DescribeKey => {
            r#"{"KeyMetadata":{"KeyId":"1234","Arn":"arn:aws:kms:us-east-1:111122223333:key/1234",
            "Enabled":true,"KeyState":"Enabled","KeyManager":"CUSTOMER","Origin":"AWS_KMS",
            "KeySpec":"SYMMETRIC_DEFAULT","MultiRegion":false}}"#
        }
        Action::GetKeyRotationStatus => r#"{"KeyRotationEnabled":true}"#,
        Action::GetKeyPolicy => r#"{"Policy":"{\"Version\":\"2012-10-17\",\"Statement\":[]}"}"#,
        Action::DescribeLogGroups => {
            r#"{"logGroups":[{"logGroupName":"trail-old","retentionInDays":1},
            {"logGroupName":"trail","retentionInDays":400}]}"#
        }
        Action::DescribeResourcePolicies => {
            r#"{"resourcePolicies":[{"policyName":"to-logs","policyDocument":"{}",
            "lastUpdatedTime":1441139757}]}"#
        }
        Action::ListGrants => {
            r#"{"Grants":[{"KeyId":"arn:aws:kms:us-east-1:111122223333:key/1234",
            "GrantId":"abcde1237f76e4ba7987489ac329fbfba6ad343d6f7075dbd1ef191f0120514a",
            "GranteePrincipal":"arn:aws:iam::111122223333:role/reader",
            "IssuingAccount":"arn:aws:iam::111122223333:root",
            "Operations":["Encrypt","Decrypt"],
            "Constraints":{"EncryptionContextSubset":{"a":"b"}}}],"Truncated":false}"#
        }
        Action::GetAccountAuthorizationDetails => AUTHORIZATION_DETAILS,
        Action::GetTopicAttributes => {
            "<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes>\
            <entry><key>TopicArn</key><value>arn:aws:sns:us-east-1:111122223333:trail</value></entry>\
            <entry><key>Policy</key><value>{&quot;Statement&quot;:[]}</value></entry>\
            <entry><key>SubscriptionsConfirmed</key><value>1</value></entry>\
            <entry><key>SubscriptionsPending</key><value>0</value></entry>\
            </Attributes></GetTopicAttributesResult></GetTopicAttributesResponse>"
        }
        Action::ListSubscriptionsByTopic => {
            "<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions>\
            <member><TopicArn>arn:aws:sns:us-east-1:111122223333:alarm</TopicArn>\
            <Protocol>email</Protocol><Endpoint>security@example.com</Endpoint>\
            <Owner>111122223333</Owner><SubscriptionArn>\
            arn:aws:sns:us-east-1:111122223333:alarm:80289ba6-0fd4-4079-afb4-ce8c8260f0ca\
            </SubscriptionArn></member></Subscriptions></ListSubscriptionsByTopicResult>\
            </ListSubscriptionsByTopicResponse>"
        }
        Action::DescribeMetricFilters => METRIC_FILTERS,
        Action::DescribeAlarms => ALARMS,
        Action::ListEventRules => {
            r#"{"Rules":[{"Name":"nightly","Arn":"arn:aws:events:us-east-1:111122223333:rule/nightly",
            "State":"ENABLED","ScheduleExpression":"rate(1 day)","EventBusName":"default"},
            {"Name":"stop","Arn":"arn:aws:events:us-east-1:111122223333:rule/stop",
            "State":"ENABLED","EventBusName":"default",
            "EventPattern":"{\"detail-type\":[\"AWS API Call via CloudTrail\"]}"}]}"#
        }
        Action::ListTargetsByRule => {
            r#"{"Targets":[{"Id":"1","Arn":"arn:aws:sns:us-east-1:111122223333:alarm"},
            {"Id":"2","Arn":"arn:aws:sqs:us-east-1:111122223333:all"}]}"#
        }
        Action::GetBucketPolicy => r#"{"Version":"2012-10-17","Statement":[]}"#,
        action if action.iam().starts_with("config:") => config_body(action),
        Action::ListEventDataStores => {
            r#"{"EventDataStores":[{"EventDataStoreArn":
            "arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/EXAMPLE-f852-4e8f-8bd1-bcf6cEXAMPLE",
            "Name":"my-store"}]}"#
        }
        Action::GetEventDataStore => {
            r#"{"EventDataStoreArn":
            "arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/EXAMPLE-f852-4e8f-8bd1-bcf6cEXAMPLE",
            "Name":"my-store","Status":"ENABLED","MultiRegionEnabled":true,
            "OrganizationEnabled":false,"RetentionPeriod":2557,
            "TerminationProtectionEnabled":true,"CreatedTimestamp":1631650800}"#
        }
        Action::LookupEvents => HISTORY,
        Action::ListDetectors => r#"{"detectorIds":["12abc34d567e8fa901bc2d34e56789f0"]}"#,
        Action::GetDetector => {
            r#"{"createdAt":"2020-06-09T22:17:58.000Z","status":"ENABLED",
            "findingPublishingFrequency":"SIX_HOURS","tags":{}}"#
        }
        Action::DescribeHub => {
            r#"{"HubArn":"arn:aws:securityhub:us-east-1:111122223333:hub/default",
            "SubscribedAt":"2019-11-19T23:15:10.046Z","AutoEnableControls":true}"#
        }
        action if action.iam().starts_with("organizations:") => organizations_body(action),
        _ => return Reply::new(200, s3_body(action)),
    };
    Reply::new(200, body)
}

const METRIC_FILTERS: &str = r#"{"metricFilters":[{"filterName":"trail-changes",
    "filterPattern":"{ $.eventName = StopLogging }","creationTime":1441139757,
    "metricTransformations":[{"metricName":"TrailChanges","metricNamespace":"Security",
    "metricValue":"1","defaultValue":0.0}],"logGroupName":"trail",
    "applyOnTransformedLogs":false}]}"#;

const ALARMS: &str = r#"{"MetricAlarms":[{"AlarmName":"trail-changes",
    "AlarmArn":"arn:aws:cloudwatch:us-east-1:111122223333:alarm:trail-changes",
    "AlarmConfigurationUpdatedTimestamp":1441139757.5,"ActionsEnabled":true,
    "AlarmActions":["arn:aws:sns:us-east-1:111122223333:alarm"],"Dimensions":[],
    "MetricName":"TrailChanges","Namespace":"Security","Statistic":"Sum","Period":300,
    "EvaluationPeriods":1,"Threshold":1.0,
    "ComparisonOperator":"GreaterThanOrEqualToThreshold","TreatMissingData":"notBreaching"}],
    "CompositeAlarms":[]}"#;

const AUTHORIZATION_DETAILS: &str = "<GetAccountAuthorizationDetailsResponse>\
    <GetAccountAuthorizationDetailsResult><IsTruncated>false</IsTruncated><UserDetailList/>\
    <GroupDetailList/><RoleDetailList><member><Path>/</Path><RoleName>reader</RoleName>\
    <RoleId>AROAEXAMPLE</RoleId><Arn>arn:aws:iam::111122223333:role/reader</Arn>\
    <AssumeRolePolicyDocument>%7B%22Statement%22%3A%5B%5D%7D</AssumeRolePolicyDocument>\
    <RolePolicyList/><AttachedManagedPolicies/><Tags/></member></RoleDetailList><Policies/>\
    </GetAccountAuthorizationDetailsResult></GetAccountAuthorizationDetailsResponse>";

/// A page with one event, in the shape of AWS's example.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events-cli.html>
const HISTORY: &str = r#"{"Events":[{"EventId":"0ebbaee4-6e67-431d-8225-ba0d81df5972",
    "EventName":"StopLogging","EventTime":1424476529.0,"Username":"Alice","ReadOnly":"false",
    "EventSource":"cloudtrail.amazonaws.com","Resources":[],
    "CloudTrailEvent":"{\"eventVersion\":\"1.02\",\"userIdentity\":{\"type\":\"IAMUser\",\"principalId\":\"EX_PRINCIPAL_ID\",\"arn\":\"arn:aws:iam::111122223333:user/Alice\",\"accountId\":\"111122223333\",\"userName\":\"Alice\"},\"eventTime\":\"2015-02-20T23:55:29Z\",\"eventSource\":\"cloudtrail.amazonaws.com\",\"eventName\":\"StopLogging\",\"awsRegion\":\"us-east-1\",\"sourceIPAddress\":\"203.0.113.4\",\"requestParameters\":{\"name\":\"main\"},\"responseElements\":null}"}]}"#;

/// One recorder that records everything, one channel, one rule about trails.
fn config_body(action: Action) -> &'static str {
    match action {
        Action::DescribeConfigurationRecorders => {
            r#"{"ConfigurationRecorders":[{"name":"default",
            "arn":"arn:aws:config:us-east-1:111122223333:configuration-recorder/default/abcde",
            "roleARN":"arn:aws:iam::111122223333:role/config","recordingScope":"PAID",
            "recordingGroup":{"allSupported":true,"includeGlobalResourceTypes":true,
            "resourceTypes":[],"exclusionByResourceTypes":{"resourceTypes":[]},
            "recordingStrategy":{"useOnly":"ALL_SUPPORTED_RESOURCE_TYPES"}}}]}"#
        }
        Action::DescribeConfigurationRecorderStatus => {
            r#"{"ConfigurationRecordersStatus":[{"name":"default","recording":true,
            "lastStatus":"SUCCESS","lastStatusChangeTime":1441139757.1}]}"#
        }
        Action::DescribeDeliveryChannels => {
            r#"{"DeliveryChannels":[{"name":"default","s3BucketName":"config-bucket"}]}"#
        }
        Action::DescribeConfigRules => {
            r#"{"ConfigRules":[{"ConfigRuleName":"validated","ConfigRuleState":"ACTIVE",
            "ConfigRuleArn":"arn:aws:config:us-east-1:111122223333:config-rule/config-rule-p3xjfm",
            "ConfigRuleId":"config-rule-p3xjfm","InputParameters":"{}",
            "Source":{"Owner":"AWS",
            "SourceIdentifier":"CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED"}}]}"#
        }
        Action::DescribeComplianceByConfigRule => {
            r#"{"ComplianceByConfigRules":[{"ConfigRuleName":"validated",
            "Compliance":{"ComplianceType":"COMPLIANT"}}]}"#
        }
        other => panic!("no reply to {other:?}"),
    }
}

/// One root, the account right below it, and service control policies switched on.
fn organizations_body(action: Action) -> &'static str {
    match action {
        Action::DescribeOrganization => {
            r#"{"Organization":{"Id":"o-exampleorgid","FeatureSet":"ALL",
            "MasterAccountId":"999988887777"}}"#
        }
        Action::ListRoots => {
            r#"{"Roots":[{"Id":"r-example","Name":"Root","PolicyTypes":[
            {"Type":"SERVICE_CONTROL_POLICY","Status":"ENABLED"},
            {"Type":"RESOURCE_CONTROL_POLICY","Status":"PENDING_ENABLE"}]}]}"#
        }
        Action::ListParents => r#"{"Parents":[{"Id":"r-example","Type":"ROOT"}]}"#,
        Action::ListPoliciesForTarget => {
            r#"{"Policies":[{"Id":"p-FullAWSAccess","Name":"FullAWSAccess","AwsManaged":true,
            "Type":"SERVICE_CONTROL_POLICY"}]}"#
        }
        Action::DescribePolicy => {
            r#"{"Policy":{"PolicySummary":{"Id":"p-FullAWSAccess","Name":"FullAWSAccess"},
            "Content":"{\"Statement\":[]}"}}"#
        }
        Action::ListServiceAccess => {
            r#"{"EnabledServicePrincipals":[{"ServicePrincipal":"cloudtrail.amazonaws.com",
            "DateEnabled":1441139757.5}]}"#
        }
        Action::ListDelegatedAdministrators => {
            r#"{"DelegatedAdministrators":[{"Id":"555566667777","Status":"ACTIVE"}]}"#
        }
        other => panic!("no reply to {other:?}"),
    }
}

fn s3_body(action: Action) -> &'static str {
    match action {
        Action::GetBucketLocation => {
            r#"<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-west-1</LocationConstraint>"#
        }
        Action::GetBucketPolicyStatus => "<PolicyStatus><IsPublic>false</IsPublic></PolicyStatus>",
        Action::GetBucketAcl => {
            r#"<AccessControlPolicy><Owner><ID>abc</ID></Owner><AccessControlList><Grant>
            <Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group">
            <URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>
            <Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>"#
        }
        Action::GetBucketPublicAccessBlock | Action::GetAccountPublicAccessBlock => {
            "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>\
            <IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>false</BlockPublicPolicy>\
            <RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>"
        }
        Action::GetBucketOwnershipControls => {
            "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership>\
            </Rule></OwnershipControls>"
        }
        Action::GetBucketVersioning => {
            "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete>\
            </VersioningConfiguration>"
        }
        Action::GetObjectLockConfiguration => {
            "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule>\
            <DefaultRetention><Mode>COMPLIANCE</Mode><Days>400</Days><Years>0</Years>\
            </DefaultRetention></Rule></ObjectLockConfiguration>"
        }
        Action::GetBucketLifecycle => {
            "<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Filter/>\
            <Expiration><Days>400</Days></Expiration></Rule></LifecycleConfiguration>"
        }
        Action::GetBucketEncryption => {
            "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>\
            <SSEAlgorithm>aws:kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault>\
            <BucketKeyEnabled>true</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>"
        }
        Action::GetBucketRequestPayment => {
            "<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>"
        }
        Action::GetBucketNotification => {
            "<NotificationConfiguration><TopicConfiguration><Id>new</Id>\
            <Topic>arn:aws:sns:us-east-1:111122223333:new-logs</Topic>\
            <Event>s3:ObjectCreated:*</Event></TopicConfiguration></NotificationConfiguration>"
        }
        Action::GetBucketLogging => {
            "<BucketLoggingStatus><LoggingEnabled><TargetBucket>access</TargetBucket>\
            <TargetPrefix>logs/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>"
        }
        other => panic!("no reply to {other:?}"),
    }
}
