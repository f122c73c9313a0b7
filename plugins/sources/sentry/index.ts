import { z } from 'zod'
import {
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  secrets,
} from '../../../core/sdk/source.ts'

const ISSUE_FACTS: FactTable = {
  issue: ['string', 'Id of the issue', 'data.issue.id'],
  short_id: ['string', '`BACKEND-7`', 'data.issue.shortId'],
  title: ['string', 'Title', 'data.issue.title'],
  level: ['string', '`fatal`, `error`, `warning`, …', 'data.issue.level'],
  status: ['string', '`unresolved`, `resolved`, …', 'data.issue.status'],
  culprit: ['string', 'Location in the code', 'data.issue.culprit'],
  project: ['string', 'Its project', 'data.issue.project.slug'],
  url: ['string', 'URL', 'data.issue.web_url', 'data.issue.permalink'],
}

const ERROR_FACTS: FactTable = {
  event_id: ['string', 'Id of the error', 'data.error.event_id', 'data.event.event_id'],
  issue: ['string', 'Id of its issue', 'data.error.issue_id', 'data.event.issue_id'],
  title: ['string', 'Title', 'data.error.title', 'data.event.title'],
  level: ['string', '`error`, …', 'data.error.level', 'data.event.level'],
  culprit: ['string', 'Location in the code', 'data.error.culprit', 'data.event.culprit'],
  release: ['string', 'Release', 'data.error.release', 'data.event.release'],
  url: ['string', 'URL', 'data.error.web_url', 'data.event.web_url'],
  alert: ['string', 'The alert rule that fired, if one did', 'data.triggered_rule'],
}

const METRIC_FACTS: FactTable = {
  alert: ['string', 'Name of the alert rule', 'data.metric_alert.alert_rule.name'],
  title: ['string', 'Title', 'data.description_title'],
  description: ['string', 'What happened', 'data.description_text'],
  url: ['string', 'URL', 'data.web_url'],
}

const EVENTS = {
  '*': {
    description: 'Every event of Sentry.',
    facts: {
      action: ['string', 'What was done', 'action'],
      sender: ['string', 'Who caused it; `Sentry` for Sentry itself', 'actor.name'],
      installation: ['string', 'UUID of the installation', 'installation.uuid'],
    },
  },
  issue: { description: 'An issue began, or was resolved, assigned, …', facts: ISSUE_FACTS },
  ...eventsWith(ERROR_FACTS, {
    error: 'An error was captured.',
    event_alert: 'An issue alert fired.',
  }),
  metric_alert: { description: 'A metric alert fired or was resolved.', facts: METRIC_FACTS },
  comment: {
    description: 'A comment on an issue.',
    facts: {
      comment: ['string', 'Text of the comment', 'data.comment'],
      project: ['string', 'Project of the issue', 'data.project_slug'],
    },
  },
  installation: 'The integration was installed or removed.',
} satisfies EventTable

/** Webhooks of a Sentry integration. */
export const sentry = defineSource({
  name: 'sentry',
  summary: 'Webhooks of a Sentry integration, internal or public.',
  documentation: 'https://docs.sentry.io/integrations/integration-platform/webhooks/',
  setup:
    'In the settings of the organization, under Custom Integrations, enter the URL as Webhook URL of an integration. Give its client secret to Hookline.',
  options: z.object({ secret: secrets().describe('The client secret of the integration.') }),
  events: EVENTS,
  signature: { header: 'Sentry-Hook-Signature', algorithm: 'sha256', encoding: 'hex' },
  type: { header: 'Sentry-Hook-Resource' },
  action: 'action',
  id: { header: 'Request-ID' },
})
