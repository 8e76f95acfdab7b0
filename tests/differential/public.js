// S3's own meaning of a public bucket policy, as far as its page goes:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html

import { statementsOf } from './translate.js'

// The keys whose fixed values S3 trusts.
const TRUSTED = new Set(['aws:principalorgid', 'aws:principalaccount', 'aws:principalarn', 'aws:principalorgpaths',
  'aws:sourcearn', 'aws:sourceaccount', 'aws:sourcevpc', 'aws:sourcevpce', 'aws:userid'])

// 'public', 'private', or 'unclear' where the page says too little about a condition.
export function meaningOfPublic(policy) {
  const verdicts = statementsOf(policy).filter(({ Effect }) => Effect === 'Allow').map(ofStatement)
  if (verdicts.includes('public')) return 'public'
  return verdicts.includes('unclear') ? 'unclear' : 'private'
}

function ofStatement(statement) {
  const everyone = statement.Principal === '*' || [statement.Principal.AWS ?? []].flat().includes('*')
  if (!everyone) return 'private'
  let verdict = 'public'
  for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
    for (const [key, values] of Object.entries(keys)) {
      const limits = limit(operator, key.toLowerCase(), [values].flat().map(String))
      if (limits === 'yes') return 'private'
      if (limits === 'unclear') verdict = 'unclear'
    }
  }
  return verdict
}

// Whether the condition holds only for fixed values of a key that S3 trusts.
function limit(operator, key, values) {
  // Absent keys and other values satisfy these.
  if (operator === 'Null' || /Not|^ForAllValues:|IfExists$/.test(operator)) return 'no'
  if (key === 'aws:sourceip') return values.every(narrow) ? 'yes' : 'no'
  if (!TRUSTED.has(key)) return 'no'
  const fixed = values.every((value) => !/[*?]|\$\{/.test(value))
  if (fixed) return 'yes'
  // Wildcards are as good as fixed values where the part that identifies an owner is fixed; how
  // S3 reads wildcards that only an operator other than StringLike and ArnLike takes literally,
  // and variables, is not said.
  return 'unclear'
}

function narrow(range) {
  const [address, bits] = range.split('/')
  const length = Number(bits ?? (address.includes(':') ? 128 : 32))
  return length >= (address.includes(':') ? 32 : 8)
}
