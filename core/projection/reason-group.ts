const MAX_READ = 2_000
const MAX_LENGTH = 200

/**
 * What differs from one task to the next, and what stands for it. The order matters: what comes first may hold what comes
 * later. Nothing here matches what stands for something.
 */
const VARYING: readonly (readonly [pattern: RegExp, placeholder: string])[] = [
  [
    /"(?:[^"\\\n]|\\.){0,2000}"|(?<!\w)'(?:[^'\\\n]|\\.){0,2000}'(?!\w)|`[^`\n]{1,2000}`/g,
    '<text>',
  ],
  [/[“„«][^“”„«»\n]{0,2000}[”“»]/g, '<text>'],
  [/\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s<>()[\]{},;]+/gi, '<url>'],
  [/[\w.+-]{1,100}@[\w.-]{1,200}/g, '<email>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b|\[[0-9a-f:.]{2,45}\](?::\d{1,5})?/gi, '<address>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>'],
  [/\b[a-z]{2,5}_(?=[a-z]*\d)[0-9a-z]{10,}\b/gi, '<id>'],
  [/(?<![\w<>/])(?:[a-z]:\\|\.{0,2}\/|~\/)[^\s<>()[\]{},;:"'`|]+(?::\d+){0,2}/gi, '<path>'],
  [/(?<![\w<>/.-])[\w.@+-]+(?:\/[\w.@+-]+){2,}(?::\d+){0,2}/g, '<path>'],
  [/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?\b/g, '<time>'],
  [/\b0x[0-9a-f]+\b|\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,}\b/gi, '<hex>'],
  [/(?<![\w<>])(?=[\w-]*\d)(?=[\w-]*[a-z])[\w-]{20,}(?![\w>])/gi, '<id>'],
]
/** A number, unless it ends a word: `utf8`, `E1234`. */
const NUMBER = /(?<![\w<])[-+]?\d+(?:[.,:_]\d+)*/g
/** What makes a short number after it tell faults apart. */
const CODE = /(?:\bcode|\bstatus|\banswered|\bexit|\bHTTP|\berrno|\bsignal|\berror)[\s:=#(]*$/i
const MAX_CODE_DIGITS = 3
/** How far before a number a word is searched that makes it a code. */
const CODE_REACH = 20

/**
 * The text that stands for all reasons of one fault: numbers, ids, paths, addresses, times and quoted parts are replaced
 * by what they are (`<n>`, `<id>`, …), except exit codes and statuses. Of the first line, at most 200 characters. Of a
 * text that stands for reasons, it returns that text.
 */
export function groupOfReason(reason: string): string {
  let group = ''
  // What is cut may end in what looks like an id. Each round leaves less to replace.
  for (let next = reason; ; next = group) {
    const text = cut(replaceVarying(firstLine(next)))
    if (text === group) return group
    group = text
  }
}

function firstLine(text: string): string {
  const [line = ''] = text
    .slice(0, MAX_READ)
    .toWellFormed()
    .trim()
    .split(/[\r\n]/, 1)
  return line.replace(/\s+/g, ' ').trim()
}

function replaceVarying(line: string): string {
  let text = line
  for (const [pattern, placeholder] of VARYING) text = text.replace(pattern, placeholder)
  return text.replace(NUMBER, (number, offset: number, whole: string) => {
    const before = whole.slice(Math.max(0, offset - CODE_REACH), offset)
    return number.length <= MAX_CODE_DIGITS && CODE.test(before) ? number : '<n>'
  })
}

function cut(text: string): string {
  return text.length <= MAX_LENGTH
    ? text
    : `${text
        .slice(0, MAX_LENGTH - 1)
        .toWellFormed()
        .trimEnd()}…`
}
