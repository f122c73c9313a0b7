import { hash } from 'node:crypto'
import { z } from 'zod'
import {
  catalogOf,
  defineSource,
  type EventTable,
  fact,
  factsOf,
  jsonObject,
  secrets,
  tokenMatches,
} from '../../core/index.ts'

const EVENTS: EventTable = {
  push: {
    description: 'An image was pushed.',
    facts: {
      repository: fact('string', '`namespace/name`', 'repository.repo_name'),
      namespace: fact('string', 'User or organization', 'repository.namespace'),
      tag: fact('string', 'Tag that was pushed', 'push_data.tag'),
      sender: fact('string', 'Account that pushed', 'push_data.pusher'),
      pushed_at: fact('number', 'When, in seconds since the epoch', 'push_data.pushed_at'),
      private: fact('boolean', 'Whether the repository is private', 'repository.is_private'),
      url: fact('string', 'Page of the repository', 'repository.repo_url'),
    },
  },
}

/**
 * Webhooks of Docker Hub. It signs nothing: the proof is a token in the URL it calls, `…?token=…`, which protects no
 * body. `callback_url` of the payload is not called.
 */
export const dockerhub = defineSource({
  name: 'dockerhub',
  summary: 'Webhooks of Docker Hub repositories, known by a token in the URL.',
  documentation: 'https://docs.docker.com/docker-hub/repos/manage/webhooks/',
  options: z
    .object({
      token: secrets()
        .optional()
        .describe('Given to Docker Hub as the end of the webhook URL, `?token=…`.'),
      unverified: z
        .literal(true)
        .optional()
        .describe('Take deliveries without a token. Say in `allow` who may deliver.'),
    })
    .refine(({ token, unverified }) => (token === undefined) === (unverified === true), {
      message: 'needs `token`, a secret in the URL; or say `unverified: true`',
    }),
  events: catalogOf(EVENTS),
  create: ({ token, unverified }) => ({
    unverified: unverified ?? false,
    verify: ({ query }) => {
      if (token === undefined) {
        return unverified
          ? { ok: true }
          : { ok: false, reason: 'no way of verifying is configured' }
      }
      const given = query.get('token')
      if (given === null) return { ok: false, reason: 'query parameter token is missing' }
      if (tokenMatches(given, token)) return { ok: true }
      return { ok: false, reason: 'query parameter token does not match any secret' }
    },
    parse: (delivery) => {
      const payload = jsonObject(delivery)
      const id = `sha256:${hash('sha256', delivery.body)}`
      return [{ type: 'push', id, facts: factsOf(EVENTS, { type: 'push', payload }), payload }]
    },
    seal: (draft) => {
      const url = new URL(draft.url)
      if (token?.[0] !== undefined) url.searchParams.set('token', token[0])
      return { ...draft, url: url.href }
    },
    sign: () => ({}),
  }),
})
