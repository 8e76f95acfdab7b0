// The names that a random account is made of. They are few on purpose: statements of different
// policies must meet on the same principals, resources, keys and values.

const HOME = '111122223333'
const MANAGEMENT = '999988887777'
const PARTNER = '444455556666'
const ORGANIZATION = 'o-home123456'
const OTHER_ORGANIZATION = 'o-other98765'

// `keys` are the service's own condition keys that a request for the action can carry.
const S3_KEYS = ['s3:TlsVersion', 's3:signatureAge']
export const ACTIONS = [
  { name: 's3:GetObject', on: 'object', keys: S3_KEYS, weight: 4 },
  { name: 's3:PutObject', on: 'object', keys: [...S3_KEYS, 's3:x-amz-acl'], weight: 4 },
  { name: 's3:DeleteObject', on: 'object', keys: S3_KEYS, weight: 3 },
  { name: 's3:ListBucket', on: 'bucket', keys: [...S3_KEYS, 's3:prefix', 's3:max-keys'], weight: 2 },
  { name: 's3:PutBucketPolicy', on: 'bucket', keys: S3_KEYS, weight: 2 },
  { name: 's3:DeleteBucketPolicy', on: 'bucket', keys: S3_KEYS, weight: 1 },
  { name: 's3:PutAccountPublicAccessBlock', on: 'nothing', keys: S3_KEYS, weight: 1 },
  { name: 'kms:Decrypt', on: 'key', keys: ['kms:ViaService'], weight: 3 },
  { name: 'kms:GenerateDataKey', on: 'key', keys: ['kms:ViaService'], weight: 2 },
  { name: 'kms:ScheduleKeyDeletion', on: 'key', keys: ['kms:ViaService'], weight: 2 },
  { name: 'kms:CreateGrant', on: 'key', keys: ['kms:ViaService'], weight: 1 },
  { name: 'cloudtrail:StopLogging', on: 'trail', keys: [], weight: 3 },
  { name: 'cloudtrail:UpdateTrail', on: 'trail', keys: [], weight: 1 },
  { name: 'cloudtrail:LookupEvents', on: 'nothing', keys: [], weight: 1 },
  { name: 'iam:PassRole', on: 'role', keys: ['iam:PassedToService'], weight: 1 },
  { name: 'iam:UpdateAssumeRolePolicy', on: 'role', keys: [], weight: 1 },
  { name: 'iam:PutUserPolicy', on: 'user', keys: [], weight: 1 },
  { name: 'sts:AssumeRole', on: 'role', keys: ['sts:ExternalId'], weight: 3 }
]

export function makeWorld(random) {
  const partition = random.chance(90) ? 'aws' : random.pick(['aws-us-gov', 'aws-cn'])
  const region = { aws: 'us-east-1', 'aws-us-gov': 'us-gov-west-1', 'aws-cn': 'cn-north-1' }[partition]
  const membership = random.pick(['none', 'member', 'member', 'management'])
  const home = membership === 'management' ? MANAGEMENT : HOME
  const iam = (account, rest) => `arn:${partition}:iam::${account}:${rest}`
  const session = (account, rest) => `arn:${partition}:sts::${account}:assumed-role/${rest}`

  const users = [
    { name: 'alice', path: '/', id: 'AIDAALICE00000000001' },
    { name: 'bob', path: '/ops/', id: 'AIDABOB0000000000002' }
  ].map((user) => ({ ...user, arn: iam(home, `user${user.path}${user.name}`) }))
  const roles = [
    { name: 'deployer', path: '/', id: 'AROADEPLOYER00000001' },
    { name: 'auditor', path: '/teams/security/', id: 'AROAAUDITOR000000002' },
    {
      name: 'AWSServiceRoleForConfig',
      path: '/aws-service-role/config.amazonaws.com/',
      id: 'AROASERVICELINKED003'
    }
  ].map((role) => ({
    ...role,
    arn: iam(home, `role${role.path}${role.name}`),
    session: session(home, `${role.name}/shift`)
  }))
  const partnerOrganization = random.pick([null, OTHER_ORGANIZATION, ORGANIZATION])
  const externals = [
    { name: 'carol', id: 'AIDACAROL00000000003', arn: iam(PARTNER, 'user/carol') },
    {
      name: 'visitor',
      id: 'AROAVISITOR000000004',
      arn: iam(PARTNER, 'role/visitor'),
      session: session(PARTNER, 'visitor/shift')
    }
  ].map((external) => ({ ...external, account: PARTNER, organization: partnerOrganization }))

  const s3 = (rest) => `arn:${partition}:s3:::${rest}`
  const at = (service, account, rest) => `arn:${partition}:${service}:${region}:${account}:${rest}`
  const buckets = [
    { name: 'trail-logs', account: home },
    { name: 'app-data', account: home }
  ]
  // The control policies of the input are those of the account itself: of another account's
  // bucket nobody knows them, so such a bucket only exists where there are none.
  if (membership === 'none') buckets.push({ name: 'partner-data', account: PARTNER })
  for (const bucket of buckets) {
    bucket.arn = s3(bucket.name)
    bucket.objects = ['AWSLogs/111122223333/CloudTrail/log.json.gz', 'home/alice/a.txt', 'team-blue/x'].map(
      (key) => `${bucket.arn}/${key}`
    )
  }
  const keys = [
    { arn: at('kms', home, 'key/1234abcd-12ab-34cd-56ef-1234567890ab'), account: home },
    { arn: at('kms', home, 'key/0987dcba-09fe-87dc-65ba-ab0987654321'), account: home }
  ]
  const trails = ['main', 'data'].map((name) => at('cloudtrail', home, `trail/${name}`))

  return {
    partition, region, membership, home, users, roles, externals, buckets, keys, trails,
    partner: PARTNER,
    partnerOrganization,
    organization: membership === 'none' ? null : ORGANIZATION,
    management: membership === 'none' ? null : MANAGEMENT,
    levels: membership === 'none' ? [] : ['r-ab12', 'ou-ab12-prod0001', home],
    root: iam(home, 'root'),
    iam,
    services: ['cloudtrail.amazonaws.com', 'config.amazonaws.com']
  }
}

// The resources of the account that an action acts on, with the account that owns each.
export function resourcesFor(world, kind) {
  const owned = (arns) => arns.map((arn) => ({ arn, account: world.home }))
  switch (kind) {
    case 'object':
      return world.buckets.flatMap((b) => b.objects.map((arn) => ({ arn, account: b.account })))
    case 'bucket':
      return world.buckets.map(({ arn, account }) => ({ arn, account }))
    case 'key':
      return world.keys
    case 'trail':
      return owned(world.trails)
    case 'role':
      return owned(world.roles.slice(0, 2).map((role) => role.arn))
    case 'user':
      return owned(world.users.map((user) => user.arn))
    default:
      return owned(['*'])
  }
}
