// What is known to set the two evaluators apart.
//
// A correction mends the oracle's input where AWS's documentation contradicts the oracle, so that
// the corrected answer is what AWS documents. An open point is where the documentation leaves two
// readings: if they give different answers, `conditional` is the honest one. Each is as narrow as
// it can be: it changes nothing but the statements that it is about.

import { everyStatement, statementsOf } from './translate.js'
import { meaningOfPublic } from './public.js'

const IAM = 'https://docs.aws.amazon.com/IAM/latest/UserGuide'

// `mend(simulation, facts)` changes the simulation and says whether it did; `'denied'` and
// `'allowed'` are answers that no input of the oracle can give.
export const CORRECTIONS = [
  {
    name: 'policy-version',
    says: 'in a policy without the version 2012-10-17, `${...}` is literal text',
    page: `${IAM}/reference_policies_elements_version.html`,
    mend: (simulation) => eachPattern(simulation, (value, { policy }) =>
      policy.Version === '2012-10-17' ? value : value.replaceAll('${', '${$}{'))
  },
  {
    name: 'all-addresses',
    says: '`0.0.0.0/0` holds every IPv4 address; in the oracle it holds none',
    page: `${IAM}/reference_policies_elements_condition_operators.html#Conditions_IPAddress`,
    mend: (simulation) => eachCondition(simulation, /IpAddress/, (values) =>
      values.flatMap((value) => (value === '0.0.0.0/0' ? ['0.0.0.0/1', '128.0.0.0/1'] : [value])))
  },
  {
    name: 'address-of-the-other-family',
    says: 'an IPv6 address is not an IPv4 address; the oracle finds a bare address neither like it nor unlike it',
    page: `${IAM}/reference_policies_elements_condition_operators.html#Conditions_IPAddress`,
    mend: (simulation) => eachCondition(simulation, /IpAddress/, (values) =>
      values.map((value) => (value.includes('/') ? value : `${value}/${value.includes(':') ? 128 : 32}`)))
  },
  {
    name: 'epoch-seconds',
    says: 'a date may be written in seconds since 1970; the oracle reads milliseconds',
    page: `${IAM}/reference_policies_elements_condition_operators.html#Conditions_Date`,
    mend: epochSeconds
  },
  {
    name: 'negated-null-variable',
    says: 'a variable without a value is null, which a negated operator takes for different',
    page: `${IAM}/reference_policies_variables.html#policy-vars-no-value`,
    mend: (simulation) => eachCondition(simulation, /(String|Arn)Not/, (values, operator) =>
      values.map((value) => unresolved(simulation, value) ? nothing(operator) : value))
  },
  {
    name: 'public-bucket-policy',
    says: 'which conditions make a bucket policy non-public is a list of its own',
    page: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html',
    mend: publicPolicy
  },
  {
    name: 's3-bucket-owner-only',
    says: 'S3 answers 405 to bucket-policy operations from another account, whatever policies say',
    page: 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html',
    mend: ({ request }, { account, owner }) =>
      /^s3:(Get|Put|Delete)BucketPolicy$/.test(request.action) && account !== owner && 'denied'
  },
  {
    name: 'kms-key-owner-only',
    says: 'cross-account use of this operation: no',
    page: 'https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html',
    mend: ({ request }, { account, owner }) =>
      request.action === 'kms:ScheduleKeyDeletion' && account !== owner && 'denied'
  },
  {
    name: 'unsigned-request',
    says: 'of the services here only S3 takes unsigned requests',
    page: `${IAM}/reference_policies_elements_principal.html#principal-anonymous`,
    mend: ({ request }, { kind }) => kind === 'anonymous' && !request.action.startsWith('s3:') && 'denied'
  },
  {
    name: 'root-bucket-policy',
    says: 'the root user of the owner can always read, replace and delete a bucket policy',
    page: 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html',
    mend: rootBucketPolicy
  },
  {
    name: 'root-assumes-no-role',
    says: 'the root user cannot call AssumeRole',
    page: 'https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html',
    mend: ({ request }, { kind }) => kind === 'root' && request.action === 'sts:AssumeRole' && 'denied'
  }
]

