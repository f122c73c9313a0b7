import { cp, symlink } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { findConfig } from '../../config/load/read-file.ts'
import { ModuleLoad } from '../../config/modules/module-hooks.ts'
import { openNode } from '../../node/node.ts'
import { openTestNode } from '../../node/test-node.ts'
import type { CaseNode } from '../../trial/cases/case-node.ts'
import { ApiClient } from '../api-client.ts'
import { followTask } from '../follow-task.ts'
import { type ConfigOptions, configFileOf } from '../read-config.ts'

/** Folders that a copy of a project leaves out. Packages are linked. */
const LEFT_OUT = new Set(['node_modules', '.git', 'data', 'dist'])

interface PrivateNodeOptions extends ConfigOptions {
  /** Whether it runs programs, in a copy of the config's folder, so that what they write there stays apart. */
  readonly run?: true
}

/** Opens a node for the cases of a command. */
export async function openPrivateNode(options: PrivateNodeOptions): Promise<CaseNode> {
  const configFile = configFileOf(options)
  const given = { configFile, cwd: process.cwd(), env: process.env, labels: options.label }
  if (!options.run) return openTestNode(openNode, given)
  const copyTo = async (folder: string) => copyOf(await configOf(configFile), folder)
  const node = await openTestNode(openNode, { ...given, copyTo })
  const client = new ApiClient({ url: node.url, token: () => node.adminToken.value })
  const output = async (taskId: string) => {
    const pieces: string[] = []
    await followTask({ client, taskId, onLog: ({ text }) => pieces.push(text) })
    return pieces.join('')
  }
  return { ...node, output }
}

/** The path of the config. */
async function configOf(file: string | undefined): Promise<string> {
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
