/** Element that hostile text would make, and that no page has. */
export const HOSTILE_ELEMENT = 'hostile-text'

const WORDS = [
  `<${HOSTILE_ELEMENT}>`,
  `<script>alert('script')</script>`,
  `"><img src=/hostile onerror=alert('image')>`,
  `' onmouseover=alert(1) style=position:fixed;inset:0 x='`,
  '</title></textarea></pre></script></style><svg onload=alert(1)>',
  `<a hx-get=/hostile hx-trigger=load data-hx-post=/hostile>`,
  '<!--',
  '&lt;b&gt;&#60;script&#62;',
  `{{constructor.constructor("alert(1)")()}} \${alert(1)} <%= 7*7 %> #{7*7}`,
  '🦜👩‍👩‍👧‍👦 e\u0301\u0301\u0301\u0301\u0301\u0301',
  '\u202eright to left\u2066\u200f\u061c',
]

/** What an URL may be, and a link must not. */
export const HOSTILE_URL = 'javascript:alert(document.domain)'

/** Text of a stranger that a page must show as text. Has no line end: it may be in a header or a path too. */
export const HOSTILE_TEXT = WORDS.join(' ')

/** What only a body or a program's output can hold as well: NUL, escape sequences, a word that is wider than any window. */
export const HOSTILE_BODY = [
  HOSTILE_TEXT,
  'NUL \0 \u0001',
  `\u001b]8;;${HOSTILE_URL}\u0007a link\u001b]8;;\u0007 \u001b[31;1mred\u001b[0m \u001b[2J\u001b[999;999H\u001b[38;5;999m`,
  'W'.repeat(3000),
].join('\n')
