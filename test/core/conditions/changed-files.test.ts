import { describe, expect, it } from 'vitest'
import { compileCondition } from '../../../core/conditions/condition.ts'
import type { WebhookEvent } from '../../../core/contracts/event.ts'
import { decide } from '../../../core/matching/rule-index.ts'

const SHA = 'a'.repeat(40)
const commit = (...modified: string[]) => ({ added: [], modified, removed: [] })
const push = (payload: object) => ({ before: SHA, commits: [commit('src/a.ts')], ...payload })

function decided(when: string, payload: object) {
  const condition = compileCondition(when, { facts: null })
  const facts = { branch: null }
  const event = { source: 'github', type: 'push', facts, payload } as unknown as WebhookEvent
  const rule = { id: 'r', program: 'p', version: 'v', condition }
  const { matched, because = null, error = null } = decide(rule, event, undefined)
  return { matched, because, error: error?.split(' in ')[0] ?? null }
}

const YES = { matched: true, because: null, error: null }
const NO = { matched: false, because: 'condition_false', error: null }
const LATER = {
  ...{ matched: true, because: null },
  error: '`changedFiles` needs the API of the provider: it is judged when the task is claimed',
}

describe('changedFiles', () => {
  it.each([
    ["changedFiles('src/**')", YES],
    ["changedFiles('src/*.ts')", YES],
    ["changedFiles('**/a.ts')", YES],
    ["changedFiles('docs/**', '*/?.ts')", YES],
    ["changedFiles('*.ts')", NO],
    ["changedFiles('src/a')", NO],
    ["changedFiles('src/a?ts')", YES],
    ["changedFiles('src/[ab].ts')", NO],
    ["!changedFiles('src/**')", NO],
  ])('%s is judged by the commits of a push', (when, expected) => {
    expect(decided(when, push({}))).toEqual(expected)
  })

  it.each([
    ['a new branch', { before: '0'.repeat(40) }],
    ['a forced push', { forced: true }],
    ['commits that GitLab left out', { total_commits_count: 21 }],
    ['commits that Gitea left out', { total_commits: 6 }],
    ['no commits', { commits: [] }],
    ['commits without files', { commits: [{ id: SHA }] }],
    ['as many commits as GitHub lists', { commits: Array(2048).fill(commit('src/a.ts')) }],
  ])('is left open for %s, unless a file is known to match', (_, payload) => {
    expect(decided("changedFiles('docs/**')", push(payload))).toEqual(LATER)
    expect(decided("!changedFiles('docs/**')", push(payload))).toEqual(LATER)
    expect(decided("branch == 'x' && changedFiles('docs/**')", push(payload))).toEqual(NO)
    expect(decided("changedFiles('docs/**') || branch == null", push(payload))).toEqual(YES)
  })

  it('matches at once where a file is known to match', () => {
    expect(decided("changedFiles('src/**')", push({ forced: true }))).toEqual(YES)
  })

  it('takes a bounded number of steps, however many files there are', () => {
    const commits = [
      commit(...Array.from({ length: 100_000 }, (_, n) => `src/${n}/${'x'.repeat(200)}`)),
    ]
    expect(decided("changedFiles('docs/**')", push({ commits })).error).toMatch(
      /judged when the task is claimed/,
    )
    const many = Array.from({ length: 20 }, (_, n) => `'d${n}/**'`).join(', ')
    expect(decided(`changedFiles(${many})`, push({ commits })).because).toBe('condition_too_costly')
  })
})
