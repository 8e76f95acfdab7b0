// Takes parts out of an account as long as the disagreement remains.

const JSON_TEXT = ['bucketPolicy', 'keyPolicy', 'Content']
const LISTS = ['Action', 'NotAction', 'Resource', 'NotResource', 'AWS', 'Service']

// `remains(input)` says whether an input still shows what is looked for.
export async function shrink(input, remains) {
  let open = unpacked(input)
  let smaller = true
  while (smaller) {
    smaller = false
    // Outer parts first: a whole policy goes before its statements.
    const paths = () => parts(open).sort((a, b) => a.length - b.length)
    let rest = paths()
    for (let index = 0; index < rest.length;) {
      const candidate = without(open, rest[index])
      if (candidate && (await holds(remains, packed(candidate)))) {
        open = candidate
        smaller = true
        rest = paths()
      } else {
        index += 1
      }
    }
  }
  return packed(open)
}

// An input that one of the two refuses shows nothing.
async function holds(remains, input) {
  try {
    return await remains(input)
  } catch {
    return false
  }
}

function unpacked(value, name) {
  if (typeof value === 'string') {
    if (JSON_TEXT.includes(name)) return JSON.parse(value)
    return value.startsWith('%7B') ? JSON.parse(decodeURIComponent(value)) : value
  }
  if (Array.isArray(value)) return value.map((entry) => unpacked(entry))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, unpacked(entry, key)]))
}

function packed(value, name) {
  if (JSON_TEXT.includes(name) && value !== null && typeof value === 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return value.map((entry) => packed(entry))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, packed(entry, key)]))
}

function parts(value, path = []) {
  if (value === null || typeof value !== 'object') return []
  return Object.keys(value).flatMap((key) => {
    const inner = [...path, key]
    return [inner, ...parts(value[key], inner)]
  })
}

// A copy without the part, unless the part holds up the shape of the input.
function without(input, path) {
  // A request is held against a question only if its context is within the question's freedom.
  if (path[0] === 'queries' && input.queries.length > 1) return null
  if (path.length === 1 || path.at(-1) === 'Version' || (path[0] === 'queries' && (path[2] !== 'context' || path.length === 3))) return null
  const copy = structuredClone(input)
  const last = path.at(-1)
  const holder = path.slice(0, -1).reduce((value, key) => value?.[key], copy)
  if (Array.isArray(holder)) {
    // A list of a statement holds at least one value.
    if (holder.length === 1 && LISTS.includes(path.at(-2))) return null
    holder.splice(Number(last), 1)
  } else if (['bucketPolicy', 'publicAccessBlock'].includes(last) && holder[last] !== null) {
    holder[last] = null
  } else if (removable(path)) {
    delete holder[last]
  } else {
    return null
  }
  return copy
}

function removable(path) {
  return path.includes('Condition') || path.includes('context') ||
    ['Sid', 'PermissionsBoundary', 'AWS', 'Service'].includes(path.at(-1))
}
