import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileCondition } from '../../../core/conditions/condition.ts'
import { type Clause, compileExplained } from '../../../core/conditions/explanation.ts'

const KNOWN = { facts: new Set(['branch', 'deleted', 'size', 'tag']) }
const EVENT = {
  id: 'evt_1',
  source: 'github',
  type: 'push',
  senderId: null,
  deliveryId: 'dlv_1',
  receivedAt: new Date('2026-01-02T03:04:05Z'),
  facts: { branch: 'dev', deleted: false, size: 3 },
  payload: { text: 'a) b', list: [{ id: 1 }, { id: 2 }], deep: { 'a-b': true } },
}

function explain(text: string) {
  return compileExplained(text, KNOWN)(EVENT)
}

/** `text: outcome`, with `*` before what decided; members are indented. */
function lines(clause: Clause, indent = ''): string[] {
  const { text, outcome, decisive, clauses } = clause
  const own = `${indent}${decisive ? '* ' : ''}${text}: ${outcome}`
  return [own, ...clauses.flatMap((member) => lines(member, `${indent}  `))]
}

function leaves(clause: Clause): readonly Clause[] {
  return clause.clauses.length === 0 ? [clause] : clause.clauses.flatMap(leaves)
}

describe('an explained condition', () => {
  it('tells what each clause gave, and which decided', () => {
    expect(lines(explain("branch == 'main' && size > 1 || !deleted && size > 2").clause)).toEqual([
      "* branch == 'main' && size > 1 || !deleted && size > 2: true",
      "  branch == 'main' && size > 1: false",
      "    branch == 'main': false",
      '    size > 1: skipped',
      '  * !deleted && size > 2: true',
      '    * !deleted: true',
      '      * deleted: false',
      '    * size > 2: true',
    ])
  })

  it('makes one clause of a chain, and gives each its brackets', () => {
    const text = "((branch == ')' || size > 9) && (size > 1)) && !(deleted) // size)"
    expect(lines(explain(text).clause)).toEqual([
      "* ((branch == ')' || size > 9) && (size > 1)) && !(deleted): false",
      "  * branch == ')' || size > 9: false",
      "    * branch == ')': false",
      '    * size > 9: false',
      '  size > 1: skipped',
      '  !(deleted): skipped',
      '    deleted: skipped',
    ])
    for (const leaf of leaves(explain(text).clause)) {
      expect(text.slice(leaf.start, leaf.end)).toBe(leaf.text)
    }
  })

  it('shows the values that a clause reads', () => {
    const text =
      "branch == 'x' || tag == 'x' || payload.list[1].id == 9 || payload.deep['a-b'] == 1 || payload.?none.x.orValue('') != '' || payload.list.exists(i, i.id > size) || facts.size > 9 || event.type == 'x'"
    expect(leaves(explain(text).clause).map(({ values }) => values)).toEqual([
      [{ name: 'branch', root: 'branch', value: 'dev' }],
      [{ name: 'tag', root: 'tag', value: null }],
      [{ name: 'payload.list[1].id', root: 'payload', value: 2 }],
      [{ name: 'payload.deep["a-b"]', root: 'payload', value: true }],
      [{ name: 'payload.none.x', root: 'payload', value: undefined }],
      [
        { name: 'payload.list', root: 'payload', value: EVENT.payload.list },
        { name: 'size', root: 'size', value: 3 },
      ],
      [{ name: 'facts.size', root: 'facts', value: 3 }],
      [{ name: 'event.type', root: 'event', value: 'push' }],
    ])
  })

  it('says which clause failed, in words without a value', () => {
    const { outcome, error, clause } = explain("int(payload.text) > 1 || branch == 'main'")
    expect([outcome, error?.code]).toEqual(['error', 'condition_invalid'])
    const [failed, other] = clause.clauses
    expect(failed).toMatchObject({ outcome: 'error', decisive: true })
    expect(failed?.error).not.toContain('a) b')
    expect(other).toMatchObject({ outcome: 'false', decisive: false, error: null })
    expect(leaves(explain('payload.text && true').clause)[0]).toMatchObject({
      outcome: 'error',
      error: 'it gives no bool',
    })
  })

  it('ends with the limit of steps, although another clause would have decided', () => {
    const list = `[${Array.from({ length: 300 }, (_, index) => index).join()}]`
    const long = `${list}.all(a, ${list}.all(b, ${list}.all(c, a + b + c + int(size) >= 0)))`
    const { outcome, error, clause } = explain(`${long} && branch == 'main'`)
    expect([outcome, error?.code]).toEqual(['error', 'condition_too_costly'])
    expect(clause).toMatchObject({ outcome: 'error' })
    expect(clause.clauses[0]).toMatchObject({ outcome: 'error', decisive: true })
  })

  it('splits no deeper than can be read', () => {
    const { clause } = explain(`${'!'.repeat(60)}deleted`)
    expect(lines(clause).length).toBeLessThan(20)
    const chain = Array.from({ length: 300 }, () => 'deleted').join('||')
    expect(explain(chain).clause.clauses).toHaveLength(300)
  })

  it('explains each event anew', () => {
    const ask = compileExplained("branch == 'main' && size > 1", KNOWN)
    expect(ask(EVENT).clause.clauses[1]?.outcome).toBe('skipped')
    const main = { ...EVENT, facts: { branch: 'main', size: 3 } }
    expect(ask(main).clause.clauses[1]?.outcome).toBe('true')
    expect(ask(EVENT).clause.clauses[1]?.outcome).toBe('skipped')
  })

  it('gives the same outcome as the condition itself', () => {
    const leaf = fc.constantFrom(
      ...[
        'deleted',
        '!deleted',
        "branch == 'dev'",
        'size > 5',
        'payload.none == 1',
        'payload.text',
      ],
      ...["branch.matches('^d')", '(size > 1 ? deleted : true)', 'payload.list.all(i, i.id > 0)'],
    )
    const { text } = fc.letrec<{ text: string }>((tie) => ({
      text: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        leaf,
        fc.tuple(tie('text'), tie('text')).map(([one, other]) => `${one} && ${other}`),
        fc.tuple(tie('text'), tie('text')).map(([one, other]) => `${one} || ${other}`),
        tie('text').map((one) => `(${one})`),
        tie('text').map((one) => `!(${one})`),
      ),
    }))
    fc.assert(
      fc.property(text, (condition) => {
        let expected: string
        try {
          expected = String(compileCondition(condition, KNOWN).evaluate(EVENT))
        } catch {
          expected = 'error'
        }
        const { outcome, clause } = explain(condition)
        expect(outcome).toBe(expected)
        expect(clause.outcome).toBe(expected)
        const decisive = leaves(clause).filter((one) => one.decisive)
        expect(decisive.length).toBeGreaterThan(0)
        for (const one of leaves(clause)) {
          expect(condition.slice(one.start, one.end)).toBe(one.text)
          expect([...one.text].filter((mark) => mark === '(').length).toBe(
            [...one.text].filter((mark) => mark === ')').length,
          )
        }
      }),
      { numRuns: 500, seed: 1 },
    )
  })
})

describe('a fault of a condition', () => {
  it.each([
    ['branch ==', 9, 9],
    ["size > 1 && brunch == 'x'", 12, 18],
    ["branch.matches('[')", 15, 18],
    ["deleted || duration('5 days') > duration('1s')", 11, 29],
  ])('of %s says which part is wrong', (text, start, end) => {
    expect(() => compileCondition(text, KNOWN)).toThrow(
      expect.objectContaining({ fields: { range: { start, end } } }),
    )
  })
})
