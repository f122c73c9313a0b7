import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { type Delivery, decodeText, HooklineError, parseJson } from '../../../core/sdk/source.ts'

const inflate = promisify(gunzip)

/**
 * A delivery as it was before compression; the delivery itself if its body is not compressed. The size is checked while
 * the body is inflated: throws `delivery_too_large` beyond `maxBytes`, and `delivery_unparsable` for what is no gzip.
 */
export async function inflated(delivery: Delivery, maxBytes: number): Promise<Delivery> {
  const { headers } = delivery
  if (headers['content-encoding']?.trim().toLowerCase() !== 'gzip') return delivery
  const body = await inflatedBytes(delivery.body, maxBytes)
  const text = () => decodeText(body, headers['content-type'])
  const { id, source, method, url, query, client, viaProxy, receivedAt } = delivery
  const known = { id, source, method, url, headers, query, client, viaProxy, receivedAt }
  return { ...known, body, text, json: () => parseJson(text()) }
}

async function inflatedBytes(body: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  try {
    return await inflate(body, { maxOutputLength: maxBytes })
  } catch (error) {
    if (error instanceof RangeError) {
      throw new HooklineError('delivery_too_large', `A body may have ${maxBytes} bytes inflated`)
    }
    throw new HooklineError('delivery_unparsable', 'The body is not valid gzip.')
  }
}
