import { describe, expect, it } from 'vitest'
import { namedPlugins } from '../../../core/config/modules/named-plugins.ts'
import { ConfigFolder } from './config-folder.ts'

const LIST = 'hookline/sources'

describe('the plugins that a config imports', () => {
  it.each([
    [['github'], "import { github } from 'hookline/sources'"],
    [['github', 'custom'], 'import {github , custom as own,} from "hookline/sources";'],
    [['github', 'gitlab'], "import {\n  github,\n  gitlab,\n} from 'hookline/sources'"],
    [
      ['github', 'x'],
      "import { github } from 'hookline/sources'\nimport { x } from 'hookline/sources'",
    ],
    [['github'], "import { type GithubPayloads, github } from 'hookline/sources'"],
    [[], "import type { GithubPayloads } from 'hookline/sources'"],
    [['github'], "import { github } from 'hookline/sources'\nexport * from './others.ts'"],
    [[], "import { sqlite } from 'hookline/stores'"],
  ])('are %j', (names, text) => {
    expect(namedPlugins(text, LIST)).toEqual(names)
  })

  it.each([
    "import * as sources from 'hookline/sources'",
    "import { github } from 'hookline/sources'\nexport * from 'hookline/sources'",
    "export { github } from 'hookline/sources'",
    "const { github } = await import('hookline/sources')",
    "import { github } from 'hookline/sources'\nconst all = await import('hookline/' + 'sources')",
    "const { github } = require('hookline/sources')",
    "import all, { github } from 'hookline/sources'",
    "import { github } from 'hookline/sources'\n// As hookline/sources has it.",
  ])('cannot be told from %s', (text) => {
    expect(namedPlugins(text, LIST)).toBeNull()
  })

  it('are loaded, and no others', async () => {
    const throws = "throw new Error(import.meta.resolve('hookline/' + 'sources'))"
    const folder = new ConfigFolder({
      'webhook.config.ts': `import { github } from 'hookline/sources'\ngithub\n${throws}`,
    })
    const { message } = await folder.fault()
    const module = decodeURIComponent(/data:\S+/.exec(message)?.[0] ?? message)
    expect(module).toMatch(
      /^data:text\/javascript,export { github } from "file:.*\/github\/index\.ts"$/,
    )
  })

  it('are refused with a name that there is not, as by the list', async () => {
    const folder = new ConfigFolder({
      'webhook.config.ts': "import { gitub } from 'hookline/sources'\ngitub",
    })
    expect((await folder.fault()).message).toMatch(
      /'hookline\/sources' does not provide an export named 'gitub'/,
    )
  })
})
