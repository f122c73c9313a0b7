import type { ErrorEntry } from './entry.ts'

/** Codes of calls to the API of a webhook's provider, and of what is registered there. */
export const PROVIDER_ERRORS = {
  provider_unauthorized: {
    title: 'The provider does not accept the token',
    remedy: 'Make a new token at the provider, and give it to the option that the message names.',
  },
  provider_forbidden: {
    title: 'The token may not do this at the provider',
    remedy: 'Give the token the permission that the message or the docs of the source name.',
  },
  provider_not_found: {
    title: 'The provider does not have what was asked for',
    remedy:
      'Check its name. Many providers also answer so where the token may not see it: check its permissions.',
  },
  provider_rate_limited: {
    title: 'The provider takes no more calls for now',
    remedy: 'Nothing has to be done: the call is tried again once the provider allows it.',
  },
  provider_unavailable: {
    title: 'The provider cannot be reached',
    remedy:
      'Nothing has to be done if its service has an outage: the call is tried again. Otherwise check `apiUrl`, DNS and the firewall.',
  },
  provider_refused: {
    title: 'The provider refused the call',
    remedy: 'Correct what the message says.',
  },
  provider_answer_unusable: {
    title: 'The answer of the provider cannot be used',
    remedy: 'Check that `apiUrl` is the address of its API, without a proxy that answers itself.',
  },
  catch_up_unknown: {
    status: 404,
    title: 'Missed deliveries of this source cannot be asked for',
    remedy:
      'See `hookline catch-up --status` or GET /api/catch-up. A source of `github`, `gitlab` or `stripe` needs the option `register`, one of `svix` the option `catchUp`.',
  },
  registration_taken: {
    title: 'Somebody else uses the place of a webhook',
    remedy:
      'Remove the webhook at its provider, or set `takeOver: true` in `register` if it may be replaced.',
  },
  registration_fixed: {
    title: 'The webhook cannot be removed',
    remedy: 'Remove it in the settings at the provider.',
  },
  registration_unknown: {
    status: 404,
    title: 'There is no such webhook to register',
    remedy:
      'See `hookline registrations` or GET /api/registrations, or name the target in `register` of the source.',
  },
  registration_disabled: {
    title: 'The provider has disabled the webhook',
    remedy:
      'Send a test request in its settings at the provider. It is looked at again every hour.',
  },
  registration_events: {
    status: 400,
    title: 'The events of a webhook cannot be chosen so',
    remedy:
      'Choose events in the words of the provider, for targets that the config does not name. For the others, set `register.events` of the source.',
  },
  registration_unreachable: {
    title: 'The URL cannot be reached from the internet',
    remedy:
      'Set `publicUrl` to an `https:` address that leads here, or use a tunnel: `hookline start --tunnel`.',
  },
} as const satisfies Record<string, ErrorEntry>
