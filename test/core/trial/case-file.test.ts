import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readCase } from '../../../core/trial/cases/case-file.ts'

async function read(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'case-'))
  await writeFile(join(folder, 'a.hook.yaml'), text)
  return readCase(join(folder, 'a.hook.yaml'), folder).then(
    ({ name }) => name,
    (error) => `${error.code}: ${error.message}`,
  )
}

describe('a case file', () => {
  it.each([
    ['delivery: { source: gh }\nexpect: {}', /^a$/],
    [
      '- delivery: {}',
      /^file_unreadable: The case has a fault:\n {2}a\.hook\.yaml: must be an object/,
    ],
    ['delivery: { source: gh }', /a\.hook\.yaml: expect: is missing \[option_invalid\] Add it\./],
    ['delivery: { sources: gh }\nexpect: {}', /The case has 2 faults:/],
    [
      'delivery: { source: gh, evnt: push }\nexpect: {}',
      /delivery\.evnt: is not known \[option_unknown\] Did you mean `event`\?/,
    ],
    [
      'delivery: { source: gh, sign: maybe }\nexpect: {}',
      /sign: must be true or false \(given: "maybe"\)/,
    ],
    ['delivery: { source: gh', /^file_unreadable: a\.hook\.yaml: /],
  ])('%j says what is wrong with it in the words of a config', async (text, expected) => {
    expect(await read(text)).toMatch(expected)
  })
})
