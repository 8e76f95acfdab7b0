// Whether `may` is sound: what it says of all contexts must hold for each context tried.

import { chosenContext, derivedContext } from './context.js'
import { completeContext, concreteQuery, makeRequest, query } from './account.js'

const CONTEXTS_PER_QUESTION = 10

// What a question may fix beside the principal's tags.
const FIXABLE = ['aws:SecureTransport', 'aws:SourceIp', 'aws:RequestedRegion', 'aws:referer', 's3:x-amz-acl',
  's3:prefix', 'kms:ViaService', 'sts:ExternalId', 'aws:CurrentTime', 'aws:SourceArn']

export function makeQuestion(random, account, id) {
  const request = makeRequest(random, account)
  const sample = chosenContext(random, account.world, request.principal, request.action)
  const fixed = { ...request.tags }
  for (const key of random.some(FIXABLE.filter((key) => key in sample), 0, 2)) fixed[key] = sample[key]
  const tries = Array.from({ length: CONTEXTS_PER_QUESTION }, (_, index) =>
    concreteQuery(`${id}-${index}`, request, coherent(completeContext(random, account, request, fixed), fixed)))
  return { request, fixed, may: query(id, 'may', request, fixed), tries }
}

// A fixed value takes with it what cannot stand beside it.
function coherent(context, fixed) {
  const copy = { ...context }
  const without = (...keys) => keys.forEach((key) => delete copy[key])
  if (copy['aws:SecureTransport'] === 'false') without('s3:TlsVersion')
  if ('aws:SourceIp' in fixed) without('aws:SourceVpce', 'aws:SourceVpc', 'aws:VpcSourceIp')
  if ('aws:CurrentTime' in fixed) copy['aws:EpochTime'] = String(Date.parse(fixed['aws:CurrentTime']) / 1000)
  if ('aws:SourceArn' in fixed) copy['aws:SourceAccount'] = fixed['aws:SourceArn'].split(':')[4]
  return copy
}

// Keys that trailcheck leaves open although who asks decides them: a witness may go without them.
const LEFT_OPEN = ['aws:PrincipalOrgPaths', 'aws:PrincipalServiceNamesList']

// The witness of a conditional answer as a request: it must be allowed.
export function witnessQuery(account, { request, fixed, may }, { witness }) {
  const context = { ...derivedContext(account.world, request.principal, request.resource), ...fixed }
  for (const key of LEFT_OPEN) delete context[key]
  for (const [key, value] of Object.entries(witness)) {
    // Names of condition keys are case-insensitive.
    const known = Object.keys(context).find((name) => name.toLowerCase() === key.toLowerCase())
    if (known) delete context[known]
    if (value !== null) context[key] = value
  }
  return concreteQuery(`${may.id}-witness`, request, context)
}

// What `results` say against the answer to a question, in words; nothing if nothing does.
export function contradictions({ may, tries }, results) {
  const { verdict, witness } = results.get(may.id)
  const found = []
  for (const one of tries) {
    const concrete = results.get(one.id).verdict
    if (verdict === 'denied' && concrete === 'allowed') found.push({ query: one, says: 'may is `denied`, but this is `allowed`' })
    if (verdict === 'allowed' && concrete === 'denied') found.push({ query: one, says: 'may is `allowed`, but this is `denied`' })
  }
  if (verdict === 'conditional' && !witness) found.push({ query: may, says: '`conditional` without a witness' })
  return found
}
