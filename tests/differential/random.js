// Random numbers from a seed: the same seed gives the same accounts on every machine.

export class Random {
  #state

  constructor(seed) {
    this.#state = seed >>> 0
  }

  // A Weyl sequence with a mixing function: its period is 2^32 from every seed, zero included.
  next() {
    this.#state = (this.#state + 0x9e3779b9) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
    return (mixed ^ (mixed >>> 16)) >>> 0
  }

  below(limit) {
    return this.next() % limit
  }

  // True in `percent` of a hundred cases.
  chance(percent) {
    return this.below(100) < percent
  }

  pick(list) {
    return list[this.below(list.length)]
  }

  // Between `least` and `most` different entries of the list.
  some(list, least, most) {
    const rest = [...list]
    const chosen = []
    let wanted = least + this.below(most - least + 1)
    while (wanted > 0 && rest.length > 0) {
      chosen.push(rest.splice(this.below(rest.length), 1)[0])
      wanted -= 1
    }
    return chosen
  }

  // A generator of its own for a part, so that a change in one part leaves the others as they were.
  branch() {
    return new Random(this.next())
  }
}
