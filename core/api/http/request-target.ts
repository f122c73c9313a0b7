/**
 * What proxies, routers and file systems read differently: dot segments also when encoded or followed by parameters,
 * backslashes, encoded slashes, empty segments, and NUL (RFC 3986, sections 5.2.4 and 6.2.2).
 */
const AMBIGUOUS = /(?:^|[/\\])(?:\.|%2e){1,2}(?:;[^/]*)?(?:[/\\]|$)|[\\]|%5c|%2f|%00|\/\//i

/**
 * Whether the path of a request target, as sent, could mean another path to a proxy in front. Such a proxy may have let
 * it through as a webhook, although it leads to the admin API.
 */
export function isAmbiguousTarget(target: string): boolean {
  const [path = ''] = target.split(/[?#]/, 1)
  // The authority of an absolute form (RFC 9112, section 3.2.2) is followed by the path.
  return AMBIGUOUS.test(path.replace(/^https?:\/\/(?=[^/])/i, ''))
}
