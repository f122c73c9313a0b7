/** Type and subtype of a Content-Type header in lower case, without parameters; empty where there is none. */
export function mediaType(header: string | undefined): string {
  const end = header?.indexOf(';') ?? -1
  return (end === -1 ? header : header?.slice(0, end))?.trim().toLowerCase() ?? ''
}

/** Whether a media type is JSON: `application/json`, or one that ends in `+json`. */
export function isJsonType(type: string): boolean {
  return type === 'application/json' || type.endsWith('+json')
}
