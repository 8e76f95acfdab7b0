// Compares `trailcheck simulate` with an independent evaluator over random accounts, and `may`
// with `concrete`. See README.md.

import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { Random } from './random.js'
import { completeContext, concreteQuery, makeAccount, makeRequest } from './account.js'
import { judge } from './judge.js'
import { contradictions, makeQuestion, witnessQuery } from './may.js'
import { Oracle, Refusal, simulate } from './programs.js'
import { shrink } from './shrink.js'

const REQUESTS_PER_ACCOUNT = 30
const QUESTIONS_PER_ACCOUNT = 5

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    accounts: { type: 'string', default: '200' },
    bin: { type: 'string', default: here('../../target/debug/trailcheck') },
    modules: { type: 'string', default: here('.') },
    // How many of the unexplained cases are made small and printed.
    print: { type: 'string', default: '3' }
  }
})

const oracle = new Oracle(options.modules)
const totals = { requests: 0, questions: 0, witnesses: 0, agreed: 0, verdicts: {}, recorded: {}, unexplained: [] }

const seeds = new Random(Number(options.seed))
for (let number = 0; number < Number(options.accounts); number += 1) {
  await compareAccount(seeds.branch())
}
for (const found of [...different(totals.unexplained)].slice(0, Number(options.print))) {
  console.log(JSON.stringify({ unexplained: found.says, input: await shrink(found.input, found.remains) }, null, 2))
}
oracle.end()
report()
process.exitCode = totals.unexplained.length > 0 ? 1 : 0

async function compareAccount(random) {
  const account = makeAccount(random.branch())
  const requests = random.branch()
  const concrete = Array.from({ length: REQUESTS_PER_ACCOUNT }, (_, index) => {
    const request = makeRequest(requests, account)
    return concreteQuery(`c${index}`, request, completeContext(requests, account, request))
  })
  const asking = random.branch()
  const questions = Array.from({ length: QUESTIONS_PER_ACCOUNT }, (_, index) => makeQuestion(asking, account, `m${index}`))
  const requestsToJudge = [...concrete, ...questions.flatMap(({ tries }) => tries)]
  const queries = [...requestsToJudge, ...questions.map(({ may }) => may)]
  const results = simulate(options.bin, { ...account.input, queries })
  await Promise.all(requestsToJudge.map((query) => compareRequest(account.input, query, results.get(query.id))))
  for (const question of questions) compareQuestion(account.input, question, results)
  await compareWitnesses(account, questions, results)
}

async function compareRequest(input, query, { verdict }) {
  const { accepted, raw, names, loose } = await judge(oracle, input, query)
  totals.requests += 1
  totals.verdicts[verdict] = (totals.verdicts[verdict] ?? 0) + 1
  const right = verdict === accepted || (loose && verdict === 'conditional')
  if (!right) {
    totals.unexplained.push({
      says: `trailcheck says \`${verdict}\`, right is \`${accepted}\` (the oracle by itself says \`${raw}\`)`,
      input: { ...input, queries: [query] },
      remains: async (smaller) => {
        const again = simulate(options.bin, smaller).get(query.id)
        return again.verdict === verdict && (await judge(oracle, smaller, smaller.queries[0])).accepted === accepted
      }
    })
  } else if (names.length === 0) {
    totals.agreed += 1
  }
  if (right) for (const name of names) totals.recorded[name] = (totals.recorded[name] ?? 0) + 1
}

function compareQuestion(input, question, results) {
  totals.questions += 1
  for (const { query, says } of contradictions(question, results).slice(0, 1)) {
    const wanted = [results.get(question.may.id).verdict, results.get(query.id).verdict]
    totals.unexplained.push({
      says,
      input: { ...input, queries: [question.may, query] },
      remains: (smaller) => {
        const again = simulate(options.bin, smaller)
        return again.get(question.may.id).verdict === wanted[0] && again.get(query.id).verdict === wanted[1]
      }
    })
  }
}

// Every witness, sent as a request, must be allowed: by trailcheck and by the oracle. Where AWS's
// documentation is open, so is the witness. A witness may hold keys of another service, which the
// oracle refuses.
async function compareWitnesses(account, questions, results) {
  const conditional = questions.filter(({ may }) => results.get(may.id).verdict === 'conditional' && results.get(may.id).witness)
  totals.witnesses += conditional.length
  const found = await replay(account, account.input, conditional, results)
  for (const [index, question] of conditional.entries()) {
    const { says } = found[index]
    if (!says) continue
    totals.unexplained.push({
      says,
      input: { ...account.input, queries: [question.may] },
      remains: async (smaller) => {
        const again = simulate(options.bin, smaller)
        return again.get(question.may.id).verdict === 'conditional' &&
          (await replay(account, smaller, [question], again))[0].says === says
      }
    })
  }
}

async function replay(account, input, questions, results) {
  if (questions.length === 0) return []
  const queries = questions.map((question) => witnessQuery(account, question, results.get(question.may.id)))
  const replayed = simulate(options.bin, { ...input, queries })
  return Promise.all(queries.map(async (query) => {
    const { verdict } = replayed.get(query.id)
    const accepted = await acceptedOfWitness(input, query)
    if (verdict === accepted && accepted !== 'denied') return {}
    return { says: `the witness as a request is \`${verdict}\`, right is \`${accepted}\`` }
  }))
}

async function acceptedOfWitness(input, query) {
  try {
    return (await judge(oracle, input, query)).accepted
  } catch (error) {
    if (error instanceof Refusal) return 'allowed'
    throw error
  }
}

function counted(texts) {
  const counts = {}
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1
  return counts
}

// One case of each kind: the same mistake shows many times.
function* different(cases) {
  const seen = new Set()
  for (const one of cases) {
    const kind = [one.says, one.input.queries[0].action].join()
    if (!seen.has(kind)) yield one
    seen.add(kind)
  }
}

function report() {
  const { requests, questions, witnesses, agreed, verdicts, recorded, unexplained } = totals
  const list = (counts) => Object.entries(counts).sort().map(([name, count]) => `  ${name}: ${count}`)
  console.log([
    `seed ${options.seed}, ${options.accounts} accounts`,
    `requests compared: ${requests}`,
    ...list(verdicts),
    `agreed with the oracle: ${agreed}`,
    'recorded divergences:',
    ...list(recorded),
    `questions held against requests: ${questions}, witnesses sent as requests: ${witnesses}`,
    `unexplained: ${unexplained.length}`,
    ...list(counted(unexplained.map(({ says }) => says)))
  ].join('\n'))
}
