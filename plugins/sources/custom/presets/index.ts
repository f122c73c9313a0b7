import { CODE_PRESETS } from './code.ts'
import { COMMERCE_PRESETS } from './commerce.ts'
import { DOCUMENT_PRESETS } from './documents.ts'
import { MESSAGE_PRESETS } from './messages.ts'
import type { PresetTable } from './preset.ts'

const ALL = { ...CODE_PRESETS, ...COMMERCE_PRESETS, ...DOCUMENT_PRESETS, ...MESSAGE_PRESETS }

export type PresetName = keyof typeof ALL

/** All presets, sorted by name. */
export const PRESETS: PresetTable & Readonly<Record<PresetName, PresetTable[string]>> =
  Object.fromEntries(
    Object.entries(ALL).toSorted(([one], [other]) => (one < other ? -1 : 1)),
  ) as typeof ALL

/** Their names. */
export const PRESET_NAMES = Object.keys(PRESETS) as [PresetName, ...PresetName[]]
