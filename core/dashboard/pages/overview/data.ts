import type { FeedView } from '../../../api/catch-up/views.ts'
import type { NodeView } from '../../../api/node-routes.ts'
import type { PauseView } from '../../../api/pauses/views.ts'
import type { RegistrationView } from '../../../api/registrations/views.ts'
import type { ErrorView } from '../../../api/stats/routes.ts'
import type { StatsView } from '../../../api/stats/stats.ts'
import type { TaskView } from '../../../api/tasks/views.ts'
import type { TunnelView } from '../../../api/tunnel/routes.ts'
import type { Unserved } from '../../../work/roster.ts'

export const SPANS = ['1h', '24h', '7d'] as const
/** Tasks that wait for an approval are named up to this number. */
export const UNAPPROVED_SHOWN = 5

export interface OverviewData {
  readonly span: (typeof SPANS)[number]
  readonly stats: StatsView
  readonly nodes: readonly NodeView[]
  readonly unserved: readonly Unserved[]
  readonly pauses: readonly PauseView[]
  /** The newest tasks that wait for a person: one more than are shown, to know of it. */
  readonly unapproved: readonly Pick<TaskView, 'id' | 'program'>[]
  readonly registrations: readonly RegistrationView[]
  /** Where deliveries that did not arrive are asked for. */
  readonly feeds: readonly FeedView[]
  readonly errors: readonly ErrorView[]
  /** Whether anything arrived in this time, or before it. */
  readonly arrived: 'lately' | 'before' | 'never'
  /** The tunnel of the node that shows the page; null if it has none. */
  readonly tunnel: TunnelView | null
  /** Whether the newest change of the config has faults. */
  readonly isConfigFaulty: boolean
}

/** The page that shows what a call of the API lists. */
export function pagePath(href: string): string {
  return href.replace(/^\/api/, '')
}
