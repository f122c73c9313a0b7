/**
 * Text from others made safe for a terminal: control characters, except line feeds and tabs, and characters that change
 * the direction of text become visible, such as `\x1b`.
 */
export function visible(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, escapeText)
}

function escapeText(character: string): string {
  const code = character.charCodeAt(0)
  const hex = code.toString(16)
  return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex}`
}
