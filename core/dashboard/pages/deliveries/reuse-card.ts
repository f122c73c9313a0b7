import { html } from 'hono/html'
import { REDACTED } from '../../../redaction/redacted.ts'
import type { Html, PageContext } from '../../page.ts'
import { codeBlock } from '../../parts/text.ts'
import { curlCommand, shellWord } from './curl.ts'
import { deliveryApi, type Loaded, type ShownText } from './load.ts'

/** Longer bodies are sent from a file: a command line has a limit, and nobody reads it. */
const MAX_INLINE_LENGTH = 8192

/** How the delivery is used elsewhere: as a command, as a test case. For those who may see its body. */
export function reuseCard(page: PageContext, loaded: Loaded, body: ShownText | null): Html | '' {
  const text = page.texts.delivery
  const { delivery, source } = loaded
  if (body === null || source?.url == null || delivery.bodyBytes === 0) return ''
  const origin = new URL(page.context.req.url).origin
  const isInline = !body.isCut && !body.isBinary && body.text.length <= MAX_INLINE_LENGTH
  const bodyFile = `${delivery.id}.body`
  const { text: curl, variables } = curlCommand({
    ...delivery,
    url: origin + delivery.path,
    body: isInline ? body.text : null,
    bodyFile,
  })
  const download = downloadCommand(origin + deliveryApi(delivery.id), bodyFile)
  const send = sendCommand(loaded, bodyFile)
  const notes = [
    text.curlNote,
    ...(variables.length > 0 ? [text.curlVariables(variables.join(', '))] : []),
    ...(body.text.includes(REDACTED) ? [text.curlRedacted] : []),
  ]
  return html`<section class="card" id="reuse"><h2>${text.reuse}</h2>
    <div class="row">
      <a class="button small" href="${deliveryApi(delivery.id)}/test-case" download="${delivery.source}-${delivery.id}.hook.json">${text.testCase}</a>
      <span class="faint">${text.testCaseNote}</span>
    </div>
    <details><summary>${text.curl}</summary>
      ${notes.map((note) => html`<p class="faint">${note}</p>`)}
      ${codeBlock(page, isInline ? curl : `${download}\n${curl}`, text.curl)}
    </details>
    ${
      send === null
        ? ''
        : html`<details><summary>${text.send}</summary>
      <p class="faint">${text.sendNote}</p>
      ${codeBlock(page, `${download}\n${send}`, text.send)}</details>`
    }
  </section>`
}

function downloadCommand(api: string, file: string): string {
  return `curl -fsS -o ${shellWord(file)} -H "Authorization: Bearer $HOOKLINE_TOKEN" ${shellWord(`${api}/body`)}`
}

/** Signs again, with the secrets of the config; null for a source that cannot sign. */
function sendCommand({ delivery, source }: Loaded, file: string): string | null {
  const type = delivery.events[0]?.type
  if (!source?.signs || type === undefined) return null
  return `hookline send ${shellWord(source.name)} --event ${shellWord(wordOfSender(type, delivery.headers))} --file ${shellWord(file)}`
}

/** The type as the sender writes it: that of a header if one has it, since a type may have the action added. */
function wordOfSender(type: string, headers: Readonly<Record<string, string>>): string {
  const values = Object.values(headers)
  return (
    values.find((value) => value === type || (value !== '' && type.startsWith(`${value}.`))) ?? type
  )
}
