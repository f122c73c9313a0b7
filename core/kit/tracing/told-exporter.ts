import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace'
import type { PluginLogger } from '../../contracts/plugin.ts'

const MAX_REASON_LENGTH = 200

/** An exporter that says in the log when traces cannot be sent, and when they can again: once each. */
export class ToldExporter implements SpanExporter {
  readonly #inner: SpanExporter
  readonly #logger: PluginLogger
  #isFailing = false

  constructor(inner: SpanExporter, logger: PluginLogger) {
    this.#inner = inner
    this.#logger = logger
  }

  /** Whether the newest traces could not be sent. */
  get isFailing(): boolean {
    return this.#isFailing
  }

  export(spans: ReadableSpan[], onResult: (result: ExportResult) => void): void {
    try {
      this.#inner.export(spans, (result) => {
        this.#tell(result)
        onResult(result)
      })
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error))
      const result = { code: ExportResultCode.FAILED, error: cause }
      this.#tell(result)
      onResult(result)
    }
  }

  shutdown(): Promise<void> {
    return this.#inner.shutdown()
  }

  async forceFlush(): Promise<void> {
    await this.#inner.forceFlush?.()
  }

  #tell({ code, error }: ExportResult): void {
    const isFailing = code !== ExportResultCode.SUCCESS
    if (isFailing === this.#isFailing) return
    this.#isFailing = isFailing
    if (!isFailing) {
      this.#logger.info({}, 'traces are sent again')
      return
    }
    const reason = error?.message.slice(0, MAX_REASON_LENGTH) ?? 'no reason given'
    this.#logger.warn({ reason }, 'traces cannot be sent and are dropped until they can')
  }
}
