// Random accounts in the shape that `trailcheck simulate` reads.

import { makeStatement } from './statement.js'
import { makeWorld, resourcesFor, ACTIONS } from './world.js'
import { chosenContext, derivedContext, principalsOf } from './context.js'

const CREATED = '2024-01-01T00:00:00Z'

export function makeAccount(random) {
  const world = makeWorld(random.branch())
  const policies = managedPolicies(random.branch(), world)
  const identities = random.branch()
  const input = {
    accountId: world.home,
    organizationId: world.organization,
    managementAccountId: world.management,
    accountAuthorizationDetails: {
      UserDetailList: world.users.map((user) => userDetail(identities, world, policies, user)),
      GroupDetailList: [groupDetail(identities, world, policies)],
      RoleDetailList: world.roles.map((role) => roleDetail(identities, world, policies, role)),
      Policies: policies
    },
    scpLevels: controlLevels(random.branch(), world, 'scp'),
    rcpLevels: controlLevels(random.branch(), world, 'rcp'),
    resources: resources(random.branch(), world),
    externalPrincipals: externals(random.branch(), world)
  }
  return { world, input }
}

function makeDocument(random, world, kind, count, resource) {
  const statements = Array.from({ length: count }, () => makeStatement(random, world, kind, resource))
  const document = {}
  const version = random.below(100)
  const fixed = kind === 'scp' || kind === 'rcp'
  if (fixed || version < 82) document.Version = '2012-10-17'
  else if (version < 91) document.Version = '2008-10-17'
  document.Statement = statements.length === 1 && random.chance(40) ? statements[0] : statements
  return document
}

// IAM returns documents URL-encoded; SDKs and the CLI decode them.
function encoded(random, document) {
  return random.chance(35) ? encodeURIComponent(JSON.stringify(document)) : document
}

function managedPolicies(random, world) {
  return ['work', 'limits', 'wide'].map((name, index) => {
    const count = 1 + random.below(3)
    const version = (id, isDefault, document) =>
      ({ VersionId: id, IsDefaultVersion: isDefault, CreateDate: CREATED, Document: encoded(random, document) })
    const current = makeDocument(random, world, name === 'work' ? 'identity' : 'boundary', count)
    if (name === 'wide') current.Statement = [{ Effect: 'Allow', Action: '*', Resource: '*' }].concat(current.Statement)
    const versions = [version('v1', true, current)]
    // The newest version is not always the one that counts.
    if (random.chance(30)) versions.unshift(version('v2', false, makeDocument(random, world, 'identity', 1)))
    return {
      PolicyName: name, PolicyId: `ANPA${index}POLICY000000000`, Arn: world.iam(world.home, `policy/${name}`),
      Path: '/', DefaultVersionId: 'v1', AttachmentCount: 1, PermissionsBoundaryUsageCount: 0,
      IsAttachable: true, CreateDate: CREATED, UpdateDate: CREATED, PolicyVersionList: versions
    }
  })
}

function inline(random, world, most) {
  return Array.from({ length: random.below(most + 1) }, (_, index) => ({
    PolicyName: `inline-${index}`,
    PolicyDocument: encoded(random, makeDocument(random, world, 'identity', 1 + random.below(3)))
  }))
}

function attached(random, policies) {
  return random.some(policies, 0, 2).map(({ PolicyName, Arn }) => ({ PolicyName, PolicyArn: Arn }))
}

function boundary(random, policies) {
  if (!random.chance(35)) return {}
  return {
    PermissionsBoundary: {
      PermissionsBoundaryType: 'PermissionsBoundaryPolicy',
      PermissionsBoundaryArn: random.pick(policies.slice(1)).Arn
    }
  }
}

function tags(random) {
  return random.chance(50) ? [{ Key: 'team', Value: random.pick(['blue', 'red']) }] : []
}

function userDetail(random, world, policies, user) {
  return {
    Path: user.path, UserName: user.name, UserId: user.id, Arn: user.arn, CreateDate: CREATED,
    UserPolicyList: inline(random, world, 2),
    GroupList: random.chance(50) ? ['staff'] : [],
    AttachedManagedPolicies: attached(random, policies),
    ...boundary(random, policies),
    Tags: tags(random)
  }
}

function groupDetail(random, world, policies) {
  return {
    Path: '/', GroupName: 'staff', GroupId: 'AGPASTAFF00000000001',
    Arn: world.iam(world.home, 'group/staff'), CreateDate: CREATED,
    GroupPolicyList: inline(random, world, 1),
    AttachedManagedPolicies: attached(random, policies)
  }
}

