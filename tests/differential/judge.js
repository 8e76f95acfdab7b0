// What the right answer to a query is, by the oracle and the recorded divergences.

import { CORRECTIONS, OPEN_POINTS } from './divergences.js'
import { translate } from './translate.js'

// `accepted` is the one right verdict; `raw` is the oracle's own; `names` are the recorded
// divergences that lead from the one to the other. `loose`: `conditional` is right as well.
export async function judge(oracle, input, query) {
  const { simulation, facts } = translate(input, query)
  const raw = await oracle.ask(simulation)
  const corrected = structuredClone(simulation)
  const met = []
  const answers = []
  for (const correction of CORRECTIONS) {
    const answer = correction.mend(corrected, facts)
    if (answer) met.push(correction)
    answers.push(answer)
  }
  const fixed = answers.includes('denied') ? 'denied' : null
  const points = fixed ? [] : OPEN_POINTS
    .map(({ name, loose, readings }) => ({ name, loose, readings: readings(corrected, facts) }))
    .filter(({ readings }) => readings)
  if (points.length > 0) {
    const verdicts = new Set()
    for (const choices of combinations(points.map(({ readings }) => readings))) {
      verdicts.add(await decide(oracle, corrected, choices))
    }
    if (verdicts.size > 1) return { accepted: 'conditional', raw, names: points.map(({ name }) => name) }
    const loose = points.some((point) => point.loose)
    return { ...(await named(oracle, { simulation, facts, raw, met }, [...verdicts][0])), loose }
  }
  const accepted = fixed ?? (met.length > 0 ? await oracle.ask(corrected) : raw)
  return named(oracle, { simulation, facts, raw, met }, accepted)
}

async function decide(oracle, simulation, changes) {
  const copy = structuredClone(simulation)
  const answers = changes.map((change) => change(copy))
  return answers.includes('denied') ? 'denied' : oracle.ask(copy)
}

// Which of the corrections that were met turn the answer around by themselves.
async function named(oracle, { simulation, facts, raw, met }, accepted) {
  if (accepted === raw) return { accepted, raw, names: [] }
  const names = []
  for (const { name, mend } of met) {
    const alone = await decide(oracle, simulation, [(copy) => mend(copy, facts)])
    if (alone !== raw) names.push(name)
  }
  return { accepted, raw, names: names.length > 0 ? names : [met.map(({ name }) => name).join(' with ')] }
}

function combinations([first, ...rest]) {
  if (!first) return [[]]
  return first.flatMap((reading) => combinations(rest).map((others) => [reading, ...others]))
}
