import { z } from 'zod'
import {
  bodyId,
  catalogOf,
  checkedType,
  computeHmac,
  type Delivery,
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  fact,
  factsOf,
  type HmacScheme,
  hmacKeys,
  hmacSignature,
  isJsonObject,
  type JsonObject,
  jsonObject,
  objectIn,
  type ParsedEvent,
  pathReader,
  secrets,
  sentObject,
  type Verdict,
  valueAt,
  verifyHmac,
} from '../../core/index.ts'

const PAYMENT_FACTS: FactTable = {
  success: fact('boolean', 'Whether it succeeded', (item) => {
    const success = valueAt(item, 'success')
    return success === 'true' || (success === 'false' ? false : success)
  }),
  psp_reference: fact('string', 'Id of the payment, refund, …', 'pspReference'),
  original_reference: fact('string', 'Id of the payment it belongs to', 'originalReference'),
  merchant_account: fact('string', 'Name of the merchant account', 'merchantAccountCode'),
  merchant_reference: fact('string', 'Your own reference', 'merchantReference'),
  amount: fact('number', 'In the smallest unit of the currency', 'amount.value'),
  currency: fact('string', 'Three letters', 'amount.currency'),
  payment_method: fact('string', 'Way of payment', 'paymentMethod'),
  reason: fact('string', 'Why it failed, or more about it', 'reason'),
}

const EVENTS: EventTable = {
  ...eventsWith(PAYMENT_FACTS, {
    '*': 'Every event of Adyen. Facts of payments are null for events of a platform.',
    AUTHORISATION: 'A payment was authorised or refused.',
    CAPTURE: 'A capture succeeded or failed.',
    CAPTURE_FAILED: 'A capture failed after all.',
    CANCELLATION: 'A payment was cancelled.',
    REFUND: 'A refund succeeded or failed.',
    REFUND_FAILED: 'A refund failed after all.',
    CHARGEBACK: 'A shopper disputes a payment.',
    NOTIFICATION_OF_CHARGEBACK: 'A dispute began.',
    REPORT_AVAILABLE: 'A report can be fetched.',
  }),
  balancePlatform: {
    description: 'Something about a platform: a transfer, an account holder, …',
    facts: {
      environment: fact('string', '`test` or `live`', 'environment'),
      platform: fact('string', 'Name of the platform', 'data.balancePlatform'),
    },
  },
}

/** Values that the signature of an item covers, in order. */
const SIGNED = [
  'pspReference',
  'originalReference',
  'merchantAccountCode',
  'merchantReference',
  'amount.value',
  'amount.currency',
  'eventCode',
  'success',
].map(pathReader)

const PLATFORM: HmacScheme = {
  header: 'hmacsignature',
  algorithm: 'sha256',
  encoding: 'base64',
  key: 'hex',
}
const readProof = pathReader('additionalData.hmacSignature')

/** Webhooks of Adyen: standard ones, one event per item, and those of platforms. */
export const adyen = defineSource({
  name: 'adyen',
  summary: 'Webhooks of Adyen, standard ones and those of platforms.',
  documentation:
    'https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures',
  options: z.object({ hmacKey: secrets().describe('The HMAC key of the webhook, in hex.') }),
  events: catalogOf(EVENTS),
  create: ({ hmacKey }, { clock }) => {
    const keys = hmacKeys(hmacKey, 'hex')
    const platform = hmacSignature(PLATFORM, { secrets: hmacKey, clock })
    const verifyItem = (item: JsonObject): Verdict => {
      const proof = readProof(item)
      if (typeof proof !== 'string') return { ok: false, reason: 'an item has no hmacSignature' }
      const check = { algorithm: 'sha256', encoding: 'base64', keys, signatures: [proof] } as const
      return verifyHmac({ ...check, content: [signedText(item)] })
        ? { ok: true }
        : { ok: false, reason: 'the proof of an item does not match any key' }
    }
    return {
      verify: (delivery) => {
        const items = itemsOf(sentObject(delivery))
        if (items === null) return platform.verify(delivery)
        if (items.length === 0) return { ok: false, reason: 'there is no item in it' }
        // One after the other, so that a stranger has one checked and not all.
        for (const item of items) {
          const verdict = verifyItem(item)
          if (!verdict.ok) return verdict
        }
        return { ok: true }
      },
      parse,
      sign: (draft) => (itemsOf(objectIn(draft.body)) === null ? platform.sign(draft) : {}),
      seal: (draft) => ({
        ...draft,
        body: sealed(draft.body, (item) => {
          const [key] = keys
          return key ? computeHmac('sha256', key, [signedText(item)]).toString('base64') : ''
        }),
      }),
    }
  },
})

function parse(delivery: Delivery): readonly ParsedEvent[] {
  const body = jsonObject(delivery)
  const items = itemsOf(body)
  if (items !== null) return items.map(parseItem)
  const type = checkedType(body['type'], '`type` of the payload')
  const facts = factsOf(EVENTS, { type, payload: body })
  return [{ type, id: bodyId(delivery.body), facts, payload: body }]
}

/** Repeated ones have the same code and reference; another `success` is news. */
function parseItem(payload: JsonObject): ParsedEvent {
  const type = checkedType(payload['eventCode'], '`eventCode` of an item')
  const id = `${type}:${payload['pspReference']}:${payload['success']}`
  return { type, id, facts: factsOf(EVENTS, { type, payload }), payload }
}

function signedText(item: JsonObject): string {
  return SIGNED.map((read) => String(read(item) ?? '')).join(':')
}

/** The items of a standard webhook; null for any other body. */
function itemsOf(fields: JsonObject | null): readonly JsonObject[] | null {
  if (fields?.['notificationItems'] === undefined) return null
  return wrappersOf(fields).map(({ NotificationRequestItem: item }) =>
    isJsonObject(item) ? item : {},
  )
}

function wrappersOf({ notificationItems }: JsonObject): readonly JsonObject[] {
  return Array.isArray(notificationItems) ? notificationItems.filter(isJsonObject) : []
}

function sealed(body: Uint8Array, proofOf: (item: JsonObject) => string): Uint8Array {
  const fields = objectIn(body)
  if (fields === null || itemsOf(fields) === null) return body
  const notificationItems = wrappersOf(fields).map(({ NotificationRequestItem: item }) => {
    if (!isJsonObject(item)) return { NotificationRequestItem: item }
    const { additionalData } = item
    const more = isJsonObject(additionalData) ? additionalData : {}
    const hmacSignature = proofOf(item)
    return {
      NotificationRequestItem: { ...item, additionalData: { ...more, hmacSignature } },
    }
  })
  return Buffer.from(JSON.stringify({ ...fields, notificationItems }))
}
