export const signIn = {
  title: 'Sign in',
  withProvider: (name: string) => `Sign in with ${name}`,
  atProvider: 'Sign out at the provider too',
  token: 'Token',
  tokenHint:
    'Use an API token. The admin token of this machine is in its data folder, or in HOOKLINE_ADMIN_TOKEN.',
  linkHint: 'Without a token at hand, this command prints a link that signs you in:',
  submit: 'Sign in',
  continue: 'Open the dashboard',
  codeTitle: 'Open the dashboard',
  codeHint: 'This link signs you in as the admin of this node. It works once.',
  wrongToken: 'This token is not valid.',
  wrongCode: 'This link was used already or is older than 15 minutes.',
  tooMany: 'Too many wrong tokens. Try again in a minute.',
}
