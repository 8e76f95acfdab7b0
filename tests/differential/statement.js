// Random statements of each kind of policy, in every form in which AWS returns them.

import { ACTIONS } from './world.js'
import { vocabulary } from './context.js'

// What each kind of policy may hold, and how often it denies.
const KINDS = {
  identity: { services: ['s3', 'kms', 'cloudtrail', 'iam', 'sts'], deny: 20 },
  boundary: { services: ['s3', 'kms', 'cloudtrail', 'iam', 'sts'], deny: 15 },
  scp: { services: ['s3', 'kms', 'cloudtrail', 'iam', 'sts'], deny: 70 },
  rcp: { services: ['s3', 'kms', 'sts'], deny: 100, principal: () => '*' },
  bucket: { services: ['s3'], deny: 30, principal: principalElement },
  key: { services: ['kms'], deny: 20, principal: principalElement },
  trust: { services: ['sts'], deny: 15, principal: principalElement, noResource: true }
}

// `resource` is the resource that a resource policy belongs to.
export function makeStatement(random, world, kind, resource) {
  const rules = KINDS[kind]
  const statement = { Effect: random.chance(rules.deny) ? 'Deny' : 'Allow' }
  if (random.chance(50)) statement.Sid = `S${random.below(1000)}`
  if (rules.principal) {
    const not = statement.Effect === 'Deny' && kind !== 'rcp' && kind !== 'trust' && random.chance(15)
    statement[not ? 'NotPrincipal' : 'Principal'] =
      kind === 'rcp' ? '*' : rules.principal(random, world, kind, not)
  }
  // Resource control policies have no NotAction, and IAM takes a trust policy only for actions of STS.
  const notAction = !['rcp', 'trust'].includes(kind) && random.chance(kind === 'identity' || kind === 'scp' ? 12 : 5)
  statement[notAction ? 'NotAction' : 'Action'] = spelled(random, actionPatterns(random, rules, kind))
  if (!rules.noResource) {
    const not = random.chance(kind === 'key' || (kind === 'scp' && statement.Effect === 'Allow') ? 0 : 10)
    statement[not ? 'NotResource' : 'Resource'] =
      spelled(random, resourcePatterns(random, world, kind, resource, statement))
  }
  if (random.chance(kind === 'scp' || kind === 'rcp' ? 60 : 40)) {
    statement.Condition = makeCondition(random, world, statement)
  }
  return statement
}

// One value stands alone or in an array: AWS returns both.
function spelled(random, values) {
  return values.length === 1 && random.chance(60) ? values[0] : values
}

function actionPatterns(random, rules, kind) {
  if (!['rcp', 'trust'].includes(kind) && random.chance(kind === 'boundary' || kind === 'scp' ? 25 : 12)) return ['*']
  const names = ACTIONS.map(({ name }) => name).filter((name) => rules.services.includes(name.split(':')[0]))
  return random.some(names, 1, 3).map((name) => {
    const [service, action] = name.split(':')
    const middle = 1 + random.below(action.length - 1)
    switch (random.below(9)) {
      case 0:
      case 1:
        return `${service}:*`
      case 2:
        return `${service}:${action.slice(0, middle)}*`
      case 3:
        return `${service}:${action.slice(0, middle)}?${action.slice(middle + 1)}`
      case 4:
        return `${service}:*${action.slice(middle)}`
      case 5:
        return `${service}:${action.toLowerCase()}`
      default:
        return name
    }
  })
}

function resourcePatterns(random, world, kind, resource, statement) {
  if (kind === 'bucket') return random.some(bucketPatterns(random, world, resource.arn), 1, 3)
  if (kind === 'key') return [random.chance(85) ? '*' : resource.arn]
  if (kind === 'scp' && statement.Effect === 'Allow') return ['*']
  if (random.chance(35)) return ['*']
  const patterns = [
    ...world.buckets.flatMap((bucket) => bucketPatterns(random, world, bucket.arn)),
    ...world.keys.map(({ arn }) => arn),
    `arn:${world.partition}:kms:*:${world.home}:key/*`,
    `arn:*:kms:${world.region}:${world.home}:key/1234????-*`,
    ...world.trails,
    `arn:${world.partition}:cloudtrail:*:*:trail/*`,
    `arn:${world.partition}:cloudtrail:${world.region}:${world.home}:trail/m?in`,
    `arn:${world.partition}:cloudtrail:eu-*:*:*`,
    ...world.roles.map(({ arn }) => arn),
    ...world.users.map(({ arn }) => arn),
    world.iam(world.home, 'role/*'),
    world.iam('*', 'role/teams/*'),
    world.iam(world.home, 'user/${aws:username}'),
    world.iam(world.home, "role/${aws:PrincipalTag/team, 'deployer'}"),
    `arn:${world.partition}:s3:::*`,
    `arn:*:*:*:*:*`
  ]
  return random.some(patterns, 1, 4)
}

function bucketPatterns(random, world, bucket) {
  return [
    bucket,
    `${bucket}/*`,
    `${bucket}*`,
    `${bucket}/AWSLogs/*`,
    `${bucket}/home/\${aws:username}/*`,
    `${bucket}/team-\${aws:PrincipalTag/team}/*`,
    `${bucket}/team-\${aws:PrincipalTag/team, 'blue'}/?`,
    `${bucket}/*.json.gz`,
    `${bucket}/home/\${*}/a.txt`
  ].filter((_, index) => index < 2 || random.chance(50))
}

