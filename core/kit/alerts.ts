import type { Delivery } from '../contracts/delivery.ts'
import type { ParsedEvent } from '../contracts/event.ts'
import { HooklineError } from './errors.ts'
import { checkedType, type EventTable, factsOf } from './event-reader.ts'
import { fact } from './facts.ts'
import { firstOf } from './path.ts'
import { isJsonObject, type JsonObject, jsonObject } from './payload.ts'

/** Events of notifications of Alertmanager's form, one per alert. Facts are read of `{ alert, notification }`. */
export const ALERT_EVENTS: EventTable = {
  '*': {
    description: 'Every alert.',
    facts: {
      status: fact('string', '`firing` or `resolved`', 'alert.status'),
      alertname: fact('string', 'Label `alertname`', 'alert.labels.alertname'),
      severity: fact('string', 'Label `severity`', 'alert.labels.severity'),
      instance: fact('string', 'Label `instance`', 'alert.labels.instance'),
      job: fact('string', 'Label `job`', 'alert.labels.job'),
      namespace: fact('string', 'Label `namespace`', 'alert.labels.namespace'),
      summary: fact('string', 'Annotation `summary`', 'alert.annotations.summary'),
      description: fact(
        'string',
        'Annotation `description`, or `message`',
        firstOf('alert.annotations.description', 'alert.annotations.message'),
      ),
      starts_at: fact('string', 'When it began, in ISO 8601', 'alert.startsAt'),
      fingerprint: fact('string', 'What tells this alert from others', 'alert.fingerprint'),
      url: fact('string', 'Page of the rule', 'alert.generatorURL'),
      receiver: fact('string', 'Receiver that was notified', 'notification.receiver'),
      group_key: fact('string', 'Group that the alert is in', 'notification.groupKey'),
    },
  },
  firing: { description: 'An alert fires.', facts: {} },
  resolved: { description: 'An alert no longer fires.', facts: {} },
}

/**
 * One event per alert of a notification; its payload is the alert. Notifications repeat alerts that did not change:
 * those have the same id.
 */
export function alertEvents(delivery: Delivery, events: EventTable): readonly ParsedEvent[] {
  const notification = jsonObject(delivery)
  const { alerts } = notification
  if (!Array.isArray(alerts) || !alerts.every(isJsonObject)) {
    throw new HooklineError('delivery_unparsable', '`alerts` of the payload is no list of objects.')
  }
  return alerts.map((alert: JsonObject) => {
    const type = checkedType(alert['status'], '`status` of an alert')
    const payload = { alert, notification }
    return { type, id: idOf(alert), facts: factsOf(events, { type, payload }), payload: alert }
  })
}

function idOf({ fingerprint, startsAt, status }: JsonObject): string | null {
  const isKnown = typeof fingerprint === 'string' && typeof startsAt === 'string'
  return isKnown ? `${fingerprint}:${startsAt}:${status}` : null
}
