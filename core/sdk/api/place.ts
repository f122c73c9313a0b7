/** A target of a source at its provider. */
export interface ProviderPlace {
  readonly source: string
  readonly target: string
}

/** Names what is stored about a place. */
export function placeName({ source, target }: ProviderPlace): string {
  return JSON.stringify([source, target])
}