// `readings` gives the two ways to change the simulation, or nothing where the point is not met.
export const OPEN_POINTS = [
  {
    name: 'not-resource-null-variable',
    says: 'a variable without a value matches no resource; whether NotResource then covers all is not said',
    page: `${IAM}/reference_policies_variables.html#policy-vars-no-value`,
    readings: (simulation) => {
      const drop = (target) => everyStatement(target).reduce((met, { statement }) => {
        const values = [statement.NotResource ?? []].flat()
        const kept = values.filter((value) => !unresolved(target, value))
        if (kept.length === values.length) return met
        statement.NotResource = kept.length > 0 ? kept : [nothing('Arn')]
        return true
      }, false)
      return drop(structuredClone(simulation)) && [() => {}, drop]
    }
  },
  {
    name: 'not-principal-in-part',
    says: 'a Deny with NotPrincipal that lists the principal without its account, or the reverse, "might" deny',
    page: `${IAM}/reference_policies_elements_notprincipal.html`,
    readings: (simulation, facts) => {
      // A boundary makes such a Deny hit its bearer in any case.
      if (simulation.permissionBoundaryPolicies) return false
      const partly = (target) => statementsOf(target.resourcePolicy).filter((s) => s.NotPrincipal && listedInPart(s, simulation, facts))
      const replace = (statement, principal) => {
        delete statement.NotPrincipal
        statement.Principal = principal
      }
      return partly(simulation).length > 0 && [
        (target) => partly(target).forEach((s) => replace(s, '*')),
        (target) => partly(target).forEach((s) => replace(s, { AWS: 'AIDANOBODY0000000001' }))
      ]
    }
  },
  {
    name: 'role-without-session',
    // That it is the same session in every statement need not be seen.
    loose: true,
    says: 'the request is of some session of the role, and the policy names one session',
    page: `${IAM}/reference_policies_elements_principal.html#principal-role-session`,
    readings: ({ request, resourcePolicy }, { account }) => {
      const [arn, partition, service, , , rest = ''] = String(request.principal).split(':')
      if (service !== 'iam' || !rest.startsWith('role/')) return false
      const sessions = `${arn}:${partition}:sts::${account}:assumed-role/${rest.split('/').at(-1)}/`
      const named = principalsOf(resourcePolicy).find((principal) => principal.startsWith(sessions))
      return named && [() => {}, (target) => { target.request.principal = named }]
    }
  },
  {
    name: 'arn-of-fewer-segments',
    says: 'the six segments of an ARN are compared one by one; what fewer segments match is not said',
    page: `${IAM}/reference_policies_elements_condition_operators.html#Conditions_ARN`,
    readings: (simulation) => {
      const short = (change) => (target) => eachCondition(target, /Arn/, (values, operator) =>
        values.map((value) => (value.split(':').length < 6 ? change(value, operator) : value)))
      const pad = short((value) => value + ':*'.repeat(6 - value.split(':').length))
      return pad(structuredClone(simulation)) && [pad, short((_, operator) => nothing(operator))]
    }
  },
  {
    name: 'for-any-value-if-exists',
    says: 'ForAnyValue does not hold for an absent key, and IfExists does; which wins is not said',
    page: `${IAM}/reference_policies_condition-single-vs-multi-valued-context-keys.html`,
    readings: (simulation) => {
      const hold = (target) => withoutAbsent(target, /^ForAnyValue:.*IfExists$/)
      return hold(structuredClone(simulation)) && [() => {}, hold]
    }
  },
  {
    name: 'rcp-without-resource',
    says: 'resource control policies bind resources; whether they bind an action that works on none is not said',
    page: 'https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html',
    readings: ({ request, resourceControlPolicies }) =>
      request.resource.resource === '*' && resourceControlPolicies.length > 0 &&
        [() => {}, (target) => { target.resourceControlPolicies = [] }]
  },
  {
    name: 'public-bucket-policy-unclear',
    says: 'S3 does not say how the wildcard or the variable counts',
    page: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html',
    readings: ({ resourcePolicy }, { kind, account, owner, restrict }) =>
      restrict && kind !== 'service' && account !== owner && resourcePolicy &&
        meaningOfPublic(resourcePolicy) === 'unclear' && [() => {}, () => 'denied']
  }
]

function principalsOf(policy) {
  return statementsOf(policy).flatMap(({ Principal, NotPrincipal }) => [(Principal ?? NotPrincipal).AWS ?? []].flat())
}

function eachPattern(simulation, change) {
  let changed = false
  const all = (values, place) => [values].flat().map((value) => {
    const after = change(value, place)
    changed ||= after !== value
    return after
  })
  for (const place of everyStatement(simulation)) {
    const { statement } = place
    for (const element of ['Resource', 'NotResource']) {
      if (statement[element]) statement[element] = all(statement[element], place)
    }
    for (const keys of Object.values(statement.Condition ?? {})) {
      for (const key of Object.keys(keys)) keys[key] = all(keys[key], place)
    }
  }
  return changed
}

