import { z } from 'zod'
import {
  allOf,
  catalogOf,
  defineSource,
  type EventScheme,
  type EventTable,
  eventHeaders,
  eventReader,
  eventsWith,
  type FactTable,
  fact,
  firstOf,
  type HmacScheme,
  headerToken,
  hmacSignature,
  secrets,
} from '../../core/index.ts'

const JOB_FACTS: FactTable = {
  job: fact('string', 'Name of the job', 'job.name'),
  job_state: fact('string', 'State of the job', 'job.state'),
  exit_status: fact('number', 'Exit code of the job', 'job.exit_status'),
}

const EVENTS: EventTable = {
  '*': {
    description: 'Every event of Buildkite.',
    facts: {
      repository: fact('string', 'URL of the repository', 'pipeline.repository'),
      pipeline: fact('string', 'Short name of the pipeline', 'pipeline.slug'),
      branch: fact('string', 'Branch of the build', 'build.branch'),
      commit: fact('string', 'SHA of the build', 'build.commit'),
      tag: fact('string', 'Tag of the build', 'build.tag'),
      number: fact('number', 'Number of the build', 'build.number'),
      state: fact('string', '`passed`, `failed`, `canceled`, …', 'build.state'),
      message: fact('string', 'Message of the build', 'build.message'),
      sender: fact('string', 'Name of who caused it', firstOf('sender.name', 'build.creator.name')),
      url: fact('string', 'Page of the build', 'build.web_url'),
    },
  },
  ...eventsWith(
    {},
    {
      build: 'Something about a build.',
      'build.scheduled': 'A build was scheduled.',
      'build.running': 'A build began.',
      'build.failing': 'A job of a running build failed.',
      'build.finished': 'A build ended; `state` says how.',
    },
  ),
  ...eventsWith(JOB_FACTS, {
    job: 'Something about a job.',
    'job.started': 'A job began.',
    'job.finished': 'A job ended.',
  }),
  agent: {
    description: 'Something about an agent.',
    facts: { agent: fact('string', 'Name of the agent', 'agent.name') },
  },
  ping: { description: 'The webhook was set up, or changed.', facts: {} },
}

const SCHEME: EventScheme = {
  events: EVENTS,
  // A header names it too, but only the body is signed.
  type: { path: 'event' },
  id: { header: 'X-Buildkite-Request' },
}
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

/** Webhooks of Buildkite. Of the two ways to use its token, each that is set is checked. */
export const buildkite = defineSource({
  name: 'buildkite',
  summary: 'Webhooks of Buildkite pipelines.',
  documentation: 'https://buildkite.com/docs/apis/webhooks/pipelines',
  options: z
    .object({
      secret: secrets()
        .optional()
        .describe('The token of a webhook that signs with it: it protects the body too.'),
      token: secrets()
        .optional()
        .describe('The token of a webhook that sends it as it is: it protects no body.'),
    })
    .refine(({ secret, token }) => secret !== undefined || token !== undefined, {
      message: 'needs `secret` or `token`: deliveries are never taken unverified',
    }),
  events: catalogOf(EVENTS),
  secretHeaders: [TOKEN_HEADER],
  create: ({ secret, token }, { clock }) => {
    const ways = allOf([
      ...(secret ? [hmacSignature(SIGNATURE, { secrets: secret, clock })] : []),
      ...(token ? [headerToken({ header: TOKEN_HEADER, secrets: token })] : []),
    ])
    return {
      verify: ways.verify,
      parse: eventReader(SCHEME),
      sign: (draft) => ({
        'x-buildkite-event': draft.event,
        ...eventHeaders(SCHEME, draft),
        ...ways.sign(draft),
      }),
    }
  },
})
