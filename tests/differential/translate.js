// From an account and a query to what the oracle reads. The oracle leaves to its caller which
// policies apply to a request; that is decided here, from AWS's documentation.

// The services of the vocabulary that resource control policies support.
const UNDER_RCPS = new Set(['s3', 'sts', 'kms'])

export function decode(document) {
  if (typeof document !== 'string') return document
  return JSON.parse(document.startsWith('%') ? decodeURIComponent(document) : document)
}

// Who asks, with the identity policies and the boundary.
export function identify(input, name) {
  if (name === 'anonymous') return { kind: 'anonymous', account: null, policies: [], boundary: [] }
  if (!name.startsWith('arn:')) return { kind: 'service', account: null, policies: [], boundary: [] }
  const [, , service, , account, rest] = name.split(':')
  // The root user has every permission that no policy denies.
  if (rest === 'root') {
    const all = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
    return { kind: 'root', account, policies: [all], boundary: [] }
  }
  if (account !== input.accountId) return { kind: 'iam', account, policies: external(input, name), boundary: [] }
  const { UserDetailList, RoleDetailList, GroupDetailList, Policies } = input.accountAuthorizationDetails
  // The ARN of a session has the role's name without its path.
  const role = service === 'sts' ? rest.split('/')[1] : null
  const detail = role
    ? RoleDetailList.find(({ RoleName }) => RoleName === role)
    : [...UserDetailList, ...RoleDetailList].find(({ Arn }) => Arn === name)
  const groups = GroupDetailList.filter(({ GroupName }) => detail.GroupList?.includes(GroupName))
  const holders = [detail, ...groups]
  const inline = holders.flatMap((h) => [h.UserPolicyList, h.RolePolicyList, h.GroupPolicyList].flatMap((l) => l ?? []))
  const managed = (arn) => {
    const { DefaultVersionId, PolicyVersionList } = Policies.find(({ Arn }) => Arn === arn)
    return decode(PolicyVersionList.find(({ VersionId }) => VersionId === DefaultVersionId).Document)
  }
  return {
    kind: detail.Path.startsWith('/aws-service-role/') ? 'linked' : 'iam',
    account,
    policies: [
      ...inline.map(({ PolicyDocument }) => decode(PolicyDocument)),
      ...holders.flatMap((h) => h.AttachedManagedPolicies.map(({ PolicyArn }) => managed(PolicyArn)))
    ],
    boundary: detail.PermissionsBoundary ? [managed(detail.PermissionsBoundary.PermissionsBoundaryArn)] : []
  }
}

function external(input, name) {
  const session = name.split(':')[5].split('/')
  const found = input.externalPrincipals.find(
    ({ arn }) => arn === name || (session[0] === 'assumed-role' && arn.endsWith(`:role/${session[1]}`))
  )
  return found.identityPolicies.map(decode)
}

// The policy of the resource, its owner, and whether a public bucket is cut off.
function resourceSide(input, action, resource, asking) {
  if (resource === '*') return { owner: asking.account }
  const found = input.resources.find(({ arn }) => resource === arn || resource.startsWith(`${arn}/`))
  if (found) {
    const text = found.bucketPolicy ?? found.keyPolicy
    return {
      owner: found.accountId,
      policy: text ? decode(text) : undefined,
      restrict: found.publicAccessBlock?.RestrictPublicBuckets === true
    }
  }
  const [, , service, , owner, name] = resource.split(':')
  if (service === 's3' || service === 'kms') throw new Error(`${resource} is not in the account`)
  if (!name.startsWith('role/')) return { owner }
  const { AssumeRolePolicyDocument } = input.accountAuthorizationDetails.RoleDetailList.find(({ Arn }) => Arn === resource)
  return { owner, policy: action === 'sts:AssumeRole' ? decode(AssumeRolePolicyDocument) : undefined }
}

function levels(controls) {
  return (controls ?? []).map(({ target, policies }) => ({
    orgIdentifier: target.TargetId,
    policies: policies.map(({ PolicySummary, Content }) => named(PolicySummary.Name, JSON.parse(Content)))
  }))
}

// A copy with conditions in strings: the oracle's validator takes no bare booleans and numbers,
// which mean the same: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
function named(name, document) {
  const policy = structuredClone(document)
  for (const statement of statementsOf(policy)) {
    for (const keys of Object.values(statement.Condition ?? {})) {
      for (const [key, value] of Object.entries(keys)) keys[key] = [value].flat().map(String)
    }
  }
  return { name, policy }
}

export function statementsOf(policy) {
  return [policy?.Statement ?? []].flat()
}

// `facts` are what the corrections in divergences.js need to know beside the simulation.
export function translate(input, query) {
  const asking = identify(input, query.principal)
  const side = resourceSide(input, query.action, query.resource, asking)
  const { kind } = asking
  // Not bound: service-linked roles, services, the management account, other accounts.
  // https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
  const scps = ['iam', 'root'].includes(kind) && asking.account === input.accountId && !manages(input)
  // Bound: the resources of a member account, for the services that support it.
  // https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
  const rcps = kind !== 'linked' && side.owner === input.accountId && !manages(input) &&
    UNDER_RCPS.has(query.action.split(':')[0])
  const list = (documents, name) => documents.map((document, index) => named(`${name}-${index}`, document))
  const simulation = {
    request: {
      principal: kind === 'anonymous' ? { type: 'Anonymous' } : query.principal,
      action: query.action,
      resource: { resource: query.resource, accountId: side.owner ?? input.accountId },
      contextVariables: structuredClone(query.context)
    },
    identityPolicies: list(asking.policies, 'identity'),
    serviceControlPolicies: scps ? levels(input.scpLevels) : [],
    resourceControlPolicies: rcps ? levels(input.rcpLevels) : [],
    resourcePolicy: side.policy && named('', side.policy).policy,
    ...(asking.boundary.length > 0 && { permissionBoundaryPolicies: list(asking.boundary, 'boundary') }),
    additionalSettings: { s3: { blockPublicAccess: side.restrict === true } }
  }
  return { simulation, facts: { kind, account: asking.account, owner: side.owner, restrict: side.restrict } }
}

function manages(input) {
  return input.managementAccountId === input.accountId
}

// Every statement of a simulation, with the policy that it stands in.
export function everyStatement(simulation) {
  const policies = [
    ...simulation.identityPolicies,
    ...(simulation.permissionBoundaryPolicies ?? []),
    ...[...simulation.serviceControlPolicies, ...simulation.resourceControlPolicies].flatMap((l) => l.policies)
  ].map(({ policy }) => policy)
  if (simulation.resourcePolicy) policies.push(simulation.resourcePolicy)
  return policies.flatMap((policy) => statementsOf(policy).map((statement) => ({ statement, policy })))
}