function eachCondition(simulation, operators, change) {
  let changed = false
  for (const { statement } of everyStatement(simulation)) {
    for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
      if (!operators.test(operator)) continue
      for (const [key, values] of Object.entries(keys)) {
        const after = change(values, operator)
        changed ||= JSON.stringify(after) !== JSON.stringify(values)
        keys[key] = after
      }
    }
  }
  return changed
}

const inSeconds = (value) => (/^\d+$/.test(value) ? new Date(Number(value) * 1000).toISOString() : value)

function epochSeconds(simulation) {
  const context = simulation.request.contextVariables
  const changed = eachCondition(simulation, /Date/, (values) => values.map(inSeconds))
  const compared = everyStatement(simulation).some(({ statement }) =>
    Object.entries(statement.Condition ?? {}).some(([operator, keys]) =>
      operator.includes('Date') && Object.keys(keys).some((key) => key.toLowerCase() === 'aws:epochtime')))
  if (compared && context['aws:EpochTime']) context['aws:EpochTime'] = inSeconds(context['aws:EpochTime'])
  return changed || compared
}

// Whether the text holds a variable that has neither a value nor a default.
function unresolved(simulation, text) {
  const context = new Map(Object.entries(simulation.request.contextVariables).map(([k, v]) => [k.toLowerCase(), v]))
  return [...text.matchAll(/\$\{([^}]*)\}/g)].some(([, variable]) => {
    if (['*', '?', '$'].includes(variable)) return false
    const [name, fallback] = variable.split(', ')
    return fallback === undefined && typeof context.get(name.toLowerCase()) !== 'string'
  })
}

// A value that no request has.
function nothing(operator) {
  return operator.includes('Arn') ? 'arn:none:none:none:none:none' : 'nothing-has-this-value'
}

function publicPolicy(simulation, { kind, account, owner, restrict }) {
  if (!restrict || !simulation.resourcePolicy) return false
  // From here on nothing but the meaning of public given here decides.
  simulation.additionalSettings.s3.blockPublicAccess = false
  const spared = kind === 'service' || account === owner
  return meaningOfPublic(simulation.resourcePolicy) === 'public' && !spared ? 'denied' : true
}

function rootBucketPolicy(simulation, { kind, account, owner }) {
  const { request, resourcePolicy } = simulation
  if (kind !== 'root' || account !== owner || !/^s3:(Get|Put|Delete)BucketPolicy$/.test(request.action)) return false
  if (!resourcePolicy) return false
  const statements = statementsOf(resourcePolicy)
  resourcePolicy.Statement = statements.filter(({ Effect }) => Effect === 'Allow')
  if (resourcePolicy.Statement.length === 0) delete simulation.resourcePolicy
  return statements.some(({ Effect }) => Effect === 'Deny')
}

// Both the principal and its account are to be listed, and of a session both itself and its role. A
// role stands for all its sessions, which nobody can list.
function listedInPart({ NotPrincipal }, { request }, { kind, account }) {
  if (!['iam', 'linked'].includes(kind)) return false
  const listed = [NotPrincipal.AWS ?? []].flat()
  const [arn, partition, , , , rest] = request.principal.split(':')
  const own = [request.principal]
  const role = request.contextVariables['aws:PrincipalArn']
  if (rest.startsWith('assumed-role/') && role) own.push(role)
  const sessions = `${arn}:${partition}:sts::${account}:assumed-role/${rest.split('/').at(-1)}/`
  const its = [account, `${arn}:${partition}:iam::${account}:root`]
  const names = own.filter((name) => listed.includes(name)).length
  const hasAccount = its.some((name) => listed.includes(name))
  if (rest.startsWith('role/')) return hasAccount || names > 0 || listed.some((name) => name.startsWith(sessions))
  return (hasAccount || names > 0) && !(hasAccount && names === own.length)
}

// Leaves out the conditions on keys that the request does not have.
function withoutAbsent(simulation, operators) {
  const present = new Set(Object.keys(simulation.request.contextVariables).map((key) => key.toLowerCase()))
  let changed = false
  for (const { statement } of everyStatement(simulation)) {
    for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
      if (!operators.test(operator)) continue
      for (const key of Object.keys(keys).filter((name) => !present.has(name.toLowerCase()))) {
        delete keys[key]
        changed = true
      }
    }
  }
  return changed
}
