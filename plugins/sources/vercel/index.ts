import { z } from 'zod'
import {
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  firstOf,
  secrets,
} from '../../../core/sdk/source.ts'

const metaOf = (name: string) =>
  firstOf(
    ...['github', 'gitlab', 'bitbucket'].map((host) => `payload.deployment.meta.${host}${name}`),
  )

const DEPLOYMENT_FACTS: FactTable = {
  deployment: ['string', 'Id of the deployment', 'payload.deployment.id', 'payload.deploymentId'],
  name: ['string', 'Name of the project', 'payload.deployment.name', 'payload.name'],
  url: ['string', 'Host name of the deployment', 'payload.deployment.url', 'payload.url'],
  target: ['string', '`production` or `staging`; null for a preview', 'payload.target'],
  branch: ['string', 'Git branch', metaOf('CommitRef')],
  commit: ['string', 'Git commit', metaOf('CommitSha')],
  sender: ['string', 'Author of the commit', metaOf('CommitAuthorLogin')],
}

const EVENTS = {
  '*': {
    description: 'Every event of Vercel.',
    facts: {
      project: ['string', 'Id of the project', 'payload.project.id', 'payload.projectId'],
      team: ['string', 'Id of the team; null for a personal account', 'payload.team.id'],
      user: ['string', 'Id of the account', 'payload.user.id'],
      region: ['string', 'Region of the event', 'region'],
      created_at: ['number', 'Time, in milliseconds since the epoch', 'createdAt'],
    },
  },
  ...eventsWith(DEPLOYMENT_FACTS, {
    deployment: 'Activity on a deployment.',
    'deployment.created': 'A deployment started.',
    'deployment.ready': 'A deployment is ready.',
    'deployment.succeeded': 'A deployment passed its checks.',
    'deployment.promoted': 'A deployment was promoted.',
    'deployment.error': 'A deployment failed.',
    'deployment.canceled': 'A deployment was cancelled.',
  }),
  project: 'A project was created, changed or removed.',
  domain: 'Activity on a domain.',
  'integration-configuration': 'Activity on an installed integration.',
} satisfies EventTable

/** Webhooks of Vercel accounts and integrations. */
export const vercel = defineSource({
  name: 'vercel',
  summary: 'Webhooks of Vercel accounts, teams and integrations.',
  documentation: 'https://vercel.com/docs/webhooks/webhooks-api',
  setup:
    'In the settings of the team, under Webhooks, create one with the URL. Give the secret that is shown once to Hookline.',
  options: z.object({
    secret: secrets().describe('Secret of the webhook, or client secret of the integration.'),
  }),
  events: EVENTS,
  signature: { header: 'x-vercel-signature', algorithm: 'sha1', encoding: 'hex' },
  type: 'type',
  id: 'id',
})
