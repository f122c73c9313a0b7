import type { RunningSource } from '../contracts/config.ts'
import type { SourceDefinition } from '../contracts/source.ts'
import { secretValues } from '../kit/schema-walk.ts'
import type { DeliveryParts } from '../matching/received-delivery.ts'
import { signAs } from './expected.ts'
import { type Finding, finding } from './finding.ts'
import { findMacs } from './mac.ts'
import { type Budget, Trials } from './trials.ts'
import { type VariedSource, varySource } from './vary-source.ts'

/** A finding for the configured source that accepts the delivery as it is; null if none does. */
export async function acceptingSource(
  others: readonly VariedSource[],
  parts: DeliveryParts,
  budget: Budget,
): Promise<Finding | null> {
  for (const varied of others) {
    const trials = new Trials({ varied, options: varied.options, parts, budget })
    if (!(await trials.passes([]))) continue
    const { name, definition } = varied.source
    const message = `The source \`${name}\` (${definition.name}) of this config accepts the delivery: it was sent to the wrong address.`
    return finding('source_mistaken', message)
  }
  return null
}

export interface ProviderSearch {
  readonly definitions: readonly SourceDefinition[]
  readonly varied: VariedSource
  readonly parts: DeliveryParts
  readonly dataDir: string
  readonly budget: Budget
}

const MAX_NAMED = 3

/** A finding for the provider whose headers the delivery has; null if there is none. Certain if its signature matches too. */
export async function similarProvider(search: ProviderSearch): Promise<Finding | null> {
  const { definitions, varied, parts, budget } = search
  const similar: string[] = []
  for (const definition of definitions) {
    if (definition.name === varied.source.definition.name) continue
    const other = asProvider(definition, search)
    if (other === null || !hasHeadersOf(other, parts)) continue
    const trials = new Trials({ varied: other, options: other.options, parts, budget })
    if (await trials.passes([])) {
      const message = `It is signed as ${definition.name} signs, with the secret of this source; the source is for ${varied.source.definition.name}.`
      return finding('provider_mistaken', message, {
        remedy: `Use the plugin \`${definition.name}\` for this source.`,
      })
    }
    similar.push(definition.name)
  }
  if (similar.length === 0) return null
  const names = similar.slice(0, MAX_NAMED).join(' or ')
  const message = `Its headers are those of ${names}; the source is for ${varied.source.definition.name}.`
  return finding('provider_mistaken', message, { certainty: 'likely' })
}

/** A source of that provider with the secret of this one; null if its options need more than a secret. */
function asProvider(definition: SourceDefinition, search: ProviderSearch): VariedSource | null {
  const [secret] = search.varied.secrets
  if (secret === undefined) return null
  for (const name of Object.keys(definition.options.shape)) {
    const given = { [name]: secret }
    if (secretValues(definition.options, given).length === 0) continue
    const parsed = definition.options.safeParse(given)
    if (!parsed.success) continue
    const options: RunningSource['options'] = parsed.data
    return varySource({ ...search.varied.source, definition, options }, search.dataDir)
  }
  return null
}

function hasHeadersOf(other: VariedSource, parts: DeliveryParts): boolean {
  const instance = other.create(other.options, () => parts.receivedAt.getTime())
  const signed = instance === null ? null : signAs(instance, parts)
  const macs = signed === null ? [] : findMacs(signed.headers)
  const given = findMacs(parts.headers)
  return (
    macs.length > 0 &&
    macs.every(({ header, bytes, before }) =>
      given.some(
        (mac) =>
          mac.header === header &&
          mac.bytes.byteLength === bytes.byteLength &&
          mac.before.slice(0, 2) === before.slice(0, 2),
      ),
    )
  )
}
