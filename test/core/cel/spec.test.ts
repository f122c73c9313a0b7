import { describe, expect, it } from 'vitest'
import { failureOf, type SpecTest, specTests } from './spec-tests.ts'

// How the tests of the specification (https://github.com/google/cel-spec/tree/master/tests/simple) are counted: one
// counts unless it needs protobuf, or functions that its author declares, since a rule has neither. Each that counts
// passes, or is listed here with a reason.
const EXTENSIONS: readonly string[] = [
  ...['bindings_ext', 'encoders_ext', 'macros2', 'math_ext', 'optionals', 'string_ext'],
]
/** `cel.block` and `cel.index` are what optimizers write. People write `cel.bind`. */
const LEFT_OUT = 'block_ext'

const NO_DOTS = 'a name of a rule has no dots'
const NO_CONTAINER = 'a rule has no container, which would be put before its names'
const FAILURES: Readonly<Record<string, string>> = {
  'fields/qualified_identifier_resolution/ident_with_longest_prefix_check': NO_DOTS,
  'fields/qualified_identifier_resolution/map_field_select': NO_DOTS,
  'fields/qualified_identifier_resolution/qualified_ident': NO_DOTS,
  'fields/qualified_identifier_resolution/qualified_identifier_resolution_unchecked': NO_DOTS,
  'namespace/qualified/self_eval_qualified_lookup': NO_DOTS,
  'namespace/namespace/self_eval_container_lookup': NO_CONTAINER,
  'namespace/namespace/self_eval_container_lookup_unchecked': NO_CONTAINER,
}

const all = specTests()
const counted = all.filter(({ file, inapplicable }) => inapplicable === null && file !== LEFT_OUT)
const failures = new Map(
  counted.flatMap((test) => {
    const failure = failureOf(test)
    return failure === null ? [] : [[test.id, failure] as const]
  }),
)

function passedPercent(tests: readonly SpecTest[]): number {
  return (tests.filter(({ id }) => !failures.has(id)).length / tests.length) * 100
}

describe('the tests of the CEL specification', () => {
  it('are all there, and most of them count', () => {
    const { protobuf = [] } = Object.groupBy(all, ({ inapplicable }) => inapplicable ?? 'none')
    expect(all.length).toBeGreaterThan(2300)
    expect(protobuf.length).toBeLessThan(700)
    expect(counted.length).toBeGreaterThan(1600)
  })

  it('pass, apart from those that are listed', () => {
    const unexpected = [...failures].filter(([id]) => FAILURES[id] === undefined)
    expect(unexpected).toEqual([])
    expect(Object.keys(FAILURES).filter((id) => !failures.has(id))).toEqual([])
  })

  it('pass to 98 % for the core language', () => {
    const core = counted.filter(({ file }) => !EXTENSIONS.includes(file))
    expect(core.length).toBeGreaterThan(1000)
    expect(passedPercent(core)).toBeGreaterThanOrEqual(98)
  })

  it.each(EXTENSIONS)('pass to 95 %% for %s', (extension) => {
    const tests = counted.filter(({ file }) => file === extension)
    expect(tests.length).toBeGreaterThan(3)
    expect(passedPercent(tests)).toBeGreaterThanOrEqual(95)
  })
})
