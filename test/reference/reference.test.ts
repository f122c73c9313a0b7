import { describe, expect, it } from 'vitest'
import { openApiDocument } from '../../core/api/openapi/document.ts'
import { ERRORS } from '../../core/errors/errors.ts'
import { apiPage } from './api-page.ts'
import { commandsPage } from './commands-page.ts'
import { conditionsPage } from './conditions-page.ts'
import { mistakesPage } from './mistakes-page.ts'
import { executorsPage, settingsPage, sourcesPage, storesPage, tunnelsPage } from './pages.ts'

// `npm run vitest -- test/reference --update` writes the pages from the code.
describe('docs/reference', () => {
  it('lists every error code as the code has it', async () => {
    await expect(errorsPage()).toMatchFileSnapshot('../../docs/reference/errors.md')
  })

  it('has every function of conditions', async () => {
    await expect(conditionsPage()).toMatchFileSnapshot('../../docs/conditions.md')
  })

  it('has the API as OpenAPI', async () => {
    const text = `${JSON.stringify(openApiDocument(), null, 2)}\n`
    await expect(text).toMatchFileSnapshot('../../docs/reference/openapi.json')
  })

  it('has what is said of ten mistakes in a config', { timeout: 120_000 }, async () => {
    await expect(await mistakesPage()).toMatchFileSnapshot('../../docs/reference/mistakes.md')
  })

  it.each([
    { file: 'sources', write: sourcesPage },
    { file: 'executors', write: executorsPage },
    { file: 'stores', write: storesPage },
    { file: 'tunnels', write: tunnelsPage },
    { file: 'settings', write: settingsPage },
    { file: 'api', write: apiPage },
    { file: 'commands', write: commandsPage },
  ])('describes $file as the schemas have them', async ({ file, write }) => {
    await expect(await write()).toMatchFileSnapshot(`../../docs/reference/${file}.md`)
  })
})

function errorsPage(): string {
  const rows = Object.entries(ERRORS)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([code, entry]) => {
      const status = 'status' in entry ? String(entry.status) : '–'
      return `| \`${code}\` | ${status} | ${entry.title} | ${entry.remedy} |`
    })
  return `# Error codes

Every error carries a code. Over HTTP it comes as problem details (RFC 9457) with \`code\` and \`remedy\`; on the
command line it is printed below the message. A dash stands for codes that never reach an HTTP caller.

| Code | Status | What it means | What to do |
| --- | --- | --- | --- |
${rows.join('\n')}
`
}
