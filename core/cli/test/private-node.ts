import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { findConfig } from '../../config/load/read-file.ts'
import { ModuleLoad } from '../../config/modules/module-hooks.ts'
import { openNode, type RunningNode } from '../../node/node.ts'
import { ApiClient } from '../api-client.ts'
import { type ConfigOptions, configFileOf } from '../read-config.ts'

/** Folders that a copy of a project leaves out. Packages are linked. */
const LEFT_OUT = new Set(['node_modules', '.git', 'data', 'dist'])

/** A node of the tests alone. */
export interface PrivateNode extends Pick<RunningNode, 'config' | 'url'> {
  readonly client: ApiClient
  close(): Promise<void>
}

/**
 * Opens a node on a free port of this machine, with its store in a folder of its own. With `runs`, it runs programs, in a
 * copy of the config's folder, so that what they write there stays apart.
 */
export async function openPrivateNode(options: ConfigOptions, runs: boolean): Promise<PrivateNode> {
  const folder = await mkdtemp(join(tmpdir(), 'hookline-test-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const configFile = runs ? await copyOf(await configOf(options), folder) : configFileOf(options)
    const node = await openNode({
      ...(configFile === undefined ? {} : { configFile }),
      cwd: process.cwd(),
      env: process.env,
      overrides: {
        ...(options.label === undefined ? {} : { labels: options.label }),
        ...{ host: '127.0.0.1', port: 0, dataDir: join(folder, 'data') },
      },
      role: runs ? 'all' : 'receive',
      isTest: true,
      ...{ pretty: true, logLevel: 'silent' },
    })
    return {
      config: node.config,
      url: node.url,
      client: new ApiClient({ url: node.url, token: () => node.adminToken.value }),
      close: () => node.stop().finally(remove),
    }
  } catch (error) {
    await remove()
    throw error
  }
}

/** The path of the config. */
async function configOf(options: ConfigOptions): Promise<string> {
  const file = configFileOf(options)
  if (file !== undefined) return resolve(file)
  const { file: found } = await findConfig(process.cwd(), new ModuleLoad())
  return found
}

/** The path of the config in the copy. */
async function copyOf(configFile: string, folder: string): Promise<string> {
  const project = dirname(configFile)
  const copy = join(folder, 'project')
  const filter = (path: string) => !LEFT_OUT.has(relative(project, path))
  await cp(project, copy, { recursive: true, verbatimSymlinks: true, filter })
  await symlink(join(project, 'node_modules'), join(copy, 'node_modules'))
  return join(copy, basename(configFile))
}
