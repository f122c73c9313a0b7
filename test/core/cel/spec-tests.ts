import { tests } from '@bufbuild/cel-spec/testdata/conformance.js'
import { checkTypes } from '../../../core/cel/checker.ts'
import { compileCel } from '../../../core/cel/compile.ts'
import { CelError } from '../../../core/cel/errors.ts'
import { parseCel } from '../../../core/cel/parser.ts'
import { typeName } from '../../../core/cel/types.ts'
import { withinSteps } from '../../../core/conditions/steps.ts'
import { type SpecMessage, showValue, typeOfSpec, valueOfSpec } from './spec-values.ts'

/** A test of the specification (`cel.expr.conformance.test.SimpleTest`). Without a result, true is expected. */
interface SimpleTest {
  readonly name?: string
  readonly expr: string
  readonly disableCheck?: boolean
  readonly checkOnly?: boolean
  readonly typeEnv?: readonly {
    readonly name: string
    readonly ident?: { readonly type: SpecMessage }
    readonly function?: unknown
  }[]
  readonly bindings?: Readonly<Record<string, { readonly value: SpecMessage }>>
  readonly value?: SpecMessage
  readonly typedResult?: { readonly result?: SpecMessage; readonly deducedType: SpecMessage }
  readonly evalError?: unknown
}

export interface SpecTest {
  /** The file, section and name of the specification. */
  readonly id: string
  readonly file: string
  /** Why a rule can never meet what the test is about; null if it can. */
  readonly inapplicable: 'protobuf' | 'declared functions' | null
  readonly test: SimpleTest
}

/** What only a message, an enum, a wrapper or an extension of protobuf has. A payload is JSON. */
const PROTOBUF =
  /TestAllTypes|conformance\.proto|"messageType"|"wrapper"|NestedEnum|GlobalEnum|NullValue|proto\.(has|get)Ext|google\.protobuf\.(?!Timestamp|Duration)|google\.protobuf\.(Timestamp|Duration)\s*\{|\w+Value\{value:/
const WELL_KNOWN_VALUE = /"@type":"type\.googleapis\.com\/google\.protobuf\.(Timestamp|Duration)"/g

/** All tests of the specification. */
export function specTests(): readonly SpecTest[] {
  return (tests.suites ?? []).flatMap(({ name: file, suites = [] }) =>
    suites.flatMap(({ name: section, tests: inside = [] }) =>
      inside.map(({ original }) => {
        const test = original as unknown as SimpleTest
        const id = `${file}/${section}/${test.name ?? test.expr}`
        return { id, file, test, inapplicable: inapplicability(test) }
      }),
    ),
  )
}

function inapplicability(test: SimpleTest): SpecTest['inapplicable'] {
  if (PROTOBUF.test(JSON.stringify(test).replaceAll(WELL_KNOWN_VALUE, ''))) return 'protobuf'
  const declares = test.typeEnv?.some((one) => one.function !== undefined)
  return declares ? 'declared functions' : null
}

/** Runs a test as a rule evaluates its condition. Null if it passes, else what came instead. */
export function failureOf({ test }: SpecTest): string | null {
  const { expr, disableCheck, checkOnly, typeEnv = [], bindings = {}, evalError } = test
  const { deducedType, result } = test.typedResult ?? {}
  const declared = new Map(typeEnv.map(({ name, ident }) => [name, typeOfSpec(ident?.type ?? {})]))
  const compiled = attempt(() => {
    const ast = parseCel(expr)
    if (disableCheck === true) return { ast, type: null }
    return { ast, type: typeName(checkTypes(ast, (name) => declared.get(name) ?? null)) }
  })
  if (compiled instanceof CelError) return compiled.message
  const wantedType = deducedType === undefined ? compiled.type : typeName(typeOfSpec(deducedType))
  if (compiled.type !== wantedType) return `type ${compiled.type}, not ${wantedType}`
  if (checkOnly === true) return null
  const values: Record<string, unknown> = Object.create(null)
  for (const [name, { value }] of Object.entries(bindings)) values[name] = valueOfSpec(value)
  const value = attempt(() =>
    withinSteps('test', undefined, () => compileCel(compiled.ast)(values)),
  )
  if (value instanceof CelError) return evalError === undefined ? value.message : null
  if (evalError !== undefined) return `${showValue(value)}, not an error`
  const expected = showValue(valueOfSpec(test.value ?? result ?? { boolValue: true }))
  return showValue(value) === expected ? null : `${showValue(value)}, not ${expected}`
}

function attempt<Value>(step: () => Value): Value | CelError {
  try {
    return step()
  } catch (error) {
    if (error instanceof CelError) return error
    throw error
  }
}
