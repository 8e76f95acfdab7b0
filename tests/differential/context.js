// Request contexts: the condition keys of the vocabulary, the values that requests and policies
// share, and a plausible request of each kind of principal.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html

// What values a key has. `several` marks keys that hold a list of values.
export function vocabulary(world) {
  const p = world.partition
  const arn = (...rest) => `arn:${p}:${rest.join(':')}`
  const text = (...values) => ({ type: 'string', values })
  return {
    'aws:PrincipalArn': {
      type: 'arn',
      values: [...world.users, ...world.roles, ...world.externals].map(({ arn }) => arn)
        .concat([world.root])
    },
    'aws:SourceArn': {
      type: 'arn',
      values: [...world.trails, arn('cloudtrail', world.region, world.partner, 'trail/main')]
    },
    'aws:PrincipalAccount': text(world.home, world.partner),
    'aws:PrincipalOrgID': text('o-home123456', 'o-other98765'),
    'aws:PrincipalType': text('User', 'AssumedRole', 'Account', 'Anonymous', 'Service'),
    'aws:PrincipalTag/team': text('blue', 'red', 'Blue'),
    'aws:userid': text('AIDAALICE00000000001', 'AROADEPLOYER00000001:shift', world.home, 'anonymous'),
    'aws:username': text('alice', 'bob', 'Alice'),
    'aws:SourceAccount': text(world.home, world.partner),
    'aws:SourceVpce': text('vpce-0a1b2c3d', 'vpce-99999999'),
    'aws:SourceVpc': text('vpc-0a1b2c3d', 'vpc-99999999'),
    'aws:RequestedRegion': text(world.region, 'eu-west-1'),
    'aws:ResourceAccount': text(world.home, world.partner),
    'aws:PrincipalServiceName': text(...world.services),
    'aws:referer': text('https://example.com/', 'https://example.com/a'),
    's3:x-amz-acl': text('bucket-owner-full-control', 'private', 'public-read'),
    's3:prefix': text('home/alice', 'team-blue', 'AWSLogs'),
    'kms:ViaService': text(`s3.${world.region}.amazonaws.com`, `sqs.${world.region}.amazonaws.com`),
    'iam:PassedToService': text(...world.services),
    'sts:ExternalId': text('blue', 'secret-7'),
    'aws:SecureTransport': { type: 'bool', values: ['true', 'false'] },
    'aws:MultiFactorAuthPresent': { type: 'bool', values: ['true', 'false'] },
    'aws:PrincipalIsAWSService': { type: 'bool', values: ['true', 'false'] },
    'aws:ViaAWSService': { type: 'bool', values: ['true', 'false'] },
    'aws:MultiFactorAuthAge': { type: 'number', values: ['10', '300', '3600'] },
    's3:TlsVersion': { type: 'number', values: ['1.1', '1.2', '1.3'] },
    's3:signatureAge': { type: 'number', values: ['1000', '60000'] },
    's3:max-keys': { type: 'number', values: ['1', '10', '1000'] },
    'aws:CurrentTime': {
      type: 'date',
      values: ['2025-06-01T00:00:00Z', '2026-01-15T12:00:00Z', '2026-03-01T00:00:00Z']
    },
    'aws:EpochTime': { type: 'date', values: ['1748736000', '1768478400', '1772323200'] },
    'aws:TokenIssueTime': { type: 'date', values: ['2025-06-01T00:00:00Z', '2026-01-15T11:30:00Z'] },
    'aws:SourceIp': {
      type: 'ip',
      values: ['203.0.113.7', '198.51.100.20', '10.1.2.3', '2001:db8:1::7']
    },
    'aws:VpcSourceIp': { type: 'ip', values: ['10.1.2.3', '10.200.0.9'] },
    'aws:PrincipalOrgPaths': {
      type: 'string',
      several: true,
      values: ['o-home123456/r-ab12/ou-ab12-prod0001/', 'o-other98765/r-zz99/']
    },
    'aws:CalledVia': {
      type: 'string',
      several: true,
      values: ['cloudformation.amazonaws.com', 'athena.amazonaws.com']
    },
    'aws:PrincipalServiceNamesList': {
      type: 'string',
      several: true,
      values: [...world.services, 'delivery.logs.amazonaws.com']
    }
  }
}

