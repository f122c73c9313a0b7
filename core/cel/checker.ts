import { nearestName } from '../kit/nearest-name.ts'
import type {
  BindNode,
  CallNode,
  CelNode,
  Element,
  IndexNode,
  LoopNode,
  SelectNode,
} from './ast.ts'
import { CelError, type SourceRange } from './errors.ts'
import type { CelFunction } from './functions.ts'
import { functionNames, functionsNamed } from './library.ts'
import { OPERATORS } from './operators.ts'
import { BOOL, type CelType, DYN, INT, STRING, TypeKnowledge, type, typeName } from './types.ts'
import { kindOf, TYPE_VALUES } from './values.ts'

/** The type of a name that the expression does not bind itself; null if there is no such name. */
export type TypeOfName = (name: string) => CelType | null

/** The type of the value of an expression. Throws `CelError` if it can work for no values of the names' types. */
export function checkTypes(node: CelNode, typeOfName: TypeOfName): CelType {
  const checker = new Checker(typeOfName)
  return checker.settle(checker.typeOf(node, new Map()))
}

type Bound = ReadonlyMap<string, CelType>

class Checker {
  readonly #types = new TypeKnowledge()
  readonly #typeOfName: TypeOfName

  constructor(typeOfName: TypeOfName) {
    this.#typeOfName = typeOfName
  }

  settle(found: CelType): CelType {
    return this.#types.settle(found)
  }

  typeOf(node: CelNode, bound: Bound): CelType {
    switch (node.kind) {
      case 'literal':
        return type(kindOf(node.value))
      case 'name':
        return this.#name(node.name, bound, node)
      case 'select':
        return this.#select(node, bound)
      case 'has':
        this.#select({ ...node, isOptional: true }, bound)
        return BOOL
      case 'index':
        return this.#index(node, bound)
      case 'call':
        return this.#call(node, bound)
      case 'and':
      case 'or':
        this.#bool(node.left, bound, 'an operand of a logical operator must be bool')
        this.#bool(node.right, bound, 'an operand of a logical operator must be bool')
        return BOOL
      case 'not':
      case 'negate': {
        const operator = node.kind === 'not' ? '!' : '-'
        return this.#operator(operator, [this.typeOf(node.of, bound)], node)
      }
      case 'binary': {
        const sides = [this.typeOf(node.left, bound), this.typeOf(node.right, bound)]
        return this.#operator(node.operator, sides, node)
      }
      case 'ternary':
        return this.#ternary(node, bound)
      case 'list':
        return type('list', this.#element(node.items, bound))
      case 'map':
        return type(
          'map',
          this.#joined(node.entries.map(({ key }) => this.typeOf(key, bound))),
          this.#element(node.entries, bound),
        )
      case 'loop':
        return this.#loop(node, bound)
      case 'bind':
        return this.#bind(node, bound)
    }
  }

  #name(name: string, bound: Bound, range: SourceRange): CelType {
    const found = bound.get(name)
    if (found !== undefined) return found
    if (TYPE_VALUES.has(name)) return type('type')
    return this.#typeOfName(name) ?? fault('unknown_variable', `unknown variable: ${name}`, range)
  }

