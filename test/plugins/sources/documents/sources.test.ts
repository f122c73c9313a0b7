import * as sources from 'hookline/sources'
import { type SourceAdapter, testSource } from 'hookline/testing'
import { describe, it } from 'vitest'
import { SAMPLES } from './samples.ts'
import { SIGNERS } from './signers.ts'

const SOURCES: Readonly<Record<string, { readonly definition: SourceAdapter['definition'] }>> =
  sources

type Row = Pick<SourceAdapter, 'proofHeader' | 'neededHeaders' | 'toleranceSeconds'>

const TEXT_SECRETS = ['the first secret of the tests', 'zweites Geheimnis äöü'] as const
const KEYS = ['bXNnLXRlYW1zLWZpcnN0LWtleQ==', 'bXNnLXRlYW1zLXNlY29uZC1rZXk='] as const

const ROWS: Readonly<Record<keyof typeof SIGNERS, Row>> = {
  zoom: {
    proofHeader: 'x-zm-signature',
    neededHeaders: ['x-zm-request-timestamp'],
    toleranceSeconds: 300,
  },
  dropbox: { proofHeader: 'X-Dropbox-Signature' },
  typeform: { proofHeader: 'Typeform-Signature' },
  twitch: {
    proofHeader: 'Twitch-Eventsub-Message-Signature',
    neededHeaders: ['Twitch-Eventsub-Message-Id', 'Twitch-Eventsub-Message-Timestamp'],
    toleranceSeconds: 600,
  },
  x: { proofHeader: 'x-twitter-webhooks-signature' },
  trello: { proofHeader: 'X-Trello-Webhook' },
  asana: { proofHeader: 'X-Hook-Signature' },
  intercom: { proofHeader: 'X-Hub-Signature' },
  woocommerce: { proofHeader: 'X-WC-Webhook-Signature' },
  zendesk: {
    proofHeader: 'X-Zendesk-Webhook-Signature',
    neededHeaders: ['X-Zendesk-Webhook-Signature-Timestamp'],
    toleranceSeconds: 300,
  },
  buildkite: { proofHeader: 'X-Buildkite-Signature', toleranceSeconds: 300 },
  msteams: { proofHeader: 'Authorization' },
  calendly: { proofHeader: 'Calendly-Webhook-Signature', toleranceSeconds: 180 },
  revenuecat: { proofHeader: 'X-RevenueCat-Webhook-Signature', toleranceSeconds: 300 },
}

for (const [name, row] of Object.entries(ROWS) as [keyof typeof SIGNERS, Row][]) {
  describe(name, () =>
    testSource(
      { describe, it },
      {
        definition: definitionOf(name),
        secrets: name === 'msteams' ? KEYS : TEXT_SECRETS,
        options: (secret) => ({ secret }),
        sign: SIGNERS[name],
        coversBody: true,
        samples: [SAMPLES[name]],
        ...row,
      },
    ),
  )
}

const TOKENS: readonly [keyof typeof SAMPLES, string, string, Row['proofHeader']][] = [
  ['telegram', 'telegram', 'token', 'X-Telegram-Bot-Api-Secret-Token'],
  ['buildkite', 'buildkite with a token', 'token', 'X-Buildkite-Token'],
  ['revenuecat', 'revenuecat with a token', 'authorization', 'Authorization'],
]

for (const [name, title, option, header = ''] of TOKENS) {
  const more = ({ event, id }: { event: string; id: string }) =>
    name === 'buildkite' ? { 'X-Buildkite-Event': event, 'X-Buildkite-Request': id } : {}
  describe(title, () =>
    testSource(
      { describe, it },
      {
        definition: definitionOf(name),
        secrets: ['first_token_of-the-tests', 'second_token_of-the-tests'],
        options: (secrets) => ({ [option]: secrets }),
        sign: (draft, secret) => ({ ...more(draft), [header]: secret }),
        proofHeader: header,
        coversBody: false,
        samples: [SAMPLES[name]],
      },
    ),
  )
}

function definitionOf(name: string): SourceAdapter['definition'] {
  const source = SOURCES[name]
  if (source === undefined) throw new Error(`there is no source ${name}`)
  return source.definition
}