// Every form of a principal in a resource policy.
function principalElement(random, world, kind, not) {
  if (!not && random.chance(22)) return random.pick(['*', { AWS: '*' }, { AWS: ['*'] }])
  const named = [
    world.home,
    world.root,
    world.partner,
    world.iam(world.partner, 'root'),
    ...world.users.map(({ arn }) => arn),
    ...world.roles.slice(0, 2).flatMap(({ arn, session }) => [arn, session]),
    ...world.externals.map(({ arn }) => arn),
    world.users[0].id
  ]
  const services = world.services
  const element = {}
  if (kind === 'key' && !not && random.chance(40)) {
    element.AWS = world.root
  } else if (random.chance(80)) {
    // A Deny with NotPrincipal spares a user only if the account is listed as well:
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    const chosen = random.some(named, 1, 3)
    element.AWS = spelled(random, not && random.chance(70) ? [...chosen, world.root] : chosen)
  }
  if (!element.AWS || random.chance(25)) element.Service = spelled(random, random.some(services, 1, 2))
  return element
}

const OPERATORS = {
  string: ['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase',
    'StringLike', 'StringNotLike'],
  arn: ['ArnEquals', 'ArnNotEquals', 'ArnLike', 'ArnNotLike', 'StringEquals', 'StringLike', 'StringNotLike'],
  bool: ['Bool', 'Bool', 'Bool', 'StringEquals'],
  number: ['NumericEquals', 'NumericNotEquals', 'NumericLessThan', 'NumericLessThanEquals',
    'NumericGreaterThan', 'NumericGreaterThanEquals'],
  date: ['DateEquals', 'DateNotEquals', 'DateLessThan', 'DateLessThanEquals', 'DateGreaterThan',
    'DateGreaterThanEquals'],
  ip: ['IpAddress', 'IpAddress', 'NotIpAddress']
}

function makeCondition(random, world, statement) {
  const known = vocabulary(world)
  const service = (key) => !key.startsWith('aws:')
  // A service's own key is only there for some actions; half of the time only those that all have.
  const keys = Object.keys(known).filter((key) => !service(key) || random.chance(50))
  const condition = {}
  for (const key of random.some(keys, 1, 2)) {
    if (random.chance(8)) {
      addTo(condition, 'Null', casing(random, key), random.pick(['true', 'false', true, false]))
      continue
    }
    const { type, several } = known[key]
    const set = several || random.chance(6) ? `${random.pick(['ForAllValues', 'ForAnyValue'])}:` : ''
    const operator = `${set}${random.pick(OPERATORS[type])}${random.chance(20) ? 'IfExists' : ''}`
    addTo(condition, operator, casing(random, key), operands(random, world, key, operator))
  }
  return condition
}

function addTo(condition, operator, key, value) {
  condition[operator] = { ...condition[operator], [key]: value }
}

function casing(random, key) {
  return random.chance(12) ? key.toLowerCase() : key
}

function operands(random, world, key, operator) {
  const { type, values } = vocabulary(world)[key]
  if (type === 'bool') {
    const value = random.pick(values)
    return operator.includes('Bool') && random.chance(30) ? value === 'true' : value
  }
  if (type === 'number') {
    const value = random.pick(values)
    return random.chance(30) ? Number(value) : value
  }
  if (type === 'date') return random.pick(random.chance(25) ? IN_SECONDS : INSTANTS)
  if (type === 'ip') return spelled(random, random.some(ADDRESSES, 1, 3))
  const patterns = values.flatMap((value) => textPatterns(value, type))
  if (type === 'string') patterns.push(...VARIABLES)
  if (type === 'arn') patterns.push(world.iam(world.home, 'user/${aws:username}'))
  return spelled(random, random.some(random.chance(50) ? values : patterns, 1, 3))
}

const VARIABLES = ['${aws:username}', "${aws:PrincipalTag/team, 'blue'}", '${aws:PrincipalTag/team}']

const IN_SECONDS = ['1748736000', '1768478400']
const INSTANTS = ['2025-06-01T00:00:00Z', '2026-01-15T12:00:00Z', '2026-01-15T12:00:00+00:00', '2026-03-01T00:00:00Z']

const ADDRESSES = ['203.0.113.0/24', '203.0.113.7', '198.51.100.20/32', '10.0.0.0/8', '10.1.2.3',
  '0.0.0.0/0', '2001:db8:1::/48', '::/0', '10.0.0.0/15']

function textPatterns(value, type) {
  if (type !== 'arn') return [value, `${value.slice(0, 3)}*`, `*${value.slice(-3)}`, `?${value.slice(1)}`, value.toUpperCase()]
  const segments = value.split(':')
  const name = segments.slice(5).join(':')
  const with5 = (rest) => [...segments.slice(0, 5), rest].join(':')
  return [value, with5('*'), with5(name.replace(/[a-z]\b/, '?')), `${segments.slice(0, 4).join(':')}:*:${name}`,
    `arn:*:${segments[2]}::*:*`, `${segments.slice(0, 3).join(':')}:*`]
}
