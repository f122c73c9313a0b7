/** A type as the checker knows it. Types are compared by their names and what they are of. */
export interface CelType {
  /** `list`, `map` and `optional` have types of their own in `of`; `nullable` is null or its type. */
  readonly name: string
  readonly of: readonly CelType[]
  /** Fields of a value whose fields are known; a value with fields is of a type of its own. */
  readonly fields?: Readonly<Record<string, CelType>>
}

export const DYN = type('dyn')
export const NULL = type('null')
export const BOOL = type('bool')
export const INT = type('int')
export const DOUBLE = type('double')
export const STRING = type('string')
export const BYTES = type('bytes')
export const TIMESTAMP = type('timestamp')
export const DURATION = type('duration')

const NUMBERS: ReadonlySet<string> = new Set(['int', 'uint', 'double'])

export function type(name: string, ...of: readonly CelType[]): CelType {
  return { name, of }
}

/** A type that is not known yet. */
function unknownType(): CelType {
  return { name: '?', of: [] }
}

/** Reads a type of a signature: `list<T>`, `map<string, dyn>`. */
export function parseType(text: string): CelType {
  const [, name = '', inner] = /^([\w.]+)(?:<(.*)>)?$/.exec(text.trim()) ?? []
  return type(name, ...(inner === undefined ? [] : splitTypes(inner).map(parseType)))
}

/** Splits at the commas outside of angle brackets. */
export function splitTypes(text: string): readonly string[] {
  if (text.trim() === '') return []
  const parts: string[] = []
  let depth = 0
  let last = 0
  for (const { 0: sign, index } of text.matchAll(/[<>,]/g)) {
    if (sign === '<') depth++
    else if (sign === '>') depth--
    else if (depth === 0) {
      parts.push(text.slice(last, index))
      last = index + 1
    }
  }
  return [...parts, text.slice(last)].map((part) => part.trim())
}

/** What is learned of the types that are not known yet, while an expression is checked. */
export class TypeKnowledge {
  #known = new Map<CelType, CelType>()

  /** A type that is learned from its use. */
  fresh(): CelType {
    return unknownType()
  }

  resolve(given: CelType): CelType {
    let found = given
    for (let next = this.#known.get(found); next !== undefined; next = this.#known.get(found)) {
      found = next
    }
    return found
  }

  /** The whole type, with `dyn` for what is still unknown. */
  settle(given: CelType): CelType {
    const found = this.resolve(given)
    if (found.name === '?') return DYN
    return found.of.length === 0 ? found : { ...found, of: found.of.map((one) => this.settle(one)) }
  }

  /** A type of a signature with its parameters (`T`) replaced; the same name is replaced alike. */
  instantiate(given: CelType, parameters: Map<string, CelType>): CelType {
    if (/^[A-Z]$/.test(given.name)) {
      const found = parameters.get(given.name) ?? unknownType()
      parameters.set(given.name, found)
      return found
    }
    if (given.of.length === 0) return given
    return type(given.name, ...given.of.map((one) => this.instantiate(one, parameters)))
  }

  /** Whether a value of a type can be where another type is wanted. Learns from it if it can. */
  accepts(wanted: CelType, given: CelType): boolean {
    const to = this.resolve(wanted)
    const from = this.resolve(given)
    if (to === from) return true
    if (to.name === '?') return this.#learn(to, from)
    if (from.name === '?') return this.#learn(from, to)
    if (to.name === 'dyn' || from.name === 'dyn') return true
    if (from.name === 'nullable') return this.accepts(to, from.of[0] ?? DYN)
    if (to.name === 'nullable') return from.name === 'null' || this.accepts(to.of[0] ?? DYN, from)
    if (from.name === 'null') return ['null', 'timestamp', 'duration', 'optional'].includes(to.name)
    if (to.name !== from.name || to.of.length !== from.of.length) return false
    return to.of.every((one, index) => this.accepts(one, from.of[index] ?? DYN))
  }

  #learn(unknown: CelType, found: CelType): boolean {
    this.#known.set(unknown, found)
    return true
  }

  /** Runs `attempt`, and forgets what it learned unless it returns true. */
  trying(attempt: () => boolean): boolean {
    const before = new Map(this.#known)
    const isDone = attempt()
    if (!isDone) this.#known = before
    return isDone
  }

  /** The type of a value that is of one or the other type; null if they have nothing in common. */
  join(one: CelType, other: CelType): CelType | null {
    const left = this.resolve(one)
    const right = this.resolve(other)
    if (left.name === 'dyn' || right.name === 'dyn') return DYN
    if (this.trying(() => this.accepts(left, right))) {
      const isWider = right.name === 'nullable' || left.name === 'null'
      const wide = this.resolve(isWider ? right : left)
      if (wide.of.length !== 1 || left.name !== right.name) return wide
      const inner = this.join(left.of[0] ?? DYN, right.of[0] ?? DYN)
      return inner === null ? wide : type(wide.name, inner)
    }
    return this.trying(() => this.accepts(right, left)) ? this.resolve(right) : null
  }

  /** Whether values of two types can be equal. */
  comparable(one: CelType, other: CelType): boolean {
    const left = this.#bare(one)
    const right = this.#bare(other)
    if (NUMBERS.has(left.name) && NUMBERS.has(right.name)) return true
    if (left.name === right.name && left.of.length > 0) {
      return left.of.every((inner, index) => this.comparable(inner, right.of[index] ?? DYN))
    }
    return this.join(one, other) !== null
  }

  /** Without `nullable`. */
  #bare(given: CelType): CelType {
    const found = this.resolve(given)
    return found.name === 'nullable' ? this.resolve(found.of[0] ?? DYN) : found
  }
}

/** A type as messages name it: `list<string>`. */
export function typeName({ name, of }: CelType): string {
  if (name === '?') return 'dyn'
  if (name === 'nullable') return typeName(of[0] ?? DYN)
  return of.length === 0 ? name : `${name}<${of.map(typeName).join(', ')}>`
}
