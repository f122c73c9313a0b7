import { Command } from 'commander'
import type { SourceView } from '../../api/sources/views.ts'
import type { TunnelView } from '../../api/tunnel/routes.ts'
import { printAnswer, type ServiceOptions, withServiceOptions } from '../service-client.ts'
import { fieldList, itemTable } from '../tables.ts'

interface Options extends ServiceOptions {
  readonly qr?: true
}

interface TunnelReport {
  /** Null: the node has none. */
  readonly tunnel: TunnelView | null
  readonly sources: readonly { readonly source: string; readonly url: string }[]
}

const NONE =
  'This node has no tunnel. Add `tunnel: cloudflare()` to the config, or run `hookline dev --tunnel`.\n'

/** `hookline tunnel` */
export function tunnelCommand(): Command {
  const command = new Command('tunnel').option('--qr', 'show each URL as a QR code too')
  return withServiceOptions(command).action(async (options: Options) => {
    const toText = options.qr === undefined ? reportText : await withCodes()
    await printAnswer(
      options,
      async (client): Promise<TunnelReport> => {
        const { tunnel } = await client.get<Pick<TunnelReport, 'tunnel'>>('/api/tunnel')
        const { sources } = await client.get<{ sources: SourceView[] }>('/api/sources')
        return {
          tunnel,
          sources: sources.flatMap(({ name, url }) => (url === null ? [] : { source: name, url })),
        }
      },
      toText,
    )
  })
}

function reportText({ tunnel, sources }: TunnelReport): string {
  const list = sources.length === 0 ? '' : `\n${itemTable(sources, COLUMNS)}`
  if (tunnel === null) return NONE + list
  const { plugin, state, url, since, restarts, fault } = tunnel
  const fields = fieldList({
    ...{ tunnel: plugin, state, url, since, restarts },
    fault: fault === null ? null : `${fault.code}: ${fault.message}`,
    remedy: fault?.remedy ?? null,
  })
  return fields + list
}

const COLUMNS = {
  SOURCE: ({ source }: TunnelReport['sources'][number]) => source,
  'ADDRESS FOR ITS SENDER': ({ url }: TunnelReport['sources'][number]) => url,
}

async function withCodes() {
  const { renderUnicodeCompact } = await import('uqr')
  return (report: TunnelReport): string => {
    const codes = report.sources.map(
      ({ source, url }) => `\n${source}\n${renderUnicodeCompact(url, { border: 2 })}\n`,
    )
    return reportText(report) + codes.join('')
  }
}
