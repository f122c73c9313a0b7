import { z } from 'zod'
import { defineSource, type EventTable, secrets, tokenMatches } from '../../../core/sdk/source.ts'

const EVENTS = {
  push: {
    description: 'An image was pushed.',
    facts: {
      repository: ['string', '`namespace/name`', 'repository.repo_name'],
      namespace: ['string', 'User or organization', 'repository.namespace'],
      tag: ['string', 'Tag that was pushed', 'push_data.tag'],
      sender: ['string', 'Account that pushed', 'push_data.pusher'],
      pushed_at: ['number', 'Time, in seconds since the epoch', 'push_data.pushed_at'],
      private: ['boolean', 'Whether the repository is private', 'repository.is_private'],
      url: ['string', 'URL of the repository', 'repository.repo_url'],
    },
  },
} satisfies EventTable

/**
 * Webhooks of Docker Hub. It signs nothing: the proof is a token in the URL it calls, `…?token=…`, which protects no
 * body. `callback_url` of the payload is not called.
 */
export const dockerhub = defineSource({
  name: 'dockerhub',
  summary: 'Webhooks of Docker Hub repositories, known by a token in the URL.',
  documentation: 'https://docs.docker.com/docker-hub/repos/manage/webhooks/',
  setup:
    'In the repository, under Webhooks, enter the URL with `?token=` and the token at its end.',
  generates: 'token',
  options: z
    .object({
      token: secrets()
        .optional()
        .describe('Token at the end of the webhook URL that you give to Docker Hub: `?token=…`.'),
      unverified: z
        .literal(true)
        .optional()
        .describe('Accept deliveries without a token. Restrict the senders with `allow`.'),
    })
    .refine(({ token, unverified }) => (token === undefined) === (unverified === true), {
      message: 'needs `token`, a secret in the URL; or say `unverified: true`',
    }),
  events: EVENTS,
  signature: ({ token, unverified = false }) => ({
    unverified,
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
    embedProof: (draft) => {
      const url = new URL(draft.url)
      if (token?.[0] !== undefined) url.searchParams.set('token', token[0])
      return { ...draft, url: url.href }
    },
    sign: () => ({}),
  }),
  type: () => 'push',
  id: { hash: 'body' },
})
