import { bitbucket, gitea, github, gitlab } from 'hookline/sources'
import { makeContext } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import type { TaskReport } from '../../../../core/contracts/provider/report.ts'
import { startReports } from '../../../fixtures/providers/reports.ts'
import { PROVIDER_TOKEN } from '../../../fixtures/providers/stand-ins.ts'

const REPORT: TaskReport = {
  taskId: '1',
  state: 'running',
  name: 'hookline/a',
  description: 'Runs',
  url: 'https://hooks.example/tasks/1',
  repository: 'acme/shop',
  commit: 'a'.repeat(40),
  startedAt: null,
  endedAt: null,
  output: '',
}
const other = 'http://127.0.0.1:9'
const hook = { repositories: ['acme/shop'], token: PROVIDER_TOKEN }
const api = { token: PROVIDER_TOKEN }

describe('the address of the API that is told of tasks', () => {
  it.each<[string, { register: typeof hook; api?: typeof api }, boolean]>([
    ['that of `register`', { register: hook, api }, true],
    ['its own', { register: hook, api }, false],
    ['that of `register`, with its token', { register: hook }, true],
  ])('is %s', async (_name, { register, api: access }, isOfRegister) => {
    const provider = {
      github: await startReports('github'),
      gitlab: await startReports('gitlab'),
      gitea: await startReports('gitea'),
      bitbucket: await startReports('bitbucket'),
    }
    const given = (url: string) => ({
      register: { ...register, apiUrl: isOfRegister ? url : other },
      ...(access && { api: isOfRegister ? access : { ...access, apiUrl: url } }),
    })
    const { register: project, ...more } = given(provider.gitlab.url)
    const { repositories: projects, ...rest } = project
    const uses = {
      github: github({ secret: 's', ...given(provider.github.url) }),
      gitlab: gitlab({ token: 's', register: { projects, ...rest }, ...more }),
      gitea: gitea({ secret: 's', ...given(provider.gitea.url) }),
      bitbucket: bitbucket({ secret: 's', ...given(provider.bitbucket.url) }),
    }
    for (const [name, { definition, options }] of Object.entries(uses)) {
      const instance = definition?.create(definition.options.parse(options), makeContext())
      const signal = AbortSignal.timeout(5000)
      const report = name === 'gitlab' ? { ...REPORT, repository: 'acme/tools/shop' } : REPORT
      await instance?.reporter?.send(report, { ref: null, mayExist: false }, signal)
      expect(provider[name as keyof typeof provider].told).toHaveLength(1)
    }
  })
})