// Who asks. `kind` decides which keys the request has.
export function principalsOf(world) {
  const user = ({ arn, name, id }, account, organization) =>
    ({ kind: 'user', arn, name, id, principalArn: arn, account, organization })
  const role = ({ arn, session, name, id }, account, organization) => [
    { kind: 'session', arn: session, name, id: `${id}:shift`, principalArn: arn, account, organization },
    { kind: 'session', arn, name, id: `${id}:shift`, principalArn: arn, account, organization }
  ]
  return [
    ...world.users.map((u) => user(u, world.home, world.organization)),
    ...world.roles.flatMap((r) => role(r, world.home, world.organization)),
    { kind: 'root', arn: world.root, id: world.home, principalArn: world.root,
      account: world.home, organization: world.organization },
    user(world.externals[0], world.partner, world.partnerOrganization),
    ...role(world.externals[1], world.partner, world.partnerOrganization),
    ...world.services.map((name) => ({ kind: 'service', arn: name, account: null, organization: null })),
    { kind: 'anonymous', arn: 'anonymous', account: null, organization: null }
  ]
}

// The keys that follow from the principal and the resource: no caller can change them.
export function derivedContext(world, principal, resource) {
  const context = {
    'aws:PrincipalIsAWSService': String(principal.kind === 'service'),
    'aws:ResourceAccount': resource.account
  }
  if (principal.kind === 'service') {
    context['aws:PrincipalType'] = 'Service'
    context['aws:PrincipalServiceName'] = principal.arn
    context['aws:PrincipalServiceNamesList'] = [principal.arn]
    return context
  }
  if (principal.kind === 'anonymous') {
    return { ...context, 'aws:PrincipalType': 'Anonymous', 'aws:userid': 'anonymous' }
  }
  context['aws:PrincipalArn'] = principal.principalArn
  context['aws:PrincipalAccount'] = principal.account
  context['aws:userid'] = principal.id
  context['aws:PrincipalType'] = { user: 'User', session: 'AssumedRole', root: 'Account' }[principal.kind]
  if (principal.kind === 'user') context['aws:username'] = principal.name
  if (principal.organization) {
    context['aws:PrincipalOrgID'] = principal.organization
    context['aws:PrincipalOrgPaths'] = [orgPath(world, principal)]
  }
  return context
}

function orgPath(world, principal) {
  if (principal.account === world.home) {
    return `${world.organization}/${world.levels.slice(0, -1).join('/')}/`
  }
  return `${principal.organization}/r-zz99/`
}

// What the caller or the environment chooses. Keys that go together in AWS go together here.
export function chosenContext(random, world, principal, action, { tags = {} } = {}) {
  const known = vocabulary(world)
  const value = (key) => random.pick(known[key].values)
  const context = { ...tags }
  const set = (key, percent) => {
    if (random.chance(percent)) context[key] = value(key)
  }
  const now = random.below(known['aws:CurrentTime'].values.length)
  context['aws:CurrentTime'] = known['aws:CurrentTime'].values[now]
  context['aws:EpochTime'] = known['aws:EpochTime'].values[now]
  context['aws:RequestedRegion'] = value('aws:RequestedRegion')
  context['aws:SecureTransport'] = principal.kind === 'service' ? 'true' : random.chance(75) ? 'true' : 'false'
  for (const key of action.keys) {
    if (key !== 's3:TlsVersion') set(key, 60)
  }
  if (action.keys.includes('s3:TlsVersion') && context['aws:SecureTransport'] === 'true') {
    context['s3:TlsVersion'] = value('s3:TlsVersion')
  }
  context['aws:ViaAWSService'] = 'false'
  if (principal.kind === 'service') return { ...context, ...sourceOfService(random, world) }

  if (random.chance(70)) {
    context['aws:SourceIp'] = value('aws:SourceIp')
  } else {
    context['aws:SourceVpce'] = value('aws:SourceVpce')
    context['aws:SourceVpc'] = value('aws:SourceVpc')
    context['aws:VpcSourceIp'] = value('aws:VpcSourceIp')
  }
  set('aws:referer', 30)
  if (principal.kind === 'anonymous') return context
  if (principal.kind === 'session') context['aws:TokenIssueTime'] = value('aws:TokenIssueTime')
  context['aws:ViaAWSService'] = String(random.chance(10))
  if (context['aws:ViaAWSService'] === 'true') context['aws:CalledVia'] = random.some(known['aws:CalledVia'].values, 1, 2)
  return { ...context, ...multiFactor(random, principal, value) }
}

// Long-term keys of a user carry no MFA keys at all; the credentials of a session carry both,
// the age only if there was a second factor.
function multiFactor(random, principal, value) {
  if (principal.kind === 'user' && random.chance(50)) return {}
  if (random.chance(50)) return { 'aws:MultiFactorAuthPresent': 'false' }
  return { 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': value('aws:MultiFactorAuthAge') }
}

function sourceOfService(random, world) {
  if (random.chance(15)) return {}
  const account = random.pick([world.home, world.partner])
  const arn = account === world.home
    ? random.pick(world.trails)
    : `arn:${world.partition}:cloudtrail:${world.region}:${account}:trail/main`
  return { 'aws:SourceArn': arn, 'aws:SourceAccount': account }
}
