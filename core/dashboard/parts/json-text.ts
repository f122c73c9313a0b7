const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"?|[{}[\],:]|[^\s"{}[\],:]+/gs
/** Deeper values are not indented further: a sender chooses the depth, and each level lengthens every line. */
const MAX_INDENT = 24

/** JSON with a line for each value. All tokens stay as they are written, so it also takes JSON that was cut. */
export function indentJson(json: string): string {
  const lines: string[] = []
  let line = ''
  let depth = 0
  const breakLine = () => {
    lines.push(line)
    line = '  '.repeat(Math.max(0, Math.min(depth, MAX_INDENT)))
  }
  let before = ''
  for (const [token] of json.matchAll(TOKEN)) {
    const isClosing = token === '}' || token === ']'
    if (isClosing) depth--
    if (isClosing ? !isOpening(before) : isOpening(before) || before === ',') breakLine()
    if (isOpening(token)) depth++
    line += token === ':' ? ': ' : token
    before = token
  }
  return [...lines, line].join('\n')
}

function isOpening(token: string): boolean {
  return token === '{' || token === '['
}

/** Whether a text is JSON for people to read: an object or a list. `isCut`: its end is missing. */
export function isJsonText(text: string, isCut: boolean): boolean {
  if (!/^\s*[{[]/.test(text)) return false
  if (isCut) return true
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
