// The two programs that are compared.

import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

// A request that the oracle holds to be impossible.
export class Refusal extends Error {}

// The oracle answers one line for each line, in order.
export class Oracle {
  #child
  #waiting = []

  constructor(modules) {
    const script = fileURLToPath(new URL('oracle.js', import.meta.url))
    this.#child = spawn(process.execPath, [script, modules], { stdio: ['pipe', 'pipe', 'inherit'] })
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#waiting.shift().resolve(JSON.parse(line)))
    this.#child.on('exit', () => {
      for (const { reject } of this.#waiting) reject(new Error('the oracle ended before it had answered'))
    })
  }

  async ask(simulation) {
    const { verdict, refused } = await new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#child.stdin.write(`${JSON.stringify(simulation)}\n`)
    })
    if (refused) {
      throw new Refusal(`the oracle refuses: ${JSON.stringify(refused)}\n${JSON.stringify(simulation, null, 2)}`)
    }
    return verdict
  }

  end() {
    this.#child.stdin.end()
  }
}

// Answers all queries of one account; the result is by query id.
export function simulate(binary, input) {
  const text = JSON.stringify(input)
  const run = spawnSync(binary, ['simulate', '-', '--format', 'json'], {
    input: text, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024
  })
  if (run.error) throw run.error
  if (run.status !== 0) {
    throw new Error(`${binary} ended with ${run.status}: ${run.stderr}\n${JSON.stringify(input, null, 2)}`)
  }
  const results = new Map(JSON.parse(run.stdout).results.map((result) => [result.id, result]))
  for (const { id } of input.queries) {
    if (!results.has(id)) throw new Error(`${binary} has not answered query ${id}`)
  }
  return results
}
