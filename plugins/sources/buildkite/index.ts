import { z } from 'zod'
import {
  allOf,
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  type HmacScheme,
  headerToken,
  hmacSignature,
  secrets,
} from '../../../core/sdk/source.ts'

const JOB_FACTS: FactTable = {
  job: ['string', 'Name of the job', 'job.name'],
  job_state: ['string', 'State of the job', 'job.state'],
  exit_status: ['number', 'Exit code of the job', 'job.exit_status'],
}

const EVENTS = {
  '*': {
    description: 'Every event of Buildkite.',
    facts: {
      repository: ['string', 'URL of the repository', 'pipeline.repository'],
      pipeline: ['string', 'Short name of the pipeline', 'pipeline.slug'],
      branch: ['string', 'Branch of the build', 'build.branch'],
      commit: ['string', 'SHA of the build', 'build.commit'],
      tag: ['string', 'Tag of the build', 'build.tag'],
      number: ['number', 'Number of the build', 'build.number'],
      state: ['string', '`passed`, `failed`, `canceled`, …', 'build.state'],
      message: ['string', 'Message of the build', 'build.message'],
      sender: ['string', 'Name of the user who caused it', 'sender.name', 'build.creator.name'],
      url: ['string', 'URL of the build', 'build.web_url'],
    },
  },
  build: 'Activity on a build.',
  'build.scheduled': 'A build was scheduled.',
  'build.running': 'A build started.',
  'build.failing': 'A job of a running build failed.',
  'build.finished': 'A build ended; `state` says how.',
  ...eventsWith(JOB_FACTS, {
    job: 'Activity on a job.',
    'job.started': 'A job started.',
    'job.finished': 'A job ended.',
  }),
  agent: {
    description: 'Activity on an agent.',
    facts: { agent: ['string', 'Name of the agent', 'agent.name'] },
  },
  ping: 'The webhook was created or changed.',
} satisfies EventTable

const SIGNATURE: HmacScheme = {
  header: 'X-Buildkite-Signature',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: 'signature=',
  separator: ',',
  timestamp: { prefix: 'timestamp=', unit: 's', toleranceSeconds: 300 },
  template: '{timestamp}.{body}',
}
const TOKEN_HEADER = 'X-Buildkite-Token'

/** Webhooks of Buildkite. Every way of using its token that is set is checked. */
export const buildkite = defineSource({
  name: 'buildkite',
  summary: 'Webhooks of Buildkite pipelines.',
  documentation: 'https://buildkite.com/docs/apis/webhooks/pipelines',
  setup:
    'In the settings of the organization, under Notification Services, add a webhook with the URL and an X-Buildkite-Signature header. Give its token to Hookline as `secret`.',
  options: z
    .object({
      secret: secrets()
        .optional()
        .describe('The token of a webhook that signs with it, which also protects the body.'),
      token: secrets()
        .optional()
        .describe(
          'The token of a webhook that sends it as it is, which does not protect the body.',
        ),
    })
    .refine(({ secret, token }) => secret !== undefined || token !== undefined, {
      message: 'needs `secret` or `token`: deliveries are never taken unverified',
    }),
  events: EVENTS,
  secretHeaders: [TOKEN_HEADER],
  signature: ({ secret, token }, { clock }) =>
    allOf([
      ...(secret ? [hmacSignature(SIGNATURE, { secrets: secret, clock })] : []),
      ...(token ? [headerToken({ header: TOKEN_HEADER, secrets: token })] : []),
    ]),
  // A header has the type too, but only the body is signed.
  type: 'event',
  id: { header: 'X-Buildkite-Request' },
  headers: ({ event }) => ({ 'x-buildkite-event': event }),
})
