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

const metaOf = (name: string) =>
  firstOf(
    ...['github', 'gitlab', 'bitbucket'].map((host) => `payload.deployment.meta.${host}${name}`),
  )

const DEPLOYMENT_FACTS: FactTable = {
  deployment: fact('string', 'Id of the deployment', 'payload.deployment.id'),
  name: fact('string', 'Name of the project', 'payload.deployment.name'),
  url: fact('string', 'Host name of the deployment', 'payload.deployment.url'),
  target: fact('string', '`production` or `staging`; null for a preview', 'payload.target'),
  branch: fact('string', 'Git branch', metaOf('CommitRef')),
  commit: fact('string', 'Git commit', metaOf('CommitSha')),
  sender: fact('string', 'Author of the commit', metaOf('CommitAuthorLogin')),
}

const EVENTS: EventTable = {
  '*': {
    description: 'Every event of Vercel.',
    facts: {
      project: fact(
        'string',
        'Id of the project',
        firstOf('payload.project.id', 'payload.projectId'),
      ),
      team: fact('string', 'Id of the team; null for a personal account', 'payload.team.id'),
      user: fact('string', 'Id of the account', 'payload.user.id'),
      region: fact('string', 'Where the event arose', 'region'),
      created_at: fact('number', 'When, in milliseconds since the epoch', 'createdAt'),
    },
  },
  ...eventsWith(DEPLOYMENT_FACTS, {
    deployment: 'Something about a deployment.',
    'deployment.created': 'A deployment began.',
    'deployment.ready': 'A deployment can be reached.',
    'deployment.succeeded': 'A deployment passed its checks.',
    'deployment.promoted': 'A deployment was promoted.',
    'deployment.error': 'A deployment failed.',
    'deployment.canceled': 'A deployment was cancelled.',
  }),
  ...eventsWith(
    {},
    {
      project: 'A project was made, changed or removed.',
      domain: 'Something about a domain.',
      'integration-configuration': 'Something about an installed integration.',
    },
  ),
}

/** Webhooks of Vercel accounts and integrations. */
export const vercel = defineSource({
  name: 'vercel',
  summary: 'Webhooks of Vercel accounts, teams and integrations.',
  documentation: 'https://vercel.com/docs/webhooks/webhooks-api',
  options: z.object({
    secret: secrets().describe('Secret of the webhook, or client secret of the integration.'),
  }),
  events: catalogOf(EVENTS),
  create: signedSource({
    signature: { header: 'x-vercel-signature', algorithm: 'sha1', encoding: 'hex' },
    events: EVENTS,
    type: { path: 'type' },
    id: { path: 'id' },
  }),
})
