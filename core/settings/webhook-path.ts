/** Where the sender of a source delivers, below `publicUrl`. */
export function webhookPath(source: string): string {
  return `/api/webhooks/${encodeURIComponent(source)}`
}
