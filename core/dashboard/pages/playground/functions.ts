import type { Texts } from '../../texts/texts.ts'

/** What conditions are mostly written with: an example of each, which works for a push. */
export const FUNCTIONS = {
  equal: "branch == 'main'",
  and: "branch == 'main' && !(sender == 'bot')",
  oneOf: "sender in ['alice', 'bob']",
  startsWith: "branch.startsWith('release/')",
  contains: "message.contains('[deploy]')",
  matches: "branch.matches('^v[0-9]+$')",
  has: 'has(payload.release)',
  orValue: "payload.?release.orValue('') == ''",
  size: 'size(payload.commits) > 0',
  exists: "payload.commits.exists(c, c.message.contains('fix'))",
  all: "payload.commits.all(c, c.author.name != 'bot')",
  filter: "payload.commits.filter(c, c.message != '').size() > 1",
  int: 'int(payload.size) % 2 == 0',
  hours: "event.receivedAt.getHours('Europe/Berlin') < 18",
} as const satisfies Readonly<Record<keyof Texts['playground']['functions'], string>>
