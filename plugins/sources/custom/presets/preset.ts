import type { z } from 'zod'
import type { SourcePreset } from '../../../../core/sdk/source.ts'
import type { SENDER } from '../sender.ts'

/** Stands in a preset for the secret of whoever uses it. */
export const SECRET = '{secret}'

/** A sender that needs no code. */
export interface Preset extends SourcePreset {
  /** With `SECRET` where the secret stands. */
  readonly options: z.input<typeof SENDER>
}

/** Presets by name, sorted. */
export type PresetTable = Readonly<Record<string, Preset>>