  #select(node: SelectNode, bound: Bound): CelType {
    const of = this.#types.resolve(this.typeOf(node.of, bound))
    return this.#access(of, STRING, node.field, node)
  }

  #index(node: IndexNode, bound: Bound): CelType {
    const of = this.#types.resolve(this.typeOf(node.of, bound))
    const at = this.typeOf(node.at, bound)
    const field = node.at.kind === 'literal' ? node.at.value : undefined
    return this.#access(of, at, typeof field === 'string' ? field : null, node)
  }

  /** The type of what a key selects; optional if the value or the access is. */
  #access(of: CelType, key: CelType, field: string | null, node: SelectNode | IndexNode): CelType {
    const isOptional = of.name === 'optional'
    const inner = isOptional ? this.#types.resolve(of.of[0] ?? DYN) : of
    const found = this.#inside(inner, key, field, node)
    return isOptional || node.isOptional ? type('optional', found) : found
  }

  #inside(of: CelType, key: CelType, field: string | null, node: SelectNode | IndexNode): CelType {
    if (of.name === 'dyn' || of.name === '?') return DYN
    if (of.fields !== undefined && field !== null) {
      const known = of.fields[field]
      if (known !== undefined || node.isOptional) return known ?? DYN
      return fault('no_such_key', `no such key: ${field}`, node)
    }
    const [first = DYN, second = DYN] = of.of
    const mayBe = (wanted: CelType) => this.#types.trying(() => this.#types.accepts(wanted, key))
    if (of.name === 'map' && node.kind === 'index' && !mayBe(first)) {
      const isNumber = this.#types.comparable(first, key)
      if (!isNumber)
        fault('invalid_index_type', `the map has no keys of type ${typeName(key)}`, node)
    }
    if (of.name === 'map') return second
    if (of.name === 'list' && node.kind === 'index') {
      if (mayBe(INT) || this.#types.comparable(INT, key)) return first
      return fault(
        'invalid_index_type',
        `an index of a list is an int, and not ${typeName(key)}`,
        node,
      )
    }
    return fault('cannot_index_type', `Cannot index type '${typeName(of)}'`, node)
  }

  #bool(node: CelNode, bound: Bound, why: string): void {
    const found = this.typeOf(node, bound)
    if (this.#types.accepts(BOOL, found)) return
    fault('no_such_overload', `${why}, and this is ${this.#show(found)}`, node)
  }

  #ternary(node: Extract<CelNode, { kind: 'ternary' }>, bound: Bound): CelType {
    this.#bool(node.test, bound, 'the condition of `?` must be bool')
    const yes = this.typeOf(node.yes, bound)
    const no = this.typeOf(node.no, bound)
    const names = `${this.#show(yes)} and ${this.#show(no)}`
    return (
      this.#types.join(yes, no) ??
      fault('no_such_overload', `\`?\` chooses between values of one type, not ${names}`, node)
    )
  }

  #element(items: readonly Element[], bound: Bound): CelType {
    return this.#joined(
      items.map(({ value, isOptional }) => {
        const found = this.typeOf(value, bound)
        if (!isOptional) return found
        const inner = this.#types.fresh()
        if (this.#types.accepts(type('optional', inner), found)) return inner
        return fault('no_such_overload', `\`?\` takes an optional, not ${this.#show(found)}`, value)
      }),
    )
  }

  /** JSON has lists and maps of mixed types, so these are no fault. */
  #joined(found: readonly CelType[]): CelType {
    return found.reduce((one, other) => this.#types.join(one, other) ?? DYN, this.#types.fresh())
  }

  #loop(node: LoopNode, bound: Bound): CelType {
    const over = this.#types.resolve(this.typeOf(node.over, bound))
    const [first = DYN, second = DYN] = over.of
    if (!['list', 'map', 'dyn', '?'].includes(over.name)) {
      fault(
        'no_such_overload',
        `\`${node.macro}\` takes a list or a map, not ${typeName(over)}`,
        node.over,
      )
    }
    const isList = over.name === 'list'
    const pair = over.name === 'map' ? [first, second] : [isList ? INT : DYN, first]
    const single = over.name === 'map' ? first : isList ? first : DYN
    const types = node.variables.length === 2 ? pair : [single]
    const inner = new Map(bound)
    for (const [index, name] of node.variables.entries()) inner.set(name, types[index] ?? DYN)
    if (node.filter !== null) this.#bool(node.filter, inner, 'the filter of a macro must be bool')
    if (['all', 'exists', 'existsOne', 'filter'].includes(node.macro)) {
      this.#bool(node.body, inner, `what \`${node.macro}\` asks of each item must be bool`)
      return node.macro === 'filter' ? type('list', single) : BOOL
    }
    const body = this.typeOf(node.body, inner)
    if (node.macro === 'sortBy') return over
    if (node.macro === 'transformMapEntry')
      return this.#types.join(body, type('map', DYN, DYN)) ?? DYN
    return node.macro === 'transformMap' ? type('map', pair[0] ?? DYN, body) : type('list', body)
  }

  #bind({ macro, name, value, body }: BindNode, bound: Bound): CelType {
    const found = this.typeOf(value, bound)
    if (macro === 'bind') return this.typeOf(body, new Map([...bound, [name, found]]))
    const inner = this.#types.fresh()
    if (!this.#types.accepts(type('optional', inner), found)) {
      fault('no_such_overload', `\`${macro}\` takes an optional, not ${this.#show(found)}`, value)
    }
    const result = this.typeOf(body, new Map([...bound, [name, inner]]))
    if (macro === 'optMap') return type('optional', result)
    if (this.#types.accepts(type('optional', this.#types.fresh()), result)) return result
    return fault(
      'no_such_overload',
      `\`optFlatMap\` gives an optional, not ${this.#show(result)}`,
      body,
    )
  }

  #operator(operator: string, sides: readonly CelType[], range: SourceRange): CelType {
    const [left = DYN, right = DYN] = sides
    if (operator === '==' || operator === '!=') {
      if (this.#types.comparable(left, right)) return BOOL
    } else if (operator === 'in') {
      if (this.#mayHold(right, left)) return BOOL
    } else {
      const found = this.#choose(OPERATORS.get(operator) ?? [], sides)
      if (found !== null) return found
    }
    const names = sides.map((side) => this.#show(side))
    const what = names.length === 1 ? operator + names[0] : names.join(` ${operator} `)
    return fault('no_such_overload', `no such overload: ${what}`, range)
  }

  #mayHold(holder: CelType, item: CelType): boolean {
    const { name, of } = this.#types.resolve(holder)
    if (name === 'dyn' || name === '?') return true
    return (name === 'list' || name === 'map') && this.#types.comparable(of[0] ?? DYN, item)
  }

  #call(node: CallNode, bound: Bound): CelType {
    const { name, target } = node
    const parts = target === null ? node.args : [target, ...node.args]
    const types = parts.map((part) => this.typeOf(part, bound))
    const found = this.#choose(functionsNamed(name, target !== null), types)
    if (found !== null) return found
    const names = types.map((one) => this.#show(one))
    const on = target === null ? '' : `${names.shift()}.`
    const what = `${on}${name}(${names.join(', ')})`
    const isKnown = functionsNamed(name, target !== null).length > 0
    const near = isKnown ? null : nearestName(name, functionNames(target !== null))
    const hint = near === null ? '' : `, but there is \`${near}\``
    return fault('no_matching_overload', `found no matching overload for '${what}'${hint}`, node)
  }

  /** The result of the functions that take the types: `dyn` if several do, and differ. */
  #choose(functions: readonly CelFunction[], given: readonly CelType[]): CelType | null {
    const fitting = functions.filter((one) => this.#fit(one, given, true) !== null)
    const [first, ...more] = fitting
    if (first === undefined) return null
    if (more.length === 0) return this.#fit(first, given, false)
    const name = typeName(first.result)
    return more.every(({ result }) => typeName(result) === name) && first.result.of.length === 0
      ? first.result
      : DYN
  }

  /** The result if a function takes the types. If it is only a look, nothing is learned. */
  #fit(one: CelFunction, given: readonly CelType[], isLook: boolean): CelType | null {
    const { parameters, isVariadic } = one
    if (isVariadic ? given.length < parameters.length : given.length !== parameters.length)
      return null
    const names = new Map<string, CelType>()
    let fits = true
    this.#types.trying(() => {
      fits = given.every((found, index) => {
        const wanted = parameters[Math.min(index, parameters.length - 1)] ?? DYN
        return this.#types.accepts(this.#types.instantiate(wanted, names), found)
      })
      return fits && !isLook
    })
    return fits ? this.#types.instantiate(one.result, names) : null
  }

  #show(found: CelType): string {
    return typeName(this.#types.settle(found))
  }
}

function fault(code: string, message: string, { start, end }: SourceRange): never {
  throw new CelError(code, message, { start, end })
}
