import { basename } from 'node:path'
import type { CaseResult } from '../../trial/cases/run-case.ts'

/** How results are told. */
export const REPORTERS = ['text', 'tap', 'junit'] as const

export type Reporter = (typeof REPORTERS)[number]

/** The results of all cases in the format of a reporter. */
export function reportOf(reporter: Reporter, results: readonly CaseResult[]): string {
  if (reporter === 'tap') return tap(results)
  return reporter === 'junit' ? junit(results) : text(results)
}

function text(results: readonly CaseResult[]): string {
  const marks = { passed: 'ok  ', failed: 'FAIL', skipped: 'skip' }
  const lines = results.map(({ file, name, state, lines }) => {
    const reasons = lines.map((line) => `       ${line}\n`).join('')
    return `${marks[state]}   ${file}${basename(file).startsWith(name) ? '' : `  ${name}`}\n${reasons}`
  })
  const count = (state: CaseResult['state']) =>
    results.filter((result) => result.state === state).length
  const skipped = count('skipped') === 0 ? '' : `, ${count('skipped')} skipped`
  return `${lines.join('')}\n${count('passed')} passed, ${count('failed')} failed${skipped}\n`
}

/** The Test Anything Protocol, version 14: https://testanything.org/tap-version-14-specification.html */
function tap(results: readonly CaseResult[]): string {
  const points = results.map(({ file, state, lines, seconds }, index) => {
    const name = file.replaceAll(/([\\#])/g, '\\$1')
    const skip = state === 'skipped' ? ` # SKIP ${lines.join(' ').replaceAll(/[\r\n]/g, ' ')}` : ''
    const differ = state === 'failed' ? `  differences: ${JSON.stringify(lines)}\n` : ''
    const details = `  ---\n  duration_ms: ${Math.round(seconds * 1000)}\n${differ}  ...\n`
    return `${state === 'failed' ? 'not ok' : 'ok'} ${index + 1} - ${name}${skip}\n${details}`
  })
  return `TAP version 14\n1..${results.length}\n${points.join('')}`
}

/** The XML of JUnit, as continuous integration reads it: https://github.com/testmoapp/junitxml */
function junit(results: readonly CaseResult[]): string {
  const cases = results.map(({ file, name, state, lines, seconds }) => {
    const head = `<testcase name="${xml(name)}" classname="${xml(file)}" file="${xml(file)}" time="${seconds.toFixed(3)}"`
    if (state === 'passed') return `    ${head}/>\n`
    const tag = state === 'failed' ? 'failure' : 'skipped'
    return `    ${head}>\n      <${tag} message="${xml(lines[0] ?? '')}">${xml(lines.join('\n'))}</${tag}>\n    </testcase>\n`
  })
  const count = (state: CaseResult['state']) =>
    results.filter((result) => result.state === state).length
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0).toFixed(3)
  const counts = `tests="${results.length}" failures="${count('failed')}" skipped="${count('skipped')}" time="${seconds}"`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${counts}>\n  <testsuite name="hookline" ${counts}>\n${cases.join('')}  </testsuite>\n</testsuites>\n`
}

/** Text of XML 1.0, without the characters that it cannot hold. */
function xml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  }
  return text
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll(/[&<>"]/g, (character) => entities[character] ?? character)
}
