import { z } from 'zod'
import {
  catalogOf,
  defineSource,
  type EventTable,
  fact,
  firstOf,
  secrets,
  signedSource,
} from '../../core/index.ts'

const EVENTS: EventTable = {
  '*': {
    description: 'Every event of CircleCI.',
    facts: {
      repository: fact(
        'string',
        'URL of the repository',
        firstOf('pipeline.vcs.origin_repository_url', 'pipeline.trigger_parameters.git.repo_url'),
      ),
      branch: fact(
        'string',
        'Branch; null for a tag',
        firstOf('pipeline.vcs.branch', 'pipeline.trigger_parameters.git.branch'),
      ),
      tag: fact('string', 'Tag; null for a branch', 'pipeline.vcs.tag'),
      commit: fact(
        'string',
        'SHA that was built',
        firstOf('pipeline.vcs.revision', 'pipeline.trigger_parameters.git.checkout_sha'),
      ),
      sender: fact(
        'string',
        'Author of the commit',
        firstOf(
          'pipeline.vcs.commit.author.name',
          'pipeline.trigger_parameters.git.commit_author_name',
        ),
      ),
      project: fact('string', 'Slug, `github/owner/name`', 'project.slug'),
      pipeline: fact('number', 'Number of the pipeline', 'pipeline.number'),
      workflow: fact('string', 'Name of the workflow', 'workflow.name'),
      happened_at: fact('string', 'When, in ISO 8601', 'happened_at'),
    },
  },
  'workflow-completed': {
    description: 'A workflow ended.',
    facts: {
      status: fact('string', '`success`, `failed`, `canceled`, …', 'workflow.status'),
      url: fact('string', 'Page of the workflow', 'workflow.url'),
    },
  },
  'job-completed': {
    description: 'A job ended.',
    facts: {
      job: fact('string', 'Name of the job', 'job.name'),
      status: fact('string', '`success`, `failed`, `canceled`, …', 'job.status'),
    },
  },
  ping: { description: 'The webhook was tested.', facts: {} },
}

/** Outbound webhooks of CircleCI. */
export const circleci = defineSource({
  name: 'circleci',
  summary: 'Outbound webhooks of CircleCI projects.',
  documentation: 'https://circleci.com/docs/guides/integration/outbound-webhooks/',
  options: z.object({ secret: secrets().describe('The secret token of the webhook.') }),
  events: catalogOf(EVENTS),
  create: signedSource({
    signature: {
      header: 'circleci-signature',
      algorithm: 'sha256',
      encoding: 'hex',
      prefix: 'v1=',
      separator: ',',
    },
    events: EVENTS,
    // The header names it too, but only the body is signed.
    type: { path: 'type' },
    id: { path: 'id' },
  }),
})
