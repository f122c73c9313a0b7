import { z } from 'zod'
import { defineSource, type EventTable, secrets } from '../../../core/sdk/source.ts'

const EVENTS = {
  '*': {
    description: 'Every event of CircleCI.',
    facts: {
      repository: [
        'string',
        'URL of the repository',
        'pipeline.vcs.origin_repository_url',
        'pipeline.trigger_parameters.git.repo_url',
      ],
      branch: [
        'string',
        'Branch; null for a tag',
        'pipeline.vcs.branch',
        'pipeline.trigger_parameters.git.branch',
      ],
      tag: [
        'string',
        'Tag; null for a branch',
        'pipeline.vcs.tag',
        'pipeline.trigger_parameters.git.tag',
      ],
      commit: [
        'string',
        'SHA that was built',
        'pipeline.vcs.revision',
        'pipeline.trigger_parameters.git.checkout_sha',
      ],
      sender: [
        'string',
        'Author of the commit',
        'pipeline.vcs.commit.author.name',
        'pipeline.trigger_parameters.git.commit_author_name',
      ],
      project: ['string', 'Slug, `github/owner/name`', 'project.slug'],
      pipeline: ['number', 'Number of the pipeline', 'pipeline.number'],
      workflow: ['string', 'Name of the workflow', 'workflow.name'],
      happened_at: ['string', 'Time, in ISO 8601', 'happened_at'],
    },
  },
  'workflow-completed': {
    description: 'A workflow ended.',
    facts: {
      status: ['string', '`success`, `failed`, `canceled`, …', 'workflow.status'],
      url: ['string', 'URL of the workflow', 'workflow.url'],
    },
  },
  'job-completed': {
    description: 'A job ended.',
    facts: {
      job: ['string', 'Name of the job', 'job.name'],
      status: ['string', '`success`, `failed`, `canceled`, …', 'job.status'],
    },
  },
  ping: 'The webhook was tested.',
} satisfies EventTable

/** Outbound webhooks of CircleCI. */
export const circleci = defineSource({
  name: 'circleci',
  summary: 'Outbound webhooks of CircleCI projects.',
  documentation: 'https://circleci.com/docs/guides/integration/outbound-webhooks/',
  setup:
    'In the project, under Project Settings > Webhooks > Add Webhook, enter the URL as the receiver URL, and the secret as the secret token.',
  generates: 'secret',
  options: z.object({ secret: secrets().describe('The secret token of the webhook.') }),
  events: EVENTS,
  signature: {
    header: 'circleci-signature',
    algorithm: 'sha256',
    encoding: 'hex',
    prefix: 'v1=',
    separator: ',',
  },
  // A header has the type too, but only the body is signed.
  type: 'type',
  id: 'id',
})
