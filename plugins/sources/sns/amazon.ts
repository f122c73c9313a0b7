// The middle part must be a region: `sns.s3-us-west-2.amazonaws.com` would be somebody's bucket.
const HOST = /^sns\.[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}\.amazonaws\.com(\.cn)?$/

/** Whether a URL in a message belongs to SNS. Calling any other would let a stranger choose what this service calls. */
export function isSnsUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, host, username, password } = new URL(text)
  return protocol === 'https:' && HOST.test(host) && username === '' && password === ''
}

/** Whether a URL is that of a signing certificate. */
export function isCertificateUrl(text: string): boolean {
  if (!isSnsUrl(text)) return false
  const { pathname, search, hash } = new URL(text)
  return pathname.endsWith('.pem') && search === '' && hash === ''
}