function roleDetail(random, world, policies, role) {
  const linked = role.path.startsWith('/aws-service-role/')
  const trust = linked
    ? { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'config.amazonaws.com' }, Action: 'sts:AssumeRole' }] }
    : makeDocument(random, world, 'trust', 1 + random.below(3))
  return {
    Path: role.path, RoleName: role.name, RoleId: role.id, Arn: role.arn, CreateDate: CREATED,
    InstanceProfileList: [],
    RolePolicyList: linked ? [] : inline(random, world, 2),
    AttachedManagedPolicies: attached(random, policies),
    ...(linked ? {} : boundary(random, policies)),
    Tags: linked ? [] : tags(random),
    RoleLastUsed: {},
    AssumeRolePolicyDocument: encoded(random, trust)
  }
}

const FULL_ACCESS = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }

function controlLevels(random, world, kind) {
  if (world.membership === 'none') return random.chance(50) ? null : []
  return world.levels.map((target) => {
    const documents = []
    // Where the AWS-managed policy is taken off, only what an own policy allows is left.
    if (kind === 'scp' && random.chance(85)) documents.push(['FullAWSAccess', FULL_ACCESS])
    if (random.chance(35)) documents.push([`${kind}-${target}`, makeDocument(random, world, kind, 1 + random.below(2))])
    return {
      target: { TargetId: target, Name: target, Type: targetType(target) },
      policies: documents.map(([name, document]) => ({
        PolicySummary: {
          Id: `p-${name.toLowerCase()}`, Name: name, AwsManaged: name === 'FullAWSAccess',
          Type: kind === 'scp' ? 'SERVICE_CONTROL_POLICY' : 'RESOURCE_CONTROL_POLICY'
        },
        Content: JSON.stringify(document)
      }))
    }
  })
}

function targetType(target) {
  if (target.startsWith('r-')) return 'ROOT'
  return target.startsWith('ou-') ? 'ORGANIZATIONAL_UNIT' : 'ACCOUNT'
}

function resources(random, world) {
  const buckets = world.buckets.map((bucket) => {
    const policy = random.chance(80) ? makeDocument(random, world, 'bucket', 1 + random.below(4), bucket) : null
    const flag = () => random.chance(25)
    return {
      type: 'AWS::S3::Bucket', arn: bucket.arn, accountId: bucket.account,
      bucketPolicy: policy && JSON.stringify(policy),
      publicAccessBlock: random.chance(60)
        ? { BlockPublicAcls: flag(), IgnorePublicAcls: flag(), BlockPublicPolicy: flag(), RestrictPublicBuckets: random.chance(40) }
        : null
    }
  })
  const keys = world.keys.map((key) => ({
    type: 'AWS::KMS::Key', arn: key.arn, accountId: key.account,
    keyPolicy: JSON.stringify(makeDocument(random, world, 'key', 1 + random.below(4), key))
  }))
  return [...buckets, ...keys]
}

function externals(random, world) {
  return world.externals.map(({ arn, account, organization }) => {
    const documents = Array.from({ length: random.below(2) }, () => makeDocument(random, world, 'identity', 2))
    if (random.chance(60)) documents.push(FULL_ACCESS)
    return { arn, accountId: account, organizationId: organization, identityPolicies: documents }
  })
}

// A request: who, what, on what, and a plausible context.
export function makeRequest(random, account) {
  const { world } = account
  const principals = principalsOf(world)
  const action = random.pick(ACTIONS.flatMap((a) => Array(a.weight).fill(a)))
  const resource = random.pick(resourcesFor(world, action.on))
  const suits = (p) => {
    if (p.kind === 'service') return /^s3:(Get|Put)Object$|^kms:(Decrypt|Gen)|^sts:/.test(action.name)
    if (p.kind === 'anonymous') return /^(s3|kms):/.test(action.name) && resource.arn !== '*'
    // An action without a resource type acts on the account of whoever asks.
    return resource.arn !== '*' || p.account === world.home
  }
  const principal = random.pick(principals.filter(suits))
  return { principal, action, resource, tags: principalTags(account, principal) }
}

// The principal's tags become condition keys of its requests.
function principalTags({ input }, principal) {
  const { UserDetailList, RoleDetailList } = input.accountAuthorizationDetails
  const detail = [...UserDetailList, ...RoleDetailList].find(({ Arn }) => Arn === principal.principalArn)
  return Object.fromEntries((detail?.Tags ?? []).map(({ Key, Value }) => [`aws:PrincipalTag/${Key}`, Value]))
}

export function completeContext(random, account, request, fixed = {}) {
  const { world } = account
  const { principal, action, resource, tags: own } = request
  return {
    ...chosenContext(random, world, principal, action, { tags: own }),
    ...derivedContext(world, principal, resource),
    ...fixed
  }
}

export function concreteQuery(id, request, context) {
  return query(id, 'concrete', request, context)
}

export function query(id, mode, { principal, action, resource }, context) {
  return { id, mode, principal: principal.arn, action: action.name, resource: resource.arn, context }
}
