import { z } from 'zod'
import {
  bodyId,
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  type HmacScheme,
  hmac,
  hmacSignature,
  isJsonObject,
  type JsonObject,
  jsonObject,
  objectIn,
  type SourceEvent,
  secrets,
  type Verdict,
  valueAt,
} from '../../../core/sdk/source.ts'

const PAYMENT_FACTS: FactTable = {
  success: [
    'boolean',
    'Whether it succeeded',
    (item) => {
      const success = valueAt(item, 'success')
      return success === 'true' || (success === 'false' ? false : success)
    },
  ],
  psp_reference: ['string', 'Id of the payment, refund, …', 'pspReference'],
  original_reference: ['string', 'Id of the payment it belongs to', 'originalReference'],
  merchant_account: ['string', 'Name of the merchant account', 'merchantAccountCode'],
  merchant_reference: ['string', 'Your own reference', 'merchantReference'],
  amount: ['number', 'In the smallest unit of the currency', 'amount.value'],
  currency: ['string', 'Three letters', 'amount.currency'],
  payment_method: ['string', 'Payment method', 'paymentMethod'],
  reason: ['string', 'Reason for the failure, or details', 'reason'],
}

const EVENTS = {
  ...eventsWith(PAYMENT_FACTS, {
    '*': 'Every event of Adyen. Facts of payments are null for events of a platform.',
    AUTHORISATION: 'A payment was authorised or refused.',
    CAPTURE: 'A capture succeeded or failed.',
    CAPTURE_FAILED: 'A capture failed after it had been accepted.',
    CANCELLATION: 'A payment was cancelled.',
    REFUND: 'A refund succeeded or failed.',
    REFUND_FAILED: 'A refund failed after it had been accepted.',
    CHARGEBACK: 'A shopper disputed a payment.',
    NOTIFICATION_OF_CHARGEBACK: 'A dispute started.',
    REPORT_AVAILABLE: 'A report is available.',
  }),
  balancePlatform: {
    description: 'Activity on a platform: a transfer, an account holder, …',
    facts: {
      environment: ['string', '`test` or `live`', 'environment'],
      platform: ['string', 'Name of the platform', 'data.balancePlatform'],
    },
  },
} satisfies EventTable

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
]

/** Your own text. It may hold the separator, see `isUnambiguous`. */
const FREE_TEXT = 'merchantReference'

const PLATFORM: HmacScheme = {
  header: 'hmacsignature',
  algorithm: 'sha256',
  encoding: 'base64',
  key: 'hex',
}

/** Webhooks of Adyen: standard ones, one event per item, and those of platforms. */
export const adyen = defineSource({
  name: 'adyen',
  summary: 'Webhooks of Adyen, standard ones and those of platforms.',
  documentation:
    'https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures',
  setup:
    'In the Customer Area, under Developers > Webhooks, add a standard webhook with the URL. Generate its HMAC key there, and give it to Hookline.',
  options: z.object({ hmacKey: secrets().describe('The HMAC key of the webhook, in hex.') }),
  events: EVENTS,
  signature: ({ hmacKey }, { clock }) => {
    const mac = hmac(PLATFORM, hmacKey)
    const platform = hmacSignature(PLATFORM, { secrets: hmacKey, clock })
    const verifyItem = (item: JsonObject): Verdict => {
      const proof = valueAt(item, 'additionalData.hmacSignature')
      if (typeof proof !== 'string') return { ok: false, reason: 'an item has no hmacSignature' }
      const unclear = SIGNED.find((path) => !isUnambiguous(path, valueAt(item, path)))
      if (unclear !== undefined) {
        return { ok: false, reason: `\`${unclear}\` of an item is none that Adyen signs` }
      }
      return mac.matches([signedText(item)], [proof])
        ? { ok: true }
        : { ok: false, reason: 'the proof of an item does not match any key' }
    }
    return {
      verify: (delivery) => {
        const items = itemsOf(objectIn(delivery))
        if (items === null) return platform.verify(delivery)
        if (items.length === 0) return { ok: false, reason: 'there is no item in it' }
        // Stops at the first invalid item, so that a stranger cannot have all of them checked.
        for (const item of items) {
          const verdict = verifyItem(item)
          if (!verdict.ok) return verdict
        }
        return { ok: true }
      },
      sign: (draft) => (itemsOf(objectIn(draft.body)) === null ? platform.sign(draft) : {}),
      embedProof: (draft) => ({
        ...draft,
        body: withProofs(draft.body, (item) => mac.sign([signedText(item)])),
      }),
    }
  },
  type: 'type',
  parse: (delivery) => {
    const payload = jsonObject(delivery)
    const items = itemsOf(payload)
    if (items !== null) return items.map(itemEvent)
    // Webhooks of platforms have no ids. Without a time, two events may have equal bodies.
    const isDated = payload['timestamp'] !== undefined
    return [{ payload, id: isDated ? bodyId(delivery.body) : null }]
  },
})

/** A repeated item has the same code and reference. One with another `success` is a new event. */
function itemEvent(payload: JsonObject): SourceEvent {
  const type = payload['eventCode']
  return { type, id: `${type}:${payload['pspReference']}:${payload['success']}`, payload }
}

/**
 * Adyen joins the values by colons and, against its older documents, escapes none. So only one of them may hold
 * colons: with a second one, the signature of an item would fit other items too.
 */
function isUnambiguous(path: string, value: unknown): boolean {
  if (value === undefined || value === null) return true
  if (typeof value === 'string') return path === FREE_TEXT || !value.includes(':')
  return ['number', 'bigint', 'boolean'].includes(typeof value)
}

function signedText(item: JsonObject): string {
  return SIGNED.map((path) => String(valueAt(item, path) ?? '')).join(':')
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

function withProofs(body: Uint8Array, proofOf: (item: JsonObject) => string): Uint8Array {
  const fields = objectIn(body)
  if (fields === null || itemsOf(fields) === null) return body
  const notificationItems = wrappersOf(fields).map(({ NotificationRequestItem: item }) => {
    if (!isJsonObject(item)) return { NotificationRequestItem: item }
    const { additionalData } = item
    const more = isJsonObject(additionalData) ? additionalData : {}
    return {
      NotificationRequestItem: {
        ...item,
        additionalData: { ...more, hmacSignature: proofOf(item) },
      },
    }
  })
  return Buffer.from(JSON.stringify({ ...fields, notificationItems }))
}
