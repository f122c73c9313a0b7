import type { PluginView } from '../../../api/plugins/views.ts'
import type { SourceDetailView } from '../../../api/sources/views.ts'
import { HooklineError } from '../../../errors/errors.ts'
import type { PageContext } from '../../page.ts'
import { type ConfigView, readConfig } from '../configuration/parts.ts'

export interface ConnectConfig extends ConfigView {
  readonly publicUrl: string
}

/** The sources that can be connected. */
export async function loadPlugins({ api }: PageContext): Promise<readonly PluginView[]> {
  const { plugins } = await api.get<{ plugins: readonly PluginView[] }>('/api/plugins')
  return plugins.filter(({ hasSender }) => hasSender)
}

/** One of them. Throws `not_found`. */
export async function loadPlugin(page: PageContext, name: string): Promise<PluginView> {
  const plugin = (await loadPlugins(page)).find((one) => one.name === name)
  if (plugin === undefined) throw new HooklineError('not_found', 'There is no such kind of source')
  return plugin
}

export function loadConfig(page: PageContext): Promise<ConnectConfig> {
  return readConfig(page) as Promise<ConnectConfig>
}

export function loadSource({ api }: PageContext, name: string): Promise<SourceDetailView> {
  return api.get<SourceDetailView>(`/api/sources/${encodeURIComponent(name)}`)
}

/** Whether the caller can connect a source here, and not only in the config file. */
export function canConnect(page: PageContext, { managed }: ConnectConfig): boolean {
  return page.may('admin') && managed.sources
}

/** Whether an address is of no use to a sender on another machine. */
export function isLocalAddress(url: string): boolean {
  const { hostname } = new URL(url)
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
}
