import { z } from 'zod'
import {
  catalogOf,
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  fact,
  firstOf,
  secrets,
  signedSource,
} from '../../core/index.ts'

const ISSUE_FACTS: FactTable = {
  issue: fact('string', 'Id of the issue', 'data.issue.id'),
  short_id: fact('string', '`BACKEND-7`', 'data.issue.shortId'),
  title: fact('string', 'Title', 'data.issue.title'),
  level: fact('string', '`fatal`, `error`, `warning`, …', 'data.issue.level'),
  status: fact('string', '`unresolved`, `resolved`, …', 'data.issue.status'),
  culprit: fact('string', 'Where in the code', 'data.issue.culprit'),
  project: fact('string', 'Its project', 'data.issue.project.slug'),
  url: fact('string', 'Page', firstOf('data.issue.web_url', 'data.issue.permalink')),
}

const ERROR_FACTS: FactTable = {
  event_id: fact(
    'string',
    'Id of the error',
    firstOf('data.error.event_id', 'data.event.event_id'),
  ),
  issue: fact('string', 'Id of its issue', firstOf('data.error.issue_id', 'data.event.issue_id')),
  title: fact('string', 'Title', firstOf('data.error.title', 'data.event.title')),
  level: fact('string', '`error`, …', firstOf('data.error.level', 'data.event.level')),
  culprit: fact('string', 'Where in the code', firstOf('data.error.culprit', 'data.event.culprit')),
  release: fact('string', 'Release', firstOf('data.error.release', 'data.event.release')),
  url: fact('string', 'Page', firstOf('data.error.web_url', 'data.event.web_url')),
  alert: fact('string', 'The alert rule that fired, if one did', 'data.triggered_rule'),
}

const METRIC_FACTS: FactTable = {
  alert: fact('string', 'Name of the alert rule', 'data.metric_alert.alert_rule.name'),
  title: fact('string', 'Title', 'data.description_title'),
  description: fact('string', 'What happened', 'data.description_text'),
  url: fact('string', 'Page', 'data.web_url'),
}

const EVENTS: EventTable = {
  '*': {
    description: 'Every event of Sentry.',
    facts: {
      action: fact('string', 'What was done', 'action'),
      sender: fact('string', 'Who caused it; `Sentry` for itself', 'actor.name'),
      installation: fact('string', 'UUID of the installation', 'installation.uuid'),
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
      comment: fact('string', 'Text of the comment', 'data.comment'),
      project: fact('string', 'Project of the issue', 'data.project_slug'),
    },
  },
  installation: { description: 'The integration was installed or removed.', facts: {} },
}

/** Webhooks of a Sentry integration. */
export const sentry = defineSource({
  name: 'sentry',
  summary: 'Webhooks of a Sentry integration, internal or public.',
  documentation: 'https://docs.sentry.io/integrations/integration-platform/webhooks/',
  options: z.object({ secret: secrets().describe('The client secret of the integration.') }),
  events: catalogOf(EVENTS),
  create: signedSource({
    signature: { header: 'Sentry-Hook-Signature', algorithm: 'sha256', encoding: 'hex' },
    events: EVENTS,
    type: { header: 'Sentry-Hook-Resource' },
    action: { path: 'action' },
    id: { header: 'Request-ID' },
  }),
})
