import type { Delivery } from '../../contracts/delivery.ts'
import type { SourceEvent } from './event-reader.ts'
import type { EventTable, FactTable } from './event-table.ts'
import { type JsonObject, jsonObject, jsonObjects } from './payload.ts'

const ALERT_FACTS: FactTable = {
  status: ['string', '`firing` or `resolved`', 'alert.status'],
  alertname: ['string', 'Label `alertname`', 'alert.labels.alertname'],
  severity: ['string', 'Label `severity`', 'alert.labels.severity'],
  instance: ['string', 'Label `instance`', 'alert.labels.instance'],
  job: ['string', 'Label `job`', 'alert.labels.job'],
  namespace: ['string', 'Label `namespace`', 'alert.labels.namespace'],
  summary: ['string', 'Annotation `summary`', 'alert.annotations.summary'],
  description: [
    'string',
    'Annotation `description`, or `message`',
    'alert.annotations.description',
    'alert.annotations.message',
  ],
  starts_at: ['string', 'When it started, in ISO 8601', 'alert.startsAt'],
  fingerprint: ['string', 'Identifier of the alert', 'alert.fingerprint'],
  url: ['string', 'URL of the rule', 'alert.generatorURL'],
  receiver: ['string', 'Receiver that was notified', 'notification.receiver'],
  group_key: ['string', 'Group that the alert is in', 'notification.groupKey'],
}

/** Events of notifications of Alertmanager's form, one per alert. Facts are read from `{ alert, notification }`. */
export function alertTable(more: FactTable = {}): EventTable {
  return {
    '*': { description: 'Every alert.', facts: { ...ALERT_FACTS, ...more } },
    firing: 'An alert fires.',
    resolved: 'An alert no longer fires.',
  }
}

/**
 * One event per alert of a notification; its payload is the alert. Notifications repeat alerts that did not change:
 * those have the same id.
 */
export function parseAlerts(delivery: Delivery): readonly SourceEvent[] {
  const notification = jsonObject(delivery)
  return jsonObjects(delivery, 'alerts').map((alert) => ({
    type: alert['status'],
    id: idOf(alert),
    payload: alert,
    from: { alert, notification },
  }))
}

/** A notification with one alert, made of what is read of one. */
export function sampleAlerts(status: string, { alert, notification }: JsonObject): JsonObject {
  return { ...Object(notification), status, alerts: [{ ...Object(alert), status }] }
}

function idOf({ fingerprint, startsAt, status }: JsonObject): string | null {
  const isKnown = typeof fingerprint === 'string' && typeof startsAt === 'string'
  return isKnown ? `${fingerprint}:${startsAt}:${status}` : null
}
