/** What to do about each kind of finding. */
const REMEDIES = {
  address_not_allowed:
    'Add the address to `allow` of the source, or name the proxy before this service in `trustedProxies`.',
  body_not_kept: 'Send a smaller delivery with the same settings, and diagnose that one.',
  body_rewritten:
    'Find what changes the body between the sender and this service (a proxy, a gateway, a middleware that parses JSON), and let it pass the bytes through as they come. Or let the sender sign what it sends.',
  clock_differs: 'Synchronise both clocks by NTP, and look for what delays deliveries.',
  delivery_not_refused: 'There is nothing to diagnose; see `hookline explain`.',
  handshake_refused: 'Compare the settings at the sender with the options of this source.',
  header_missing:
    'Check that the sender has a secret, that it is the provider that this source is for, and that no proxy drops headers.',
  header_renamed: 'Let the sender, or the proxy before this service, use the name expected here.',
  matches_now: 'Send it again. If it is refused again, diagnose the new delivery.',
  nothing_matches:
    'Most likely the secrets differ: set the same secret again at the sender and here. If that does not help, the body was changed on its way in a manner that is not known here.',
  option_differs: 'Set the option so, or change the sender.',
  provider_mistaken:
    'Add a source of that provider to the config, and give the sender the URL of that source.',
  query_not_kept: 'Compare the settings at the sender with the config by hand.',
  secret_before_change:
    'Set the new secret at the sender, or list both secrets here until that is done.',
  secret_encoded: 'Use the same form of the secret on both sides.',
  secret_here_malformed:
    'Correct the secret in the config, and check how its variable or file is written.',
  secret_of_other: 'Give each source the secret of its own sender.',
  secret_there_malformed:
    'Correct the secret at the sender, and check how its variable or file is written.',
  signature_algorithm: 'Let the sender sign with the algorithm expected here.',
  signature_content: 'Let the sender sign what is expected here.',
  signature_form: 'Let the sender write the signature in the form expected here.',
  source_mistaken: 'Give the sender the URL of that source.',
  source_gone: 'Diagnose it on a service whose config has this source.',
  token_malformed: 'Correct the token on the side where it is wrong.',
  token_not_kept: 'Compare the token at the sender with the one of the config by hand.',
  unparsable:
    'The sender was verified. The reason says what is wrong with the body or its headers.',
  url_differs: 'Set `publicUrl` in the config to the URL that the sender was given.',
} as const

export type FindingCode = keyof typeof REMEDIES

/** `certain`: a signature matches, or it is obvious. `likely`: it fits, but without proof. */
export type Certainty = 'certain' | 'likely'

/** One thing that is wrong. It never contains a secret, a signature or a part of the body. */
export interface Finding {
  readonly code: FindingCode
  readonly certainty: Certainty
  readonly message: string
  readonly remedy: string
}

/** A finding with the usual remedy for its code. */
export function finding(
  code: FindingCode,
  message: string,
  more: { readonly certainty?: Certainty; readonly remedy?: string } = {},
): Finding {
  const { certainty = 'certain', remedy = REMEDIES[code] } = more
  return { code, certainty, message, remedy }
}
