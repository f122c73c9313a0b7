import type { Delivery } from '../../contracts/delivery.ts'
import { valueAt } from '../../sdk/events/path.ts'
import { makeDelivery } from '../delivery.ts'
import type { SourceAdapter } from './adapter.ts'

type Prover = { readonly adapter: SourceAdapter }

/** The signature or token of a delivery; empty where it has none. */
export function proofOf({ adapter }: Prover, delivery: Delivery): string {
  const { proofField, proofQuery, proofHeader = '' } = adapter
  if (proofQuery !== undefined) return delivery.query.get(proofQuery) ?? ''
  if (proofField === undefined) return delivery.headers[proofHeader.toLowerCase()] ?? ''
  const value = valueAt(fieldsOf(delivery), proofField.name)
  return typeof value === 'string' ? value : ''
}

/** The same delivery with another proof; undefined: without one. */
export function withProof(
  { adapter }: Prover,
  delivery: Delivery,
  proof: string | undefined,
): Delivery {
  const { proofField, proofQuery, proofHeader = '' } = adapter
  if (proofQuery !== undefined) return withQuery(delivery, proofQuery, proof)
  return proofField === undefined
    ? withHeader(delivery, proofHeader, proof)
    : withField(delivery, proofField.name, proof)
}

/** The same delivery with another value of a header; undefined: without the header. */
export function withHeader(delivery: Delivery, name: string, value: string | undefined): Delivery {
  const { [name.toLowerCase()]: _, ...rest } = delivery.headers
  const headers = value === undefined ? rest : { ...rest, [name.toLowerCase()]: value }
  return { ...delivery, headers }
}

function withQuery(delivery: Delivery, name: string, value: string | undefined): Delivery {
  const url = new URL(delivery.url)
  if (value === undefined) url.searchParams.delete(name)
  else url.searchParams.set(name, value)
  return { ...delivery, url: url.href, query: url.searchParams }
}

/** The same delivery with another value at a path of its JSON body; undefined: without that field. */
export function withField(delivery: Delivery, path: string, value: string | undefined): Delivery {
  const fields = structuredClone(fieldsOf(delivery))
  const steps = path.split('.')
  const parent = steps.length === 1 ? fields : valueAt(fields, steps.slice(0, -1).join('.'))
  Object.assign(parent ?? {}, { [steps.at(-1) ?? '']: value })
  const body = JSON.stringify(fields)
  const headers = delivery.headers as Readonly<Record<string, string>>
  return makeDelivery({ headers, body, url: delivery.url })
}

function fieldsOf(delivery: Delivery): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(Buffer.from(delivery.body).toString('utf8')) ?? {}
  } catch {
    return {}
  }
}
