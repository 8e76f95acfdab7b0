// The independent evaluator, run as a program of its own: one simulation a line in, one verdict a
// line out. This is the only file that touches the package.

import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { join, resolve } from 'node:path'

const modules = createRequire(join(resolve(process.argv[2]), 'package.json'))
const { runSimulation } = modules('@cloud-copilot/iam-simulate')

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)).catch(({ message }) => ({ refused: { message } })))}\n`)
}

async function answer(simulation) {
  const response = await runSimulation(simulation, {})
  if (response.resultType === 'error') return { refused: response.errors }
  // A key that the action does not know would be left out unsaid: the cases must not hold any.
  const ignored = response.result.ignoredContextKeys
  if (ignored?.length > 0) return { refused: { message: `context keys ignored: ${ignored}` } }
  return { verdict: response.overallResult === 'Allowed' ? 'allowed' : 'denied' }
}
