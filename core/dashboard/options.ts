import type { Settings } from '../settings/settings.ts'

/** What the pages need of the service. */
export interface DashboardOptions {
  readonly settings: () => Pick<Settings, 'admin' | 'publicUrl'>
}

/** Below these paths are the pages of a section each. */
export const SECTION_PATHS = [
  '/connect',
  '/deliveries',
  '/nodes',
  '/playground',
  '/tasks',
  '/errors',
  '/jobs',
  '/configuration',
  '/audit',
  '/tokens',
] as const

export type SectionPath = (typeof SECTION_PATHS)[number]
