import type { PluginView } from '../../../api/plugins/views.ts'
import type { SourceDetailView } from '../../../api/sources/views.ts'
import { HooklineError } from '../../../errors/errors.ts'
import type { PageContext } from '../../page.ts'
import { type ConfigView, readConfig } from '../configuration/parts.ts'

export interface ConnectConfig extends ConfigView {
  readonly publicUrl: string
}

/** A sender that can be connected. */
export interface SenderKind
  extends Pick<PluginView, 'summary' | 'documentation' | 'setup' | 'events' | 'needs'> {
  /** As it is listed: the name of a plugin or of a preset. */
  readonly name: string
  /** As its vendor writes it. */
  readonly title: string
  /** The plugin that receives from it. */
  readonly use: string
  /** The preset of the plugin; null: it needs none. */
  readonly preset: string | null
}

/** The senders that can be connected: every source, and the presets of each. */
export async function loadSenders({ api }: PageContext): Promise<readonly SenderKind[]> {
  const { plugins } = await api.get<{ plugins: readonly PluginView[] }>('/api/plugins')
  return plugins.filter(({ hasSender }) => hasSender).flatMap(sendersOf)
}

/** One of them. Throws `not_found`. */
export async function loadSender(
  page: PageContext,
  use: string,
  preset: string | null,
): Promise<SenderKind> {
  const senders = await loadSenders(page)
  const sender = senders.find((one) => one.use === use && one.preset === preset)
  if (sender === undefined) throw new HooklineError('not_found', 'There is no such kind of source')
  return sender
}

/** The page of the form for a sender. */
export function formPath({ use, preset }: Pick<SenderKind, 'use' | 'preset'>): string {
  const query = preset === null ? '' : `?preset=${encodeURIComponent(preset)}`
  return `/connect/new/${encodeURIComponent(use)}${query}`
}

function sendersOf(plugin: PluginView): readonly SenderKind[] {
  const own = { ...plugin, title: plugin.name, use: plugin.name, preset: null }
  const presets = plugin.presets.map(({ name, title, documentation, setup, generated }) => {
    const secret = { name: 'secret', description: '', secret: true, list: false, generated }
    const shown = { name, title, summary: `Webhooks of ${title}.`, documentation, setup }
    return { ...shown, use: plugin.name, preset: name, events: [], needs: [secret] }
  })
  return [own, ...presets]
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
